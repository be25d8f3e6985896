//! ghost-waiter: `pthread_cond_destroy` waits until every waiter has left, and a child has inherited the
//! parent's waiters as a mere number.
//!
//! They do not exist here and never leave; a static condition variable hangs the child at exit. Repair: take
//! them off the count. In a child with threads of its own the living are told from the ghosts: each notes,
//! in its record, which condition variable it waits for.
//!
//! # Safety
//! The program's condition variable.
#![allow(unsafe_code)]

use super::arrival::arrived;
use super::catalog::GHOST_WAITER as ENTRY;
use crate::policy;
use crate::registry::threads;
use crate::report::{self, Finding, Lock};
use crate::settings::Action;
use crate::sys::pthread::Condition;
use crate::sys::signals;
use crate::wire::Outcome;
use core::sync::atomic::Ordering;
use libc::pthread_cond_t;

const CALL: &str = "pthread_cond_destroy";

/// The calling thread of a copy waits for `place`, or, with null, no longer waits.
#[inline]
pub fn waits_for(place: *mut pthread_cond_t) {
    if let Some(thread) = threads::own() {
        thread.waits_for.store(place.addr(), Ordering::Release);
    }
}

/// A copy is about to destroy `place`. `false`: the call must be refused, with `EBUSY`.
///
/// # Safety
/// `place` is the program's argument of `pthread_cond_destroy`.
#[cold]
pub unsafe fn before_destroy(place: *mut pthread_cond_t) -> bool {
    if place.is_null() || !arrived(CALL) {
        return true;
    }
    // SAFETY: the caller's promise.
    let condition = unsafe { Condition::at(place) };
    let living = threads::here().filter(|thread| thread.waits_for.load(Ordering::Acquire) == place.addr());
    let ghosts = condition.waiters().saturating_sub(u32::try_from(living.count()).unwrap_or(u32::MAX));
    if ghosts == 0 {
        return true;
    }
    let action = policy::action(ENTRY.place, ENTRY.default);
    let (outcome, done) = match action {
        Action::Off => return true,
        Action::Report => (Outcome::Reported, "left alone"),
        Action::Repair => (Outcome::Repaired, "taken off"),
        Action::Poison => (Outcome::Poisoned, "the call is refused (EBUSY)"),
        Action::Die => (Outcome::Died, "the process ends here"),
    };
    if action == Action::Repair {
        condition.forget(ghosts);
    }
    let held = signals::hold();
    let finding = Finding {
        place: ENTRY.place,
        slug: ENTRY.slug,
        action,
        outcome,
        call: CALL,
        fd: -1,
        owner: 0,
        made_at: 0,
        registrations: 0,
        lost: 0,
        errno: None,
        lock: Some(Lock { address: place.addr(), ..Lock::default() }),
        quiet: false,
        text: format_args!(
            "{CALL} of {}, for which {ghosts} threads of the parent wait that are not here: {done}",
            super::orphaned_lock::Place(place.addr())
        ),
    };
    report::note(&finding, held);
    signals::restore(held);
    action != Action::Poison
}
