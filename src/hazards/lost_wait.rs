//! lost-wait: a wait that nobody can end.
//!
//! A program that waits for ever on what nobody can complete hangs without a word. It is said before such a wait
//! begins, where it is certain that only the waiting thread itself could end it: what is waited for belongs to this
//! process alone, this process has one thread, and that is about to sleep. There is nothing to mend: nobody knows what
//! was to come, so the wait goes on as it would have.
//!
//! - `poller`: an epoll instance with nothing in it but what this process alone can write to.
//! - `alone`: what only another thread can end, in a child that has no other.
//! - `team`: OpenMP's threads, which were not forked.
//!
//! What is only likely, `forkproof run --watch` looks for from outside: a thread of ours would be one more than
//! the program has, and a signal from a timer of ours would end its waits with EINTR.
//!
//! # Safety
//! A structure of the program's that libc has just read.
#![allow(unsafe_code)]

mod absent;
pub mod alone;
pub mod poller;
pub mod team;

use super::catalog::LOST_WAIT as ENTRY;
use super::telling::{self, about};
use crate::ident::epoch::{self, Verdict};
use crate::ident::page;
use crate::policy;
use crate::registry::services::{self, Kind};
use crate::report::Finding;
use crate::settings::Action;
use crate::sys::wakers;
use crate::wire::Outcome;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use libc::sigevent;

fn is_off() -> bool {
    policy::action(ENTRY.place, ENTRY.default) == Action::Off
}

/// Says that the wait in `call` is lost; `more` adds to the finding. With `die` the process ends here.
fn say(call: &'static str, text: fmt::Arguments<'_>, more: impl FnOnce(&mut Finding<'_>)) {
    let action = policy::action(ENTRY.place, ENTRY.default);
    let (outcome, end) = match action {
        Action::Off => return,
        Action::Die => (Outcome::Died, ": the process ends here"),
        _ => (Outcome::Reported, ""),
    };
    let whole = format_args!("{text}{end}");
    let mut finding = about(&ENTRY, action, outcome, call, whole);
    more(&mut finding);
    telling::note(&finding);
}

/// Learns which timers came through exec. To be called before the program begins.
pub fn open() {
    timed(wakers::alarm_is_set());
}

/// This process has a timer that will send it a signal, or has just stopped `ITIMER_REAL`.
pub fn timed(is_set: bool) {
    note(&page::get().timed, u32::from(is_set));
}

/// This process has sent descriptors to another.
#[cold]
#[inline(never)]
pub fn passed() {
    note(&page::get().passed, 1);
}

/// Not for a vfork child, which works in its parent's memory; and no write where it is so already.
fn note(word: &AtomicU32, value: u32) {
    if word.load(Ordering::Relaxed) != value && !epoch::is_visitor() {
        word.store(value, Ordering::Relaxed);
    }
}

/// The function that an event asks to be run in a thread (`SIGEV_THREAD`, sigevent(7)).
///
/// # Safety
/// Null, or a sigevent that libc has just read.
#[must_use]
pub unsafe fn function_of(event: *const sigevent) -> Option<usize> {
    /// Where glibc has `sigev_notify_function` (`bits/types/sigevent_t.h`), behind a value and two numbers.
    const FUNCTION_AT: usize = 16;
    // SAFETY: as the caller promises.
    let event = unsafe { event.as_ref() }?;
    // SAFETY: a sigevent has 64 bytes (glibc).
    let function = unsafe { core::ptr::from_ref(event).byte_add(FUNCTION_AT).cast::<usize>().read() };
    (event.sigev_notify == libc::SIGEV_THREAD).then_some(function)
}

/// This process has asked `kind` to run `function` in a thread, and knows that by `id`.
pub fn asked(kind: Kind, id: usize, function: usize) {
    if let Verdict::Owner(epoch) = epoch::settle() {
        services::asked(kind, id, function, epoch);
    }
}

/// This process no longer wants it.
pub fn ended(kind: Kind, id: usize) {
    if epoch::settle() != Verdict::Visitor {
        services::ended(kind, id);
    }
}
