//! Hold the calling thread's signals for a few microseconds of our own work.
//!
//! # Safety
//! `rt_sigprocmask(2)` reads and writes masks on our stack; the kernel's mask is 8 bytes.
#![allow(unsafe_code)]

use super::call::call;

/// A signal mask as the kernel has it.
#[derive(Clone, Copy)]
pub struct Mask(pub u64);

const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Signals a fault raises on the spot: blocked, they kill (signal(7)). Runtimes use them for their own barriers.
const FAULTS: u64 = bit(libc::SIGSEGV)
    | bit(libc::SIGBUS)
    | bit(libc::SIGFPE)
    | bit(libc::SIGILL)
    | bit(libc::SIGTRAP)
    | bit(libc::SIGSYS);

/// Blocks everything but faults and answers the mask to [`restore`].
#[must_use]
pub fn hold() -> Mask {
    let held = !FAULTS;
    let mut before = 0_u64;
    let arguments = [
        libc::SIG_BLOCK.cast_unsigned() as usize,
        (&raw const held) as usize,
        (&raw mut before) as usize,
        8,
        0,
        0,
    ];
    // SAFETY: both masks are 8 bytes on our stack.
    let _cannot_fail = unsafe { call(libc::SYS_rt_sigprocmask, arguments) };
    Mask(before)
}

/// Puts back what [`hold`] answered; pending signals arrive here.
pub fn restore(mask: Mask) {
    let arguments = [libc::SIG_SETMASK.cast_unsigned() as usize, (&raw const mask.0) as usize, 0, 8, 0, 0];
    // SAFETY: the mask is 8 bytes on our stack.
    let _cannot_fail = unsafe { call(libc::SYS_rt_sigprocmask, arguments) };
}

/// Is `signal` waiting for this thread or process (sigpending(2))?
#[must_use]
pub fn is_pending(signal: i32) -> bool {
    let mut waiting = 0_u64;
    // SAFETY: the kernel writes 8 bytes to our stack.
    let _kept_zero = unsafe { call(libc::SYS_rt_sigpending, [(&raw mut waiting) as usize, 8, 0, 0, 0, 0]) };
    waiting & bit(signal) != 0
}

/// Takes one waiting `signal` without running its handler (sigtimedwait(2), no timeout). It must be blocked.
pub fn swallow(signal: i32) {
    let wanted = bit(signal);
    let now = [0_u64; 2];
    let arguments = [(&raw const wanted) as usize, 0, now.as_ptr() as usize, 8, 0, 0];
    // SAFETY: mask and timespec are on our stack and only read.
    let _none_is_fine = unsafe { call(libc::SYS_rt_sigtimedwait, arguments) };
}
