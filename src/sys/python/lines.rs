//! From an instruction to its line: the three kinds of table a code object has had.
//!
//! All are steps of so many bytes of code, and of so many lines up or down.

use super::layout::Lines;

/// Longest table that is read: that of a module of half a million lines.
pub const LONGEST: usize = 1 << 22;
/// Stands in a table of 3.10 for code that is in no line.
const NO_LINE: i8 = -128;

/// The line of the instruction that is `offset` bytes from the start (-1 before the first), in code whose first line is
/// `first`; 0 where it is in none, or the table does not reach that far.
#[must_use]
pub fn line(kind: Lines, table: &[u8], first: u32, offset: isize) -> u32 {
    let Ok(offset) = usize::try_from(offset) else { return first };
    match kind {
        Lines::Lnotab => Some(lnotab(table, first, offset)),
        Lines::Pairs => pairs(table, first, offset),
        Lines::Locations => locations(table, first, offset),
    }
    .and_then(|line| u32::try_from(line).ok())
    .unwrap_or(0)
}

/// `Objects/lnotab_notes.txt` in `CPython` 3.8: steps until one would lead past the instruction.
fn lnotab(table: &[u8], first: u32, offset: usize) -> i64 {
    let mut line = i64::from(first);
    let mut reached = 0;
    for &[bytes, lines] in table.as_chunks::<2>().0 {
        reached += usize::from(bytes);
        if reached > offset {
            break;
        }
        line += i64::from(lines.cast_signed());
    }
    line
}

/// `Objects/lnotab_notes.txt` in 3.10: each step ends where the next begins.
fn pairs(table: &[u8], first: u32, offset: usize) -> Option<i64> {
    let mut line = i64::from(first);
    let mut reached = 0;
    for &[bytes, lines] in table.as_chunks::<2>().0 {
        reached += usize::from(bytes);
        let lines = lines.cast_signed();
        if lines != NO_LINE {
            line += i64::from(lines);
        }
        if offset < reached {
            return (lines != NO_LINE).then_some(line);
        }
    }
    None
}

/// `Objects/locations.md` in 3.11. An entry is a byte with bit 7 set and the bytes without it that follow: the form
/// (bits 3 to 6), and for how many instructions of two bytes less one it stands (bits 0 to 2).
fn locations(table: &[u8], first: u32, offset: usize) -> Option<i64> {
    const NO_COLUMNS: u8 = 13;
    const LONG: u8 = 14;
    const NOWHERE: u8 = 15;
    let mut line = i64::from(first);
    let mut reached = 0;
    let mut rest = table;
    while let Some((&head, behind)) = rest.split_first() {
        if head & 0x80 == 0 {
            return None;
        }
        let length = behind.iter().position(|byte| byte & 0x80 != 0).unwrap_or(behind.len());
        let (operands, next) = behind.split_at(length);
        rest = next;
        let form = head >> 3 & 15;
        line += match form {
            10..=12 => i64::from(form) - 10,
            NO_COLUMNS | LONG => signed(operands)?,
            _ => 0,
        };
        reached += 2 * (usize::from(head & 7) + 1);
        if offset < reached {
            return (form != NOWHERE).then_some(line);
        }
    }
    None
}

/// A `svarint`: six bits a byte, the least first, bit 6 where more follow; the sign is the lowest bit of all.
fn signed(bytes: &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    // Six bytes are 36 bits, and a line is an int.
    for (place, byte) in bytes.iter().take(6).enumerate() {
        value |= u64::from(byte & 0x3f) << (6 * place);
        if byte & 0x40 == 0 {
            let amount = i64::try_from(value >> 1).ok()?;
            return Some(if value & 1 == 0 { amount } else { -amount });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_value(table: Vec<u8>, first: u32, offset: isize) {
            for kind in [Lines::Lnotab, Lines::Pairs, Lines::Locations] {
                let _ = line(kind, &table, first, offset);
                let _ = line(kind, &table, first, offset & 0xfe);
            }
        }
    }
}
