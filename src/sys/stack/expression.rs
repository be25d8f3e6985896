//! The few DWARF expressions that compilers, libc and linkers put into unwind tables: signal frames, realigned stacks,
//! and the procedure linkage table.

use super::Frame;
use gimli::{Encoding, EndianSlice, Expression, Format, NativeEndian, Operation};

const ENCODING: Encoding = Encoding { address_size: 8, format: Format::Dwarf32, version: 5 };
/// Operations looked at, and values at once.
const MOST: usize = 32;

/// What it comes to; `first` is on its stack when it begins. `None` for what none of those use.
pub(super) fn evaluate(
    expression: Expression<EndianSlice<'static, NativeEndian>>,
    frame: &Frame,
    first: Option<usize>,
    is_ours: bool,
) -> Option<usize> {
    let mut values = Values { held: [0; 8], count: 0 };
    if let Some(first) = first {
        values.push(first)?;
    }
    let mut operations = expression.operations(ENCODING);
    for _ in 0..MOST {
        let Some(operation) = operations.next().ok()? else { return values.pop() };
        match operation {
            Operation::RegisterOffset { register, offset, .. } => {
                let offset = isize::try_from(offset).ok()?;
                values.push(frame.column(register.0)?.wrapping_add_signed(offset))?;
            }
            Operation::Deref { size: 8, space: false, .. } => {
                let address = values.pop()?;
                values.push(frame.word(address, is_ours)?)?;
            }
            Operation::PlusConstant { value } => {
                let left = values.pop()?;
                values.push(left.wrapping_add(usize::try_from(value).ok()?))?;
            }
            Operation::UnsignedConstant { value } => values.push(usize::try_from(value).ok()?)?,
            Operation::SignedConstant { value } => {
                values.push(isize::try_from(value).ok()?.cast_unsigned())?;
            }
            Operation::Plus => values.two(|left, right| Some(left.wrapping_add(right)))?,
            Operation::Minus => values.two(|left, right| Some(left.wrapping_sub(right)))?,
            Operation::And => values.two(|left, right| Some(left & right))?,
            Operation::Shl => values.two(|left, right| left.checked_shl(u32::try_from(right).ok()?))?,
            Operation::Ge => {
                values.two(|left, right| Some(usize::from(left.cast_signed() >= right.cast_signed())))?;
            }
            _ => return None,
        }
    }
    None
}

struct Values {
    held: [usize; 8],
    count: usize,
}

impl Values {
    fn push(&mut self, value: usize) -> Option<()> {
        *self.held.get_mut(self.count)? = value;
        self.count += 1;
        Some(())
    }

    fn pop(&mut self) -> Option<usize> {
        self.count = self.count.checked_sub(1)?;
        self.held.get(self.count).copied()
    }

    fn two(&mut self, of: impl FnOnce(usize, usize) -> Option<usize>) -> Option<()> {
        let right = self.pop()?;
        let left = self.pop()?;
        self.push(of(left, right)?)
    }
}
