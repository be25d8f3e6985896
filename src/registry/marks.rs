//! One byte for each number: did it take part in a dup, does it name a poller?
//!
//! A dup must mark two numbers, one of which is known only afterwards, in ten instructions. So the bytes
//! lie at a fixed place, numbers are cut to 16 bits instead of being compared with a limit, and marks are
//! hints: a wrong one costs a closer look, and a missing one cannot happen below 65 536.

use core::sync::atomic::{AtomicU8, Ordering};

/// Another number may name the same file. Sticky: it may outlive the other number.
pub const DUPLICATED: u8 = 1;
/// A poller; the sign bit, which the dup hook sees without a comparison.
pub const POLLER: u8 = 0x80;

/// The bytes, by number modulo 65 536. The dup hook writes them too.
pub static MARKS: [AtomicU8; 1 << 16] = [const { AtomicU8::new(0) }; 1 << 16];

fn byte(number: i32) -> Option<&'static AtomicU8> {
    MARKS.get(number as usize % MARKS.len())
}

/// Sets `mark`; no write where it is set already.
pub fn add(number: i32, mark: u8) {
    if let Some(byte) = byte(number)
        && byte.load(Ordering::Relaxed) & mark == 0
    {
        byte.fetch_or(mark, Ordering::Relaxed);
    }
}

/// The number is closed.
pub fn clear(number: i32) {
    if let Some(byte) = byte(number)
        && byte.load(Ordering::Relaxed) != 0
    {
        byte.store(0, Ordering::Relaxed);
    }
}

/// Is `mark` set, for this number or one that differs by a multiple of 65 536?
#[must_use]
pub fn has(number: i32, mark: u8) -> bool {
    byte(number).is_some_and(|byte| byte.load(Ordering::Relaxed) & mark != 0)
}
