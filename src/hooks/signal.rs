//! `<signal.h>`: which handlers there are, and since when.
//!
//! The program gets back exactly what it set: where a trampoline lies in a handler's place, that is taken out of
//! every answer.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::trampoline;
use crate::registry::handlers::{self, Before};
use crate::sys::memory;
use crate::sys::signals::Action;
use core::ffi::{c_int, c_long};
use libc::{sigaction as Set, sighandler_t};

/// What a call that sets a handler answered, in the program's words.
#[inline(always)]
fn set(number: c_int, new: sighandler_t, before: Before, answer: sighandler_t) -> sighandler_t {
    if answer != libc::SIG_ERR {
        trampoline::installed(number, new, false);
    }
    before.seen(answer)
}

hook! {
    /// See above.
    unsafe fn sigaction(number: c_int, new: *const Set, old: *mut Set) -> c_int => my_sigaction {
        let before = handlers::before(number);
        // SAFETY: libc reads it as well. Before the call: both may be one.
        let asked = unsafe { new.as_ref() }.map(|new| (new.sa_sigaction, new.sa_flags & libc::SA_SIGINFO != 0));
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(sigaction)(number, new, old) };
        if answer == 0 {
            // SAFETY: libc has just written it.
            if let Some(old) = unsafe { old.as_mut() } {
                if handlers::is_hidden(old.sa_sigaction) {
                    // SAFETY: plain data; all zeroes is what a signal has that nobody has set.
                    *old = unsafe { core::mem::zeroed() };
                }
                old.sa_flags = before.seen_flags(old.sa_sigaction, old.sa_flags.cast_unsigned()).cast_signed();
                old.sa_sigaction = before.seen(old.sa_sigaction);
            }
            if let Some((function, wants_info)) = asked {
                trampoline::installed(number, function, wants_info);
            }
        }
        answer
    }
}

hook! {
    /// Another name of `sigaction`.
    again unsafe fn __sigaction(number: c_int, new: *const Set, old: *mut Set) -> c_int => my_sigaction
}

hook! {
    /// As `sigaction`.
    unsafe fn signal(number: c_int, new: sighandler_t) -> sighandler_t => my_signal {
        let before = handlers::before(number);
        // SAFETY: the program's own arguments.
        set(number, new, before, unsafe { real!(signal)(number, new) })
    }
}

hook! {
    /// Another name of `signal`.
    again unsafe fn bsd_signal(number: c_int, new: sighandler_t) -> sighandler_t => my_signal
}

hook! {
    /// Another name of `signal`.
    again unsafe fn ssignal(number: c_int, new: sighandler_t) -> sighandler_t => my_signal
}

hook! {
    /// As `signal`, for one delivery.
    unlisted unsafe fn sysv_signal(number: c_int, new: sighandler_t) -> sighandler_t => my_sysv_signal {
        let before = handlers::before(number);
        // SAFETY: the program's own arguments.
        set(number, new, before, unsafe { real!(sysv_signal)(number, new) })
    }
}

hook! {
    /// Another name of `sysv_signal`.
    again unsafe fn __sysv_signal(number: c_int, new: sighandler_t) -> sighandler_t => my_sysv_signal
}

hook! {
    /// As `signal`.
    unlisted unsafe fn sigset(number: c_int, new: sighandler_t) -> sighandler_t => my_sigset {
        let before = handlers::before(number);
        // SAFETY: the program's own arguments.
        set(number, new, before, unsafe { real!(sigset)(number, new) })
    }
}

/// `rt_sigaction` by number, with the kernel's structures.
pub(super) fn action_by(
    number: c_int,
    new: *const Action,
    old: *mut Action,
    real: impl FnOnce() -> c_long,
) -> c_long {
    let before = handlers::before(number);
    // Where the kernel cannot read it, it refuses the call.
    let mut asked = [0; 2];
    let is_there = memory::words(new.addr(), &mut asked).is_some();
    let answer = real();
    if answer == 0 {
        // SAFETY: the kernel has just written it.
        if let Some(old) = unsafe { old.as_mut() } {
            if handlers::is_hidden(old.handler) {
                *old = Action::default();
            }
            let flags = u32::try_from(old.flags & 0xffff_ffff).unwrap_or(0);
            old.flags = u64::from(before.seen_flags(old.handler, flags));
            old.handler = before.seen(old.handler);
        }
        let [function, flags] = asked;
        if is_there {
            trampoline::installed(number, function, flags & libc::SA_SIGINFO.cast_unsigned() as usize != 0);
        }
    }
    answer
}
