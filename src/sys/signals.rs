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

/// Signals that are thrown away where nobody handles them (signal(7)). While one thread blocks such a signal
/// the kernel keeps it, and gives it to another thread, whose wait then ends with EINTR for nothing.
const USUALLY_IGNORED: [i32; 3] = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH];

/// Blocks what [`hold`] would at the least: the child has no children yet, and nobody asks which signals are handled.
#[inline(always)]
#[must_use]
pub fn hold_for_fork() -> Mask {
    block(!USUALLY_IGNORED.into_iter().map(bit).fold(FAULTS, |all, one| all | one))
}

/// Blocks everything but faults and signals that would be thrown away, and answers the mask to [`restore`].
#[must_use]
pub fn hold() -> Mask {
    let thrown_away = USUALLY_IGNORED.into_iter().filter(|&signal| !is_handled(signal)).map(bit);
    block(!thrown_away.fold(FAULTS, |all, one| all | one))
}

#[inline(always)]
fn block(held: u64) -> Mask {
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

/// Does the process have a handler for `signal` (sigaction(2))?
fn is_handled(signal: i32) -> bool {
    // struct kernel_sigaction: the handler first, 32 bytes in all on every machine we build for.
    let mut action = [0_usize; 8];
    let place = action.as_mut_ptr() as usize;
    // SAFETY: no new action; the kernel writes the old one, less than the 64 bytes on our stack.
    let _kept_default =
        unsafe { call(libc::SYS_rt_sigaction, [signal.cast_unsigned() as usize, 0, place, 8, 0, 0]) };
    let [handler, ..] = action;
    handler != libc::SIG_DFL && handler != libc::SIG_IGN
}

/// Puts back what [`hold`] answered; pending signals arrive here.
#[inline(always)]
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
