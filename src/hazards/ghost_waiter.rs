//! ghost-waiter: a child inherits the waiters of a condition variable as mere numbers.
//!
//! They do not exist here and never leave: `pthread_cond_destroy` waits for them, a static condition
//! variable hangs the child at exit, and a signal may be spent on one of them, or wait until one of them
//! has taken the last. Repair, at first touch: nobody waits. In a child with threads of its own the living are told
//! from the ghosts: each notes, in its record, which condition variable it waits for.
//!
//! # Safety
//! The program's condition variable.
#![allow(unsafe_code)]

use super::arrival::{arrived, lacks_threads};
use super::catalog::GHOST_WAITER as ENTRY;
use super::telling::{is_reported, tell};
use super::words::Place;
use crate::ident::{kin, page};
use crate::policy;
use crate::registry::threads;
use crate::report::Lock;
use crate::settings::Action;
use crate::sys::process;
use crate::sys::pthread::Condition;
use crate::wire::Outcome;
use core::sync::atomic::Ordering;
use libc::pthread_cond_t;

/// May the program's call go on?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Yes.
    Go,
    /// No: answer `EBUSY`.
    Refuse,
}

/// The calling thread of a copy waits for `place`, or, with null, no longer waits.
#[inline]
pub fn waits_for(place: *mut pthread_cond_t) {
    if let Some(thread) = threads::own() {
        // Either who takes the ghosts off sees this, or we see that somebody does.
        thread.waits_for.store(place.addr(), Ordering::SeqCst);
        if !place.is_null() && lacks_threads() {
            while page::get().clearing.load(Ordering::SeqCst) == half(place.addr()) {
                process::give_way();
            }
        }
    }
}

/// Takes every waiter off, unless a thread of this process has come to wait or another is at it; did it?
fn clear(address: usize, condition: &Condition) -> bool {
    let clearing = &page::get().clearing;
    if clearing.compare_exchange(0, half(address), Ordering::SeqCst, Ordering::Relaxed).is_err() {
        return false;
    }
    let unused = living(address) == 0;
    if unused {
        condition.reset();
    }
    clearing.store(0, Ordering::SeqCst);
    unused
}

/// How many threads of this process, other than the calling one, wait for the condition variable at `address`.
fn living(address: usize) -> usize {
    let me = kin::id();
    threads::here()
        .filter(|thread| thread.waits_for.load(Ordering::SeqCst) == address && thread.id() != me)
        .count()
}

fn half(address: usize) -> u32 {
    u32::try_from(address & 0xffff_ffff).unwrap_or(0) | 1
}

/// A copy is about to use `place` through `call`.
///
/// # Safety
/// `place` is the program's argument of that call.
#[inline]
pub unsafe fn before(place: *mut pthread_cond_t, call: &'static str) -> Verdict {
    if place.is_null() || !arrived(call) || !lacks_threads() {
        return Verdict::Go;
    }
    // SAFETY: the caller's promise.
    let condition = unsafe { Condition::at(place) };
    if condition.waiters() == 0 { Verdict::Go } else { meet(place.addr(), condition, call) }
}

#[cold]
#[inline(never)]
fn meet(address: usize, condition: &Condition, call: &'static str) -> Verdict {
    let living = living(address);
    let ghosts = condition.waiters().saturating_sub(u32::try_from(living).unwrap_or(u32::MAX));
    // Beside the living, ghosts matter to nobody but a call that waits for all to leave.
    let destroys = call.ends_with("destroy");
    if ghosts == 0 || living != 0 && !destroys {
        return Verdict::Go;
    }
    let action = policy::action(ENTRY.place, ENTRY.default);
    let (outcome, done) = match action {
        Action::Off => return Verdict::Go,
        Action::Report if is_reported(address) => return Verdict::Go,
        Action::Report => (Outcome::Reported, "left alone"),
        Action::Repair => (Outcome::Repaired, "taken off"),
        Action::Poison => (Outcome::Poisoned, "the call is refused (EBUSY)"),
        Action::Die => (Outcome::Died, "the process ends here"),
    };
    if action == Action::Repair {
        if living != 0 {
            condition.forget(ghosts);
        } else if !clear(address, condition) {
            return Verdict::Go;
        }
    }
    tell(
        &ENTRY,
        action,
        outcome,
        call,
        Lock { address, ..Lock::default() },
        format_args!(
            "{call} of {}, for which {ghosts} of the parent's threads wait that are not here: {done}",
            Place(address)
        ),
    );
    if action == Action::Poison { Verdict::Refuse } else { Verdict::Go }
}
