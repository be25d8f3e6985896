//! One byte for each number: is there anything to know about it?
//!
//! Every close and every dup asks, in ten instructions. So the bytes lie at a fixed place, and numbers are
//! cut to 16 bits instead of being compared with a limit. Marks are hints: a wrong one costs a closer look,
//! and one that is missing cannot be, since where numbers above 65 535 are possible none is ever cleared.
//! A byte and not a word, since fork copies the pages: ten thousand registered numbers take three.

use super::table;
use core::sync::atomic::{AtomicU8, Ordering};

/// Another number may name the same file. Sticky: it may outlive the other number.
pub const DUPLICATED: u8 = 1;
/// Some poller watches it, or has since it was opened.
pub const REGISTERED: u8 = 2;
/// The file lives on under this number after a registered one was closed.
pub const KEEPS: u8 = 4;
/// Requests of POSIX AIO have been made of it.
pub const IN_FLIGHT: u8 = 8;
/// It has a word in `fds`: a poller, a descriptor with a state, or a number of ours. The sign bit, which the dup hook sees
/// without a comparison.
pub const KNOWN: u8 = 0x80;

/// The bytes, by number modulo 65 536. The dup hook writes them too.
pub static MARKS: [AtomicU8; 1 << 16] = [const { AtomicU8::new(0) }; 1 << 16];

#[inline(always)]
fn byte(number: i32) -> &'static AtomicU8 {
    let [low, high, ..] = number.to_le_bytes();
    let place = usize::from(u16::from_le_bytes([low, high]));
    // The compiler knows that a 16-bit number is below 65 536: no test is left of this.
    MARKS.get(place).unwrap_or(&MARKS[0])
}

/// Sets `mark`; no write where it is set already.
pub fn add(number: i32, mark: u8) {
    let byte = byte(number);
    if byte.load(Ordering::Relaxed) & mark == 0 {
        byte.fetch_or(mark, Ordering::Relaxed);
    }
}

/// The number is closed.
pub fn clear(number: i32) {
    let byte = byte(number);
    if byte.load(Ordering::Relaxed) != 0 && table::capacity() as usize <= MARKS.len() {
        byte.store(0, Ordering::Relaxed);
    }
}

/// `mark` is true of the number no more; where it may stand for other numbers as well it stays.
pub fn take_off(number: i32, mark: u8) {
    if table::capacity() as usize <= MARKS.len() {
        byte(number).fetch_and(!mark, Ordering::Relaxed);
    }
}

/// The marks of this number, or of one that differs by a multiple of 65 536.
#[inline(always)]
#[must_use]
pub fn of(number: i32) -> u8 {
    byte(number).load(Ordering::Relaxed)
}

/// Does closing `number` concern no record? The fast path of close.
#[inline(always)]
#[must_use]
pub fn is_plain(number: i32) -> bool {
    of(number) & !DUPLICATED == 0
}
