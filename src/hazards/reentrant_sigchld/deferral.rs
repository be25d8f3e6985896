//! Holding a signal back between the end of its handler and the next moment at which the program idles.
//!
//! The signal's bit is set in the mask that the kernel restores when the handler is done; a wait takes it away first, so
//! that what came meanwhile is delivered there, and then waits plainly. (To wait with the signal unblocked and block it
//! afterwards does not do: a wait with something ready returns before it looks at signals.) Only the main thread does
//! so: on another, a trampoline sends the signal on to it.
//!
//! The bit is ours. The program's view of its mask is without it, what it asks for is kept beside it, and what it makes
//! or becomes (threads, processes, programs) does not get it. A time limit takes it away where nothing idles
//! (`time_limit`). Where it came back with a mask that was restored behind us, by sigreturn or a jump, the next idle
//! moment takes it away as well, unless the program ever blocked the signal itself.

use super::{Delivery, Idle, Restarts, bit, holds, mask, siginfos, time_limit};
use crate::hazards::stolen_child_status::Whom;
use crate::ident::epoch;
use crate::ident::thread::{self, Word};
use crate::registry::handlers;
use crate::sys::context::Context;
use crate::sys::signals::{self, Mask};
use crate::sys::{fd, process};
use core::ffi::c_long;
use libc::siginfo_t;

/// States of a thread, bits of `Word::Deferring`.
///
/// Something is made that gets our mask: what arrives is kept.
const KEEPING: u64 = 1;
/// This program is about to be replaced: nothing is held back any more.
const ENDING: u64 = 2;
/// It has held something back.
const EVER: u64 = 4;
/// A watched handler ran.
const RAN: u64 = 8;
/// One has run since the program last idled, and not in a wait that ends because of it: what an interpreter makes of it is
/// still to come. A wait that begins now ends at once, as if the signal had come in it, and nothing is let through after.
const FRESH: u64 = 16;

#[inline(always)]
fn state() -> u64 {
    thread::get(Word::Deferring)
}

#[inline(always)]
fn set_state(on: u64, off: u64) {
    thread::set(Word::Deferring, state() & !off | on);
}

/// Signals that are blocked by us alone.
#[inline(always)]
pub(super) fn ours() -> u64 {
    thread::get(Word::Deferred) & !thread::get(Word::OwnBlocked)
}

pub(super) fn is_main_thread() -> bool {
    process::pid() == process::thread()
}

/// Nothing is held back on this thread from now on; what waited arrives at the caller's next `unblock`.
fn forget() {
    thread::set(Word::Deferred, 0);
    thread::set(Word::OwnBlocked, 0);
}

/// `signal` is delivered to this thread.
#[cold]
#[inline(never)]
pub fn arriving(signal: i32, info: *mut siginfo_t) -> Delivery {
    if state() & KEEPING != 0 {
        siginfos::keep(signal, info);
        return Delivery::Kept;
    }
    set_state(RAN, 0);
    // SAFETY: the kernel's, for the handler.
    #[allow(unsafe_code)]
    let code = unsafe { (*info).si_code };
    if is_main_thread() {
        if code == libc::SI_QUEUE {
            siginfos::unpack(signal, info);
        }
        if !epoch::is_visitor() {
            begins(signal);
        }
        return Delivery::Run;
    }
    // What was sent to this very thread is for it.
    if code == libc::SI_TKILL || mask::is_blocked(signal) {
        return Delivery::Run;
    }
    if siginfos::forward(signal, info, code) { Delivery::Kept } else { Delivery::Run }
}

/// The handler runs, here, with its signal blocked whatever the program said or says of that.
fn begins(signal: i32) {
    let own = thread::get(Word::OwnBlocked);
    if handlers::get(signal).is_interruptible() {
        signals::also_block(Mask(bit(signal)));
        thread::set(Word::OwnBlocked, own & !bit(signal));
    } else {
        thread::set(Word::OwnBlocked, own | bit(signal));
    }
    thread::set(Word::Deferred, thread::get(Word::Deferred) | bit(signal));
    set_state(EVER, 0);
}

/// Handlers of `running` may be left by a jump: their signals are what the program makes of them.
pub fn left(running: u64) {
    let held = ours() & running;
    mask::note_blocked(running);
    thread::set(Word::Deferred, thread::get(Word::Deferred) & !running);
    thread::set(Word::OwnBlocked, thread::get(Word::OwnBlocked) & !running);
    signals::unblock(Mask(held));
}

/// Its handler has returned, to `context`.
#[cold]
#[inline(never)]
pub fn handled(signal: i32, context: Context) {
    if !is_main_thread() || epoch::is_visitor() {
        return;
    }
    let mask = context.mask();
    let deferred = thread::get(Word::Deferred) & !bit(signal);
    thread::set(Word::OwnBlocked, thread::get(Word::OwnBlocked) & !bit(signal));
    thread::set(Word::Deferred, deferred);
    // Blocked by the program before; or nothing is held back any more; or the wait that was interrupted begins again, and
    // the program still idles.
    if mask & bit(signal) != 0
        || state() & ENDING != 0
        || handlers::get(signal).restarts() && context.about_to_call().is_some_and(waits_again)
        || !time_limit::begin()
    {
        return;
    }
    thread::set(Word::Deferred, deferred | bit(signal));
    context.set_mask(mask | bit(signal));
    if !context.is_interrupted_call() {
        set_state(FRESH, 0);
    }
}

fn waits_again(number: usize) -> bool {
    const WAITS: [c_long; 9] = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_wait4,
        libc::SYS_waitid,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_recvmmsg,
    ];
    WAITS.into_iter().any(|wait| usize::try_from(wait) == Ok(number))
}

/// The time limit has come, in the handler that goes back to `context`.
pub(super) fn expired(context: Context) {
    context.set_mask(context.mask() & !ours());
    forget();
    set_state(0, FRESH);
}

/// The program idles now.
#[cold]
#[inline(never)]
pub fn idle(restarts: Restarts) -> Idle {
    if state() & EVER == 0 || super::in_handler() || epoch::is_visitor() {
        return Idle::Go;
    }
    if state() & FRESH != 0 {
        set_state(0, FRESH);
        let ends = match restarts {
            Restarts::Never => true,
            Restarts::Perhaps => !all_restart(ours()),
            Restarts::Suspends => false,
        };
        if ends && !signals::are_pending(Mask(ours())) {
            return Idle::Interrupted;
        }
    }
    loop {
        time_limit::end();
        let held = ours();
        let never_its_own = mask::never_blocked();
        forget();
        set_state(0, RAN | ENDING);
        signals::unblock(Mask(held | never_its_own));
        set_state(0, FRESH);
        if state() & RAN == 0 {
            return Idle::Go;
        }
        if restarts != Restarts::Perhaps || !all_restart(held | never_its_own) {
            return Idle::Interrupted;
        }
    }
}

fn all_restart(mask: u64) -> bool {
    (1..=64).filter(|&signal| mask & bit(signal) != 0).all(|signal| handlers::get(signal).restarts())
}

/// As [`idle`], before a read of `fd`, which may not have to wait: to read what is there is no idling.
#[cold]
#[inline(never)]
pub fn reads(fd: i32) -> Idle {
    if state() & EVER != 0 && fd::would_wait(fd) { idle(Restarts::Perhaps) } else { Idle::Go }
}

/// As [`reads`], before a wait for children.
#[cold]
#[inline(never)]
pub fn waits(whom: Whom) -> Idle {
    let child = if let Whom::One(child) = whom { child } else { 0 };
    if state() & EVER != 0 && !process::has_ended_child(child) { idle(Restarts::Perhaps) } else { Idle::Go }
}

/// Makes `real`, which makes something that gets this thread's mask, with the mask as the program has it. What arrives
/// meanwhile comes afterwards.
#[inline(always)]
pub fn with_own_mask<R>(real: impl FnOnce() -> R) -> R {
    let held = if holds() && ours() != 0 { lift() } else { 0 };
    let answer = real();
    if held != 0 {
        lower(held);
    }
    answer
}

#[cold]
#[inline(never)]
fn lift() -> u64 {
    let held = ours();
    if epoch::is_visitor() {
        signals::unblock(Mask(held));
        return 0;
    }
    set_state(KEEPING, 0);
    signals::unblock(Mask(held));
    held
}

#[cold]
#[inline(never)]
fn lower(held: u64) {
    // Unless the time limit has come.
    signals::also_block(Mask(held & thread::get(Word::Deferred)));
    set_state(0, KEEPING);
    siginfos::send_kept();
}

/// Another program takes this one's place, if it can: it gets the mask as the program has it.
#[cold]
#[inline(never)]
pub fn ending() {
    if state() & EVER == 0 {
        return;
    }
    let held = ours();
    if !epoch::is_visitor() {
        time_limit::end();
        set_state(ENDING, 0);
        forget();
    }
    signals::unblock(Mask(held));
}

/// This is a child: nothing waits for it yet.
pub fn born() {
    if state() & EVER == 0 {
        return;
    }
    time_limit::end();
    let held = ours();
    forget();
    signals::unblock(Mask(held));
}
