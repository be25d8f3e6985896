//! What might still end a wait of this process, as the kernel has it: threads, handlers, timers, children, and work
//! that the kernel does by itself.
//!
//! # Safety
//! Calls that fill a structure of ours on the stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, register};
use super::lines;

/// Signals that libc keeps for itself: cancellation, and changes of user or group (nptl(7)).
const LIBCS: u64 = 0b11 << 31;

/// Threads, and signals with a handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Company {
    /// How many threads the process has.
    pub threads: u32,
    /// Bit `signal - 1`: it has a handler, libc's own aside.
    pub handled: u64,
}

/// Who else runs here (proc(5), status). `None` where it cannot be known.
#[must_use]
pub fn company() -> Option<Company> {
    let (mut threads, mut handled) = (None, None);
    let read = lines::each(c"/proc/self/status", |line| {
        if let Some(value) = after(line, b"Threads:") {
            threads = value.parse().ok();
        } else if let Some(value) = after(line, b"SigCgt:") {
            handled = u64::from_str_radix(value, 16).ok();
        }
    });
    read.ok()?;
    Some(Company { threads: threads?, handled: handled? & !LIBCS })
}

fn after<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a str> {
    core::str::from_utf8(line.strip_prefix(name)?).ok().map(str::trim_ascii)
}

/// Does `ITIMER_REAL` run, which alarm(2) sets too (getitimer(2))? It survives exec.
#[must_use]
pub fn alarm_is_set() -> bool {
    let mut timer = [0_usize; 4];
    let arguments = [register(libc::ITIMER_REAL), timer.as_mut_ptr() as usize, 0, 0, 0, 0];
    // SAFETY: the kernel fills a struct itimerval, four words.
    let asked = unsafe { call(libc::SYS_getitimer, arguments) };
    let [_, _, seconds, micros] = timer;
    asked.is_err() || seconds != 0 || micros != 0
}

/// Has the process a timer of `timer_create(2)` (proc(5), timers)? `None` where it cannot be known.
#[must_use]
pub fn has_timers() -> Option<bool> {
    let mut any = false;
    lines::each(c"/proc/self/timers", |line| any |= !line.is_empty()).ok()?;
    Some(any)
}

/// Has it a child, of whatever kind (waitid(2), `__WALL`)? `true` where it cannot be known.
#[must_use]
pub fn has_children() -> bool {
    let options = (libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL).cast_unsigned() as usize;
    let mut info = [0_u32; size_of::<libc::siginfo_t>() / size_of::<u32>()];
    let arguments = [libc::P_ALL as usize, 0, info.as_mut_ptr() as usize, options, 0, 0];
    // SAFETY: the kernel fills a siginfo, which is ours; nothing is taken.
    let answer = unsafe { call(libc::SYS_waitid, arguments) };
    answer != Err(Errno(libc::ECHILD))
}

/// Does the kernel work for it unasked: is there a ring of `io_uring(7)`, or a context of `io_setup(2)`? Both are mapped,
/// also where their number is closed (proc(5), maps). `true` where it cannot be known.
#[must_use]
pub fn has_rings() -> bool {
    let mut any = false;
    let read = lines::each(c"/proc/self/maps", |line| {
        any |= line.ends_with(b"[io_uring]") || line.windows(5).any(|part| part == b"[aio]");
    });
    read.is_err() || any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_understood() {
        let company = company().unwrap();
        assert!(company.threads >= 1);
        // Rust's own, for stack overflow.
        assert!(company.handled & 1 << (libc::SIGSEGV - 1) != 0);
        assert!(!has_rings());
        assert_ne!(has_timers(), Some(true));
    }
}
