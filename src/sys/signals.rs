//! Hold the calling thread's signals for a few microseconds of our own work.
//!
//! # Safety
//! `rt_sigprocmask(2)` reads and writes masks on our stack; the kernel's mask is 8 bytes.
#![allow(unsafe_code)]

use super::call::{Errno, call};
use super::memory;

/// A signal mask as the kernel has it.
#[derive(Clone, Copy)]
pub struct Mask(pub u64);

const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Every signal of the program's. The two below `SIGRTMIN` are libc's own: by 33 setuid(2) and its kin reach every thread,
/// and wait for each.
pub const ALL_OF_THE_PROGRAMS: Mask = Mask(!(bit(32) | bit(33)));

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

/// What a signal does (`struct kernel_sigaction`, 32 bytes on every machine we build for).
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Action {
    /// `SIG_DFL`, `SIG_IGN`, or a function.
    pub handler: usize,
    /// `SA_...`.
    pub flags: u64,
    /// Where the handler returns to (x86-64).
    pub restorer: usize,
    /// Blocked while it runs.
    pub mask: u64,
}

impl Action {
    /// `handler`, a function of ours that takes all three arguments: every signal is blocked while it runs.
    #[must_use]
    pub fn ours(handler: usize) -> Self {
        Self { handler, flags: FLAGS, restorer: restorer(), mask: u64::MAX }
    }
}

const FLAGS: u64 = (libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK) as u64 | RESTORER;
#[cfg(target_arch = "x86_64")]
const RESTORER: u64 = 0x0400_0000;
#[cfg(not(target_arch = "x86_64"))]
const RESTORER: u64 = 0;

/// Where the handler returns to: the kernel wants it named (sigreturn(2)).
#[cfg(target_arch = "x86_64")]
fn restorer() -> usize {
    #[unsafe(naked)]
    unsafe extern "C" fn back() {
        core::arch::naked_asm!("mov eax, 15", "syscall")
    }
    back as *const () as usize
}

/// The kernel's own.
#[cfg(not(target_arch = "x86_64"))]
fn restorer() -> usize {
    0
}

/// What `signal` does, and makes it do `new` (`rt_sigaction(2)`).
///
/// # Errors
/// The kernel's, for a signal that cannot be changed.
pub fn action(signal: i32, new: Option<&Action>) -> Result<Action, Errno> {
    let mut old = Action::default();
    let new = new.map_or(0, |new| core::ptr::from_ref(new) as usize);
    let arguments = [signal.cast_unsigned() as usize, new, (&raw mut old) as usize, 8, 0, 0];
    // SAFETY: the kernel reads one action and writes the other, both 32 bytes of ours; a new handler is a function of
    // this library with the frame to return through.
    unsafe { call(libc::SYS_rt_sigaction, arguments) }.map(|_| old)
}

/// Does the process have a handler for `signal`?
fn is_handled(signal: i32) -> bool {
    let handler = action(signal, None).map_or(libc::SIG_DFL, |action| action.handler);
    handler != libc::SIG_DFL && handler != libc::SIG_IGN
}

/// Is it raised by a fault of the thread that gets it?
#[must_use]
pub const fn is_fault(signal: i32) -> bool {
    FAULTS & bit(signal) != 0
}

/// Is that a frame, and not a `kernel_sigaction` left on the stack, in which the same address lies before a mask of zeroes?
/// Of the registers that the kernel saves in a frame one says where 64-bit code runs, the same for every program.
fn has_code_segment(frame: usize) -> bool {
    /// The return address, ucontext up to its registers, and eighteen of those (`REG_CSGSFS`).
    const AT: usize = 8 + 40 + 18 * 8;
    const USER: u16 = 0x33;
    let mut segment = [0_u8; 2];
    memory::copy(frame + AT, &mut segment).is_some() && u16::from_le_bytes(segment) == USER
}

/// Does the calling thread run a signal handler? Looks on the stack for the address handlers return to, with
/// what the kernel puts after it. Where it cannot be told (not x86-64, a stack deeper than 256 KiB): `false`.
/// A handler that was left may lie there still: for what is merely careful.
#[must_use]
pub fn in_handler() -> bool {
    const STEP: usize = 4096;
    const STEPS: usize = 64;
    /// What is looked for: three words. All but the last may lie below a page's end.
    const FRAME: usize = 24;
    if !cfg!(target_arch = "x86_64") {
        return false;
    }
    // libc gives all handlers one and the same.
    let installed = (1..=64).filter_map(|signal| action(signal, None).ok());
    let Some(restorer) = installed.map(|action| action.restorer).find(|&restorer| restorer != 0) else {
        return false;
    };
    let mut buffer = [0_u8; STEP + FRAME];
    let here = ((&raw const buffer).addr() + buffer.len()).next_multiple_of(8);
    for step in 0..STEPS {
        // Up to a page's end each time: the last page of the stack is read whole. From where the page before it was not
        // looked through: a frame lies across the two as easily as not (1 in 64: the kernel aligns it to 64 bytes).
        let page = (here & !(STEP - 1)) + step * STEP;
        let from = if step == 0 { here } else { (page - (FRAME - 8)).max(here) };
        let Some(page) = buffer.get_mut(..page + STEP - from) else { return false };
        if memory::copy(from, page).is_none() {
            return false;
        }
        let is_frame = |words: &[u8]| {
            let mut words = words
                .chunks_exact(8)
                .map(|word| word.first_chunk().map_or(0, |word| usize::from_ne_bytes(*word)));
            // The return address, then ucontext: flags, and no link.
            words.next() == Some(restorer)
                && words.next().is_some_and(|flags| flags < 16)
                && words.next() == Some(0)
        };
        let mut frames = page.windows(FRAME).enumerate().step_by(8).filter(|(_, words)| is_frame(words));
        if frames.any(|(place, _)| has_code_segment(from + place)) {
            return true;
        }
    }
    false
}

/// Where the calling thread runs handlers with `SA_ONSTACK`, empty if nowhere (sigaltstack(2)).
#[must_use]
pub fn alternate_stack() -> core::ops::Range<usize> {
    // Base, flags in four bytes, size.
    let mut stack = [0_usize; 3];
    // SAFETY: the kernel writes a stack_t, three words, to ours.
    let _none_then = unsafe { call(libc::SYS_sigaltstack, [0, (&raw mut stack) as usize, 0, 0, 0, 0]) };
    let [base, _, size] = stack;
    base..base.wrapping_add(size)
}

/// The calling thread's mask.
#[must_use]
pub fn blocked() -> Mask {
    block(0)
}

/// The mask without `signal`.
#[must_use]
pub const fn without(mask: Mask, signal: i32) -> Mask {
    Mask(mask.0 & !bit(signal))
}

/// Sends the calling thread `signal` as `info`, a whole siginfo, describes it (`rt_tgsigqueueinfo(2)`).
pub fn queue(signal: i32, info: &[u64]) {
    let (process, thread) = (super::process::pid() as usize, super::process::thread() as usize);
    let arguments = [process, thread, signal.cast_unsigned() as usize, info.as_ptr() as usize, 0, 0];
    // SAFETY: the kernel reads a siginfo, which is ours.
    let _queue_is_full = unsafe { call(libc::SYS_rt_tgsigqueueinfo, arguments) };
}

/// As [`queue`], to `thread` of this process; did it go out?
#[must_use]
pub fn queue_to(thread: u32, signal: i32, info: &[u64; SIGINFO]) -> bool {
    let (process, thread) = (super::process::pid() as usize, thread as usize);
    let arguments = [process, thread, signal.cast_unsigned() as usize, info.as_ptr() as usize, 0, 0];
    // SAFETY: the kernel reads a siginfo, which is ours.
    unsafe { call(libc::SYS_rt_tgsigqueueinfo, arguments) }.is_ok()
}

/// Sends this process `signal` with `value` and why it comes (`rt_sigqueueinfo(2)`); did it go out?
#[must_use]
pub fn send_to_own_process(signal: i32, code: i32, value: usize) -> bool {
    let process = super::process::pid();
    let halves = |low: i32, high: u32| u64::from(low.cast_unsigned()) | u64::from(high) << 32;
    let mut info = [0_u64; SIGINFO];
    let known = [halves(signal, 0), halves(code, 0), halves(process.cast_signed(), user()), value as u64];
    for (word, known) in info.iter_mut().zip(known) {
        *word = known;
    }
    let arguments = [process as usize, signal.cast_unsigned() as usize, info.as_ptr() as usize, 0, 0, 0];
    // SAFETY: the kernel reads a siginfo, which is ours.
    unsafe { call(libc::SYS_rt_sigqueueinfo, arguments) }.is_ok()
}

/// The real user (getuid(2)).
fn user() -> u32 {
    super::call::plain(libc::SYS_getuid, 0, 0, 0).map_or(0, |id| u32::try_from(id).unwrap_or(0))
}

const SIGINFO: usize = size_of::<libc::siginfo_t>() / size_of::<u64>();

/// The calling thread blocks these signals too.
pub fn also_block(signals: Mask) {
    let _as_it_was = block(signals.0);
}

/// The calling thread no longer blocks these; those that wait arrive here.
pub fn unblock(signals: Mask) {
    let how = libc::SIG_UNBLOCK.cast_unsigned() as usize;
    // SAFETY: the mask is 8 bytes on our stack.
    let _cannot_fail =
        unsafe { call(libc::SYS_rt_sigprocmask, [how, (&raw const signals.0) as usize, 0, 8, 0, 0]) };
}

/// Is `signal` in the mask?
#[must_use]
pub fn contains(mask: Mask, signal: i32) -> bool {
    mask.0 & bit(signal) != 0
}

/// Puts back what [`hold`] answered; pending signals arrive here.
#[inline(always)]
pub fn restore(mask: Mask) {
    let arguments = [libc::SIG_SETMASK.cast_unsigned() as usize, (&raw const mask.0) as usize, 0, 8, 0, 0];
    // SAFETY: the mask is 8 bytes on our stack.
    let _cannot_fail = unsafe { call(libc::SYS_rt_sigprocmask, arguments) };
}

/// Is `signal` waiting for this thread or process?
#[must_use]
pub fn is_pending(signal: i32) -> bool {
    are_pending(Mask(bit(signal)))
}

/// Is any of these (sigpending(2))?
#[must_use]
pub fn are_pending(signals: Mask) -> bool {
    let mut waiting = 0_u64;
    // SAFETY: the kernel writes 8 bytes to our stack.
    let _kept_zero = unsafe { call(libc::SYS_rt_sigpending, [(&raw mut waiting) as usize, 8, 0, 0, 0, 0]) };
    waiting & signals.0 != 0
}

/// Takes one waiting `signal` without running its handler (sigtimedwait(2), no timeout). It must be blocked.
pub fn swallow(signal: i32) {
    let wanted = bit(signal);
    let now = [0_u64; 2];
    let arguments = [(&raw const wanted) as usize, 0, now.as_ptr() as usize, 8, 0, 0];
    // SAFETY: mask and timespec are on our stack and only read.
    let _none_is_fine = unsafe { call(libc::SYS_rt_sigtimedwait, arguments) };
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU32, Ordering};

    static SEEN: AtomicU32 = AtomicU32::new(0);

    extern "C" fn handler(_: i32) {
        SEEN.store(1 + u32::from(in_handler()), Ordering::Relaxed);
    }

    #[test]
    fn a_handler_is_told_from_an_action_left_on_the_stack() {
        // SAFETY: a function of this test, for a signal that nobody else uses here.
        unsafe { libc::signal(libc::SIGUSR2, handler as *const () as usize) };
        let action = action(libc::SIGUSR2, None).unwrap();
        let left = [action.restorer, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(!in_handler());
        core::hint::black_box(&left);
        // SAFETY: the handler above runs on this thread.
        unsafe { libc::raise(libc::SIGUSR2) };
        assert_eq!(SEEN.load(Ordering::Relaxed), 2);
        at_each_place(400);
    }

    /// From the deepest place to this one, so that no handler's frame from before lies on the stack that is looked through:
    /// more than a page of places, one of which puts a frame across the page's end.
    #[inline(never)]
    fn at_each_place(deeper: u32) {
        let room = core::hint::black_box([0_u8; 16]);
        if deeper != 0 {
            at_each_place(deeper - 1);
        }
        core::hint::black_box(&room);
        SEEN.store(0, Ordering::Relaxed);
        // SAFETY: the test's handler runs on this thread.
        unsafe { libc::raise(libc::SIGUSR2) };
        assert_eq!(SEEN.load(Ordering::Relaxed), 2, "{deeper} calls above the deepest");
    }
}
