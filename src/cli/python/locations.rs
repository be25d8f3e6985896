//! From an instruction to its line: the location table of a code object, `co_linetable`.
//!
//! Python 3.11 and newer (`Objects/locations.md`, later `InternalDocs/code_objects.md`, in `CPython`'s source). An
//! entry is a byte with bit 7 set and the bytes without it that follow. The first byte holds the form (bits 3
//! to 6) and for how many instructions less one the entry stands (bits 0 to 2); a form says how far the line is
//! from that of the entry before. Columns and last lines follow, and are passed over.

/// A line that goes up or down by an amount of its own, without or with columns.
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
/// Instructions that are in no line.
const NOWHERE: u8 = 15;

/// The line of the instruction that is `unit` code units from the start, in code whose first line is `first`.
/// None: the compiler made the instruction up. An error: the table does not reach that far, or is no table.
pub fn line(table: &[u8], first: u32, unit: u64) -> Result<Option<u32>, String> {
    let mut line = i64::from(first);
    let mut reached = 0;
    let mut rest = table;
    while let Some((&head, behind)) = rest.split_first() {
        if head & 0x80 == 0 {
            break;
        }
        let length = behind.iter().position(|byte| byte & 0x80 != 0).unwrap_or(behind.len());
        let (operands, next) = behind.split_at(length);
        rest = next;
        let form = head >> 3 & 15;
        line = line.saturating_add(match form {
            10..=12 => i64::from(form) - 10,
            NO_COLUMNS | LONG => signed(operands).ok_or_else(no_table)?,
            _ => 0,
        });
        reached += u64::from(head & 7) + 1;
        if unit < reached {
            return if form == NOWHERE {
                Ok(None)
            } else {
                u32::try_from(line).map(Some).map_err(|_| no_table())
            };
        }
    }
    Err(no_table())
}

fn no_table() -> String {
    "its line table does not fit its code: it is moving, or damaged".to_owned()
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
    use std::fmt::Write;
    use std::process::Command;

    /// In lines 7 to 10: `def f(a):`, `return (a +`, `g(`, `b))`; compiled by Python 3.11.2:
    /// `code.co_linetable.hex()`, and `[line for line, *_ in code.co_positions()]`.
    const TABLE: &str = "8000d8090add0203dd0304f103010306f400010306f103020a06f000020207";
    const LINES: [u32; 24] = [7, 8, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10, 9, 9, 9, 9, 9, 9, 9, 8, 8, 8];

    fn bytes(digits: &str) -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    #[test]
    fn forms_add_up() {
        for (unit, number) in (0..).zip(LINES) {
            assert_eq!(line(&bytes(TABLE), 7, unit), Ok(Some(number)));
        }
        assert!(line(&bytes(TABLE), 7, 24).is_err());
        // Up by 200 and down again, a line of nobody's, and the end.
        let table = &[0xe8, 0x50, 0x06, 0xe9, 0x51, 0x06, 0xf8];
        assert_eq!(line(table, 10, 0), Ok(Some(210)));
        assert_eq!(line(table, 10, 2), Ok(Some(10)));
        assert_eq!(line(table, 10, 3), Ok(None));
        assert!(line(table, 10, 4).is_err());
        assert!(line(&table[3..], 10, 0).is_err());
    }

    /// Every instruction of some of Python's own modules, and of code with long gaps, against what Python says.
    #[test]
    fn python_says_the_same() {
        let program = "\
import argparse, asyncio.base_events, inspect, typing
def all(code):
    lines = ' '.join(str(line or 0) for line, *_ in code.co_positions())
    print(code.co_firstlineno, code.co_linetable.hex(), lines, sep=';')
    for constant in code.co_consts:
        if hasattr(constant, 'co_linetable'):
            all(constant)
for module in argparse, asyncio.base_events, inspect, typing:
    all(compile(open(module.__file__).read(), 'x', 'exec'))
gap = '\\n' * 70000
all(compile(f'def f(a):{gap} try:\\n  a(b,{gap}c({gap}d))\\n finally:\\n  a()\\nf({gap}1)', 'x', 'exec'))
";
        let output = Command::new("python3").args(["-c", program]).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let mut codes = 0;
        for code in output.lines() {
            let [first, table, lines] = code.split(';').collect::<Vec<_>>().try_into().unwrap();
            let table = bytes(table);
            let first = first.parse().unwrap();
            let mut ours = String::new();
            let count = lines.split(' ').count() as u64;
            for unit in 0..count {
                write!(ours, "{} ", line(&table, first, unit).unwrap().unwrap_or(0)).unwrap();
            }
            assert_eq!(ours.trim_end(), lines);
            assert!(line(&table, first, count).is_err());
            codes += 1;
        }
        assert!(codes > 500, "{codes}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_value(table: Vec<u8>, first: u32, unit: u64) {
            let _ = line(&table, first, unit % 64);
        }
    }
}
