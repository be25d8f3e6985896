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
use crate::ident::page;
use crate::policy;
use crate::report::{self, At, Finding, shared};
use crate::settings::Action;
use crate::sys::line::{Line, until_nul};
use crate::sys::module::{PLACE_MAX, describe};
use crate::sys::{options, signals};
use crate::wire::Outcome;
use core::fmt::{self, Write};
use core::sync::atomic::Ordering;

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

/// Has the thing at `address` been mentioned? A lock that is tried again and again is mentioned once.
pub fn is_reported(address: usize) -> bool {
    let page = page::get();
    let mark = u32::try_from(address & 0xffff_ffff).unwrap_or(0) | 1;
    if page.reported.iter().any(|slot| slot.load(Ordering::Relaxed) == mark) {
        return true;
    }
    let next = page.reports.fetch_add(1, Ordering::Relaxed) as usize % page::REPORTED;
    if let Some(slot) = page.reported.get(next) {
        slot.store(mark, Ordering::Relaxed);
    }
    false
}

fn say(entry: &Entry, action: Action, outcome: Outcome, orphan: Orphan, done: &str) {
    let Orphan { kind, address, gone, call } = orphan;
    let lock = gone.facts(address);
    let held = signals::hold();
    let finding = Finding {
        place: entry.place,
        slug: entry.slug,
        action,
        outcome,
        call,
        fd: -1,
        owner: 0,
        made_at: 0,
        registrations: 0,
        lost: 0,
        errno: None,
        lock: Some(lock),
        quiet: false,
        text: format_args!("{call} of the {kind} {}, held by {}: {done}", Place(address), Who(&lock)),
    };
    report::note(&finding, held);
    signals::restore(held);
}

/// `module+0xoffset`, or the bare address.
pub struct Place(pub usize);

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Line::<PLACE_MAX>::new();
        describe(self.0, &mut place);
        write!(out, "{}", Bytes(place.bytes()))
    }
}

/// A thread that is not here, in words.
pub struct Who<'a>(pub &'a report::Lock);

impl fmt::Display for Who<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lock = self.0;
        match lock.holder {
            0 => out.write_str("a thread")?,
            id => write!(out, "thread {id}")?,
        }
        let name = until_nul(&lock.name);
        if !name.is_empty() {
            write!(out, " \"{}\"", Bytes(name))?;
        }
        out.write_str(if lock.of_parent { " of the parent" } else { ", which is not here" })?;
        match lock.at {
            At::Unknown => Ok(()),
            At::In(function) => write!(out, ", then in {function}"),
            At::Below(routine) => write!(out, ", started at {}", Place(routine)),
        }
    }
}

/// Text from the program, without control characters.
struct Bytes<'a>(&'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &byte in self.0 {
            out.write_char(if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '?' })?;
        }
        Ok(())
    }
}
