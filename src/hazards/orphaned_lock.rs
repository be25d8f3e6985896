//! orphaned-lock: a child meets a lock of a thread that it has not got, and which nobody will ever release.
//!
//! libc writes the owner's id into every mutex and write lock, so nothing has to be tracked before a fork:
//! the child asks whether there is such a thread here. What the lock protects may be half changed, and
//! only the program knows; so by default it is said and left alone. Not so the locks of a thread that was
//! inside the resolver: those are held around a lookup and protect nothing but it (interrupted-resolver).

pub mod guard;
pub mod mutex;
pub mod rwlock;
pub mod semaphore;

use super::catalog::{Entry, INTERRUPTED_RESOLVER, ORPHANED_LOCK};
use super::holder::Gone;
use super::telling::{is_reported, tell};
use super::words::{Place, Who};
use crate::policy;
use crate::report::shared;
use crate::settings::Action;
use crate::sys::options;
use crate::wire::Outcome;

/// May the program's call go on?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Yes.
    Go,
    /// No: answer `EDEADLK`.
    Refuse,
}

/// A lock as a finding names it.
#[derive(Clone, Copy)]
struct Orphan {
    kind: &'static str,
    address: usize,
    gone: Gone,
    call: &'static str,
}

/// `call` met `orphan`: does what the settings say. `reset` frees it and answers whether it did.
#[cold]
fn judge(orphan: Orphan, reset: impl Fn() -> bool) -> Verdict {
    if !orphan.gone.is_lost() {
        return judge_doubtful(orphan);
    }
    let entry = slug_of(orphan);
    let action = policy::action(entry.place, entry.default);
    let (outcome, done, verdict) = match action {
        Action::Report if is_reported(orphan.address) => return Verdict::Go,
        Action::Report => (Outcome::Reported, "left alone", Verdict::Go),
        Action::Repair if reset() => (Outcome::Repaired, "reset", Verdict::Go),
        // Or another thread was quicker.
        Action::Off | Action::Repair => return Verdict::Go,
        Action::Poison => (Outcome::Poisoned, "the call is refused (EDEADLK)", Verdict::Refuse),
        Action::Die => (Outcome::Died, "the process ends here", Verdict::Refuse),
    };
    say(&entry, action, outcome, orphan, done);
    verdict
}

/// As [`judge`], for a lock that is not certain to be an orphan.
#[cold]
fn judge_doubtful(orphan: Orphan) -> Verdict {
    let entry = slug_of(orphan);
    let action = policy::action(entry.place, entry.default);
    match action {
        Action::Off => Verdict::Go,
        _ if is_reported(orphan.address) => Verdict::Go,
        _ => {
            say(&entry, action, Outcome::Reported, orphan, "left alone");
            Verdict::Go
        }
    }
}

/// Is it a lock around lookups? It is if the thread that has it was inside the resolver; and if it was so once, it is
/// also when a thread that looks names up has it and is about to go in, or just came out.
fn slug_of(orphan: Orphan) -> Entry {
    let Orphan { address, gone, .. } = orphan;
    let around = if gone.was_resolving() {
        shared::note_around(address);
        true
    } else {
        gone.has_resolved() && shared::is_around(address)
    };
    let resolver = options::get().resolver_locks
        && around
        && policy::action(INTERRUPTED_RESOLVER.place, INTERRUPTED_RESOLVER.default) != Action::Off;
    if resolver { INTERRUPTED_RESOLVER } else { ORPHANED_LOCK }
}

fn say(entry: &Entry, action: Action, outcome: Outcome, orphan: Orphan, done: &str) {
    let Orphan { kind, address, gone, call } = orphan;
    let lock = gone.facts(address);
    tell(
        entry,
        action,
        outcome,
        call,
        lock,
        format_args!("{call} of the {kind} {}, held by {}: {done}", Place(address), Who(&lock)),
    );
}
