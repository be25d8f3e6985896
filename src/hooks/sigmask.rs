//! `<signal.h>`: which signals the program blocks, and waits for.
//!
//! A signal that is held back is blocked, and the program did not ask for that: it sees its mask without it, and what it
//! asks for is kept. See `hazards::reentrant_sigchld::mask`.
//!
//! # Safety
//! As in `hooks`. The kernel's mask is the first 8 bytes of a `sigset_t`.
#![allow(unsafe_code)]

use super::{interrupted, lasts};
use crate::hazards::reentrant_sigchld::mask::Change;
use crate::hazards::reentrant_sigchld::{self, Idle, Restarts};
use crate::sys::memory;
use core::ffi::{c_int, c_long};
use libc::{siginfo_t, sigset_t, timespec};

/// Changes the mask by `set` with `real`, and answers the old one.
///
/// # Safety
/// The program's own arguments.
#[cold]
#[inline(never)]
unsafe fn change(
    how: c_int,
    set: *const sigset_t,
    old: *mut sigset_t,
    real: &mut dyn FnMut(*const sigset_t, *mut sigset_t) -> c_int,
) -> c_int {
    // SAFETY: null, or read by libc as well.
    let asked = unsafe { set.as_ref() };
    let wanted = asked.map(word);
    let (change, given) = Change::begin(how, wanted);
    let set = asked.zip(given).map(|(asked, given)| with_word(*asked, given));
    let answer = real(set.as_ref().map_or(core::ptr::null(), core::ptr::from_ref), old);
    if answer == 0 {
        change.done(wanted);
        // SAFETY: null, or just written by libc.
        if let Some(old) = unsafe { old.as_mut() } {
            *old = with_word(*old, change.seen(word(old)));
        }
    }
    answer
}

const fn word(set: &sigset_t) -> u64 {
    // SAFETY: a mask begins with the kernel's 64 bits.
    unsafe { core::ptr::from_ref(set).cast::<u64>().read() }
}

fn with_word(mut set: sigset_t, mask: u64) -> sigset_t {
    // SAFETY: as above.
    unsafe { (&raw mut set).cast::<u64>().write(mask) };
    set
}

hook! {
    /// See above.
    still unsafe fn sigprocmask(how: c_int, set: *const sigset_t, old: *mut sigset_t) -> c_int => my_sigprocmask {
        // SAFETY: the program's own arguments, but for our bits.
        let mut real = move |set, old| unsafe { real!(sigprocmask)(how, set, old) };
        if !reentrant_sigchld::holds() {
            return real(set, old);
        }
        // SAFETY: as above.
        unsafe { change(how, set, old, &mut real) }
    }
}

hook! {
    /// As `sigprocmask`, with the error as its value.
    still unsafe fn pthread_sigmask(how: c_int, set: *const sigset_t, old: *mut sigset_t) -> c_int => my_pthread_sigmask {
        // SAFETY: the program's own arguments, but for our bits.
        let mut real = move |set, old| unsafe { real!(pthread_sigmask)(how, set, old) };
        if !reentrant_sigchld::holds() {
            return real(set, old);
        }
        // SAFETY: as above.
        unsafe { change(how, set, old, &mut real) }
    }
}

hook! {
    /// What waits because of us does not wait as the program sees it.
    still unsafe fn sigpending(set: *mut sigset_t) -> c_int => my_sigpending {
        // SAFETY: the program's own argument.
        let answer = unsafe { real!(sigpending)(set) };
        if answer == 0 && reentrant_sigchld::holds() {
            let (change, _) = Change::begin(libc::SIG_BLOCK, None);
            // SAFETY: just written by libc.
            unsafe { *set = with_word(*set, change.seen(word(&*set))) };
        }
        answer
    }
}

/// `rt_sigprocmask` by number, with the kernel's masks.
///
/// # Safety
/// The program's own arguments.
pub(super) unsafe fn change_by(
    how: c_int,
    set: *const u64,
    old: *mut u64,
    real: &mut dyn FnMut(*const u64, *mut u64) -> c_long,
) -> c_long {
    let mut asked = [0];
    let is_asked = !set.is_null() && memory::words(set.addr(), &mut asked).is_some();
    if !set.is_null() && !is_asked {
        return real(set, old);
    }
    let wanted = is_asked.then(|| asked.map(|word| word as u64)[0]);
    let (change, given) = Change::begin(how, wanted);
    let answer = real(given.as_ref().map_or(core::ptr::null(), core::ptr::from_ref), old);
    if answer == 0 {
        change.done(wanted);
        // SAFETY: null, or just written by the kernel.
        if let Some(old) = unsafe { old.as_mut() } {
            *old = change.seen(*old);
        }
    }
    answer
}

/// `rt_sigpending` by number has given `answer`.
///
/// # Safety
/// The program's own argument, which the kernel has filled if the answer is 0.
pub(super) unsafe fn pending_by(answer: c_long, set: *mut u64) -> c_long {
    let (change, _) = Change::begin(libc::SIG_BLOCK, None);
    // SAFETY: as the caller promises.
    let set = if answer == 0 { unsafe { set.as_mut() } } else { None };
    if let Some(set) = set {
        *set = change.seen(*set);
    }
    answer
}

/// The calls of BSD: a mask is a number, and the old one the answer.
#[cold]
#[inline(never)]
fn number(how: c_int, mask: c_int, real: &mut dyn FnMut(c_int) -> c_int) -> c_int {
    let wanted = u64::from(mask.cast_unsigned());
    let (change, given) = Change::begin(how, Some(wanted));
    let given = u32::try_from(given.unwrap_or(wanted) & u64::from(u32::MAX)).unwrap_or(0);
    let old = real(given.cast_signed());
    change.done(Some(wanted));
    let seen = u32::try_from(change.seen(u64::from(old.cast_unsigned()))).unwrap_or(0);
    seen.cast_signed()
}

hook! {
    /// `sigprocmask` of BSD.
    unlisted unsafe fn sigblock(mask: c_int) -> c_int => my_sigblock {
        // SAFETY: the program's own argument.
        let mut real = |mask| unsafe { real!(sigblock)(mask) };
        if reentrant_sigchld::holds() { number(libc::SIG_BLOCK, mask, &mut real) } else { real(mask) }
    }
}

hook! {
    /// `sigprocmask` of BSD.
    unlisted unsafe fn sigsetmask(mask: c_int) -> c_int => my_sigsetmask {
        // SAFETY: the program's own argument, but for our bits.
        let mut real = |mask| unsafe { real!(sigsetmask)(mask) };
        if reentrant_sigchld::holds() { number(libc::SIG_SETMASK, mask, &mut real) } else { real(mask) }
    }
}

hook! {
    /// `sigprocmask` of BSD.
    unlisted unsafe fn siggetmask() -> c_int => my_siggetmask {
        // SAFETY: no arguments.
        let mut real = |_| unsafe { real!(siggetmask)() };
        if reentrant_sigchld::holds() { number(libc::SIG_BLOCK, 0, &mut real) } else { real(0) }
    }
}

/// The calls of System V: one signal.
#[cold]
#[inline(never)]
fn one(how: c_int, signal: c_int, real: &mut dyn FnMut() -> c_int) -> c_int {
    let Some(place) =
        signal.checked_sub(1).and_then(|place| u32::try_from(place).ok()).filter(|&place| place < 64)
    else {
        return real();
    };
    let bit = 1 << place;
    let (change, given) = Change::begin(how, Some(bit));
    // To be released, and held back by us: it stays so.
    let answer = if given == Some(bit) { real() } else { 0 };
    if answer == 0 {
        change.done(Some(bit));
    }
    answer
}

hook! {
    /// `sigprocmask` of System V.
    unlisted unsafe fn sighold(signal: c_int) -> c_int => my_sighold {
        // SAFETY: the program's own argument.
        let mut real = || unsafe { real!(sighold)(signal) };
        if reentrant_sigchld::holds() { one(libc::SIG_BLOCK, signal, &mut real) } else { real() }
    }
}

hook! {
    /// `sigprocmask` of System V.
    unlisted unsafe fn sigrelse(signal: c_int) -> c_int => my_sigrelse {
        // SAFETY: the program's own argument.
        let mut real = || unsafe { real!(sigrelse)(signal) };
        if reentrant_sigchld::holds() { one(libc::SIG_UNBLOCK, signal, &mut real) } else { real() }
    }
}

/// Must a wait for signals end before it begins? What was held back has come.
fn ends_early() -> bool {
    reentrant_sigchld::idle(Restarts::Suspends) == Idle::Interrupted
}

hook! {
    /// Where a program idles.
    still unsafe fn sigsuspend(mask: *const sigset_t) -> c_int => my_sigsuspend {
        if ends_early() {
            return interrupted();
        }
        // SAFETY: the program's own argument.
        unsafe { real!(sigsuspend)(mask) }
    }
}

hook! {
    /// Another name of `sigsuspend`.
    again still unsafe fn __sigsuspend => my_sigsuspend of sigsuspend
}

hook! {
    /// `sigsuspend` of BSD.
    still unlisted unsafe fn sigpause(mask: c_int) -> c_int => my_sigpause {
        if ends_early() {
            return interrupted();
        }
        // SAFETY: the program's own argument.
        unsafe { real!(sigpause)(mask) }
    }
}

hook! {
    /// `sigpause` of BSD and of System V.
    still unlisted unsafe fn __sigpause(which: c_int, is_signal: c_int) -> c_int => my_either_sigpause {
        if ends_early() {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(__sigpause)(which, is_signal) }
    }
}

hook! {
    /// `sigpause` of System V.
    still unlisted unsafe fn __xpg_sigpause(signal: c_int) -> c_int => my_xpg_sigpause {
        if ends_early() {
            return interrupted();
        }
        // SAFETY: the program's own argument.
        unsafe { real!(__xpg_sigpause)(signal) }
    }
}

hook! {
    /// Where a program idles; a signal it waits for is blocked by itself, and stays so.
    still unsafe fn sigwaitinfo(set: *const sigset_t, info: *mut siginfo_t) -> c_int => my_sigwaitinfo {
        if ends_early() {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(sigwaitinfo)(set, info) }
    }
}

hook! {
    /// As `sigwaitinfo`.
    still unsafe fn sigtimedwait(set: *const sigset_t, info: *mut siginfo_t, limit: *const timespec) -> c_int
        => my_sigtimedwait {
        if ends_early() && lasts(limit) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(sigtimedwait)(set, info, limit) }
    }
}

hook! {
    /// As `sigwaitinfo`, and never interrupted.
    still unsafe fn sigwait(set: *const sigset_t, signal: *mut c_int) -> c_int => my_sigwait {
        reentrant_sigchld::passes();
        // SAFETY: the program's own arguments.
        unsafe { real!(sigwait)(set, signal) }
    }
}
