//! A child with one thread waits for what only another thread can do.
//!
//! Its parent had others, or services that run in one, and none came through the fork. So a condition variable is not
//! signalled, a barrier not reached, a semaphore not posted unless a handler does it, and a thread that was not forked does
//! not end. All of these must be this process's own; one that is shared with others may still come.
//!
//! libc's fork marks the threads it leaves behind as ended, so that `pthread_join` returns at once; after `_Fork` and
//! clone(2) it waits for ever (glibc 2.36).
//!
//! # Safety
//! The program's objects, passed to the functions that are to use them.
#![allow(unsafe_code)]

use super::super::arrival::{arrived, lacks_threads};
use super::super::words::Place;
use super::absent::{self, Absent};
use super::{is_off, say};
use crate::ident::{epoch, kin, page};
use crate::registry::{sandbox, threads};
use crate::report::shared;
use crate::sys::pthread::{Barrier, Condition, Kind, LibcMutex, Semaphore};
use crate::sys::thread_end::is_ended;
use crate::sys::{process, wakers};
use core::fmt;
use core::sync::atomic::Ordering;
use libc::{pthread_barrier_t, pthread_cond_t, pthread_mutex_t, pthread_t, sem_t};

/// Is this a copy that lacks somebody, and has one thread? Not a vfork child, which has one as well.
fn is_left_alone(call: &'static str) -> bool {
    arrived(call)
        && absent::anybody()
        && !sandbox::is_entered()
        && threads::here().nth(1).is_none()
        && process::is_single_threaded()
        && !epoch::is_visitor()
}

/// Says that `call` waits for what the only thread here cannot do with the thing at `address`.
#[cold]
#[inline(never)]
fn lost(call: &'static str, what: &str, address: usize) {
    let place = Place(address);
    tell(call, address, format_args!("{what} {place}, and this forked child has one thread"));
}

/// Says what `call` waits for, once for each `address`, over all processes that came of one.
fn tell(call: &'static str, address: usize, what: fmt::Arguments<'_>) {
    // Apart from the places that fork, which are kept there too.
    if is_off() || shared::was_said(address.rotate_left(7)) {
        return;
    }
    let text = format_args!("{call} waits for {what}: nobody can end this wait; not forked: {Absent}");
    say(call, text, |finding| {
        finding.lost = absent::threads();
        finding.lock = absent::first();
    });
}

/// A copy is about to wait for `place` with `mutex`.
///
/// # Safety
/// Both are the program's arguments of `call`.
pub unsafe fn condition(place: *mut pthread_cond_t, mutex: *mut pthread_mutex_t, call: &'static str) {
    if place.is_null() || mutex.is_null() || !is_left_alone(call) {
        return;
    }
    // SAFETY: as the caller promises.
    let (condition, mutex) = unsafe { (Condition::at(place), LibcMutex::at(mutex)) };
    // The wait is refused at once where the mutex knows that it is not the caller's.
    let waits = match mutex.kind() {
        Kind::Plain => true,
        Kind::Owned => mutex.owner.load(Ordering::Relaxed) == kin::id(),
        Kind::Other => false,
    };
    if waits && !condition.is_shared() {
        lost(call, "a signal to the condition variable", place.addr());
    }
}

/// A copy, or for one that is marked any process, is about to wait for `place`. A lock of somebody who is not here is
/// `orphaned_lock`'s.
///
/// # Safety
/// `place` is the program's argument of `call`.
#[inline(always)]
pub unsafe fn semaphore(place: *mut sem_t, call: &'static str) {
    if !page::is_original() {
        // SAFETY: as the caller promises.
        unsafe { semaphore_in_copy(place, call) };
    }
}

#[cold]
#[inline(never)]
unsafe fn semaphore_in_copy(place: *mut sem_t, call: &'static str) {
    // SAFETY: as the caller promises.
    let semaphore = unsafe { Semaphore::at(place) };
    if semaphore.is_free() || !is_left_alone(call) {
        return;
    }
    let owner = semaphore.owner.load(Ordering::Relaxed);
    let is_ours = || owner == 0 || owner == kin::id() || kin::was_survivor(owner);
    if semaphore.is_marked() && !is_ours() {
        return;
    }
    // sem_post may be called by a handler (signal-safety(7)).
    let handled = || wakers::company().is_none_or(|company| company.handled != 0);
    // Asked again: a thread of this process may have posted it and ended since.
    if !semaphore.is_shared() && !handled() && !semaphore.is_free() {
        lost(call, "a post of the semaphore", place.addr());
    }
}

/// A copy is about to wait for the others at `place`.
///
/// # Safety
/// `place` is the program's argument of `call`.
pub unsafe fn barrier(place: *mut pthread_barrier_t, call: &'static str) {
    if place.is_null() || !is_left_alone(call) {
        return;
    }
    // SAFETY: as the caller promises.
    if unsafe { Barrier::at(place) }.lacks_more_than_one() {
        lost(call, "other threads at the barrier", place.addr());
    }
}

/// A copy is about to wait for the end of `thread`.
pub fn join(thread: pthread_t, call: &'static str) {
    if !arrived(call) || !lacks_threads() {
        return;
    }
    let handle = usize::try_from(thread).unwrap_or(0);
    let Some(record) = threads::vanished().find(|record| record.is_known_as(handle)) else { return };
    // A thread of this process may have been given its memory, and so its name.
    if !threads::may_be_here(handle) && is_ended(handle) == Some(false) && !epoch::is_visitor() {
        let start = Place(record.start.load(Ordering::Relaxed));
        tell(call, handle, format_args!("the end of a thread that was not forked, started at {start}"));
    }
}
