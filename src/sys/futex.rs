//! Sleep until a word changes (futex(2)).
//!
//! # Safety
//! The kernel reads the word; references keep it alive.
#![allow(unsafe_code)]

use super::call::{Errno, call};
use core::sync::atomic::AtomicU32;

/// Sleeps while `word` is `value`, at most `limit_ms`; may return early.
pub fn wait(word: &AtomicU32, value: u32, limit_ms: u64) {
    let limit = [limit_ms / 1000, limit_ms % 1000 * 1_000_000];
    let operation = (libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG).cast_unsigned() as usize;
    let arguments =
        [core::ptr::from_ref(word) as usize, operation, value as usize, limit.as_ptr() as usize, 0, 0];
    // SAFETY: both addresses come from references that outlive the call; the kernel only reads them.
    let _checked_again_by_caller = unsafe { call(libc::SYS_futex, arguments) };
}

/// Sleeps while `word` is `value`, at most `limit` nanoseconds if there is one, and says what ended it.
///
/// # Errors
/// `EAGAIN` where the word has another value, `EINTR`, `ETIMEDOUT`.
pub fn sleep(word: &AtomicU32, value: u32, limit: Option<u64>) -> Result<(), Errno> {
    let span = limit.map(|ns| [ns / 1_000_000_000, ns % 1_000_000_000]);
    let place = span.as_ref().map_or(0, |span| span.as_ptr() as usize);
    let operation = (libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG).cast_unsigned() as usize;
    let arguments = [core::ptr::from_ref(word) as usize, operation, value as usize, place, 0, 0];
    // SAFETY: as in `wait`.
    unsafe { call(libc::SYS_futex, arguments) }.map(|_| ())
}

/// Wakes everybody who sleeps on `word`.
pub fn wake(word: &AtomicU32) {
    let operation = (libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG).cast_unsigned() as usize;
    let arguments = [core::ptr::from_ref(word) as usize, operation, i32::MAX as usize, 0, 0, 0];
    // SAFETY: FUTEX_WAKE uses the address as a key only.
    let _count = unsafe { call(libc::SYS_futex, arguments) };
}

/// Wakes everybody who sleeps on `word` as one that processes might share, which is how libstdc++ sleeps.
pub fn wake_shared(word: &AtomicU32) {
    let arguments = [
        core::ptr::from_ref(word) as usize,
        libc::FUTEX_WAKE.cast_unsigned() as usize,
        i32::MAX as usize,
        0,
        0,
        0,
    ];
    // SAFETY: as in `wake`.
    let _count = unsafe { call(libc::SYS_futex, arguments) };
}
