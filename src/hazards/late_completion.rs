//! late-completion: an operation ends after its caller gave it up, or never ends in a forked child.
//!
//! `getaddrinfo_a` and POSIX AIO are done by helper threads of libc's own, which write to the program's block when they
//! are through. Two things go wrong. A cancel is not waited for: `EAI_NOTCANCELED` and `AIO_NOTCANCELED` mean that the block
//! will still be written, and programs free it (`cancel`); so does a close of a descriptor with AIO in flight,
//! after which a request that waits in the queue uses whatever has that number next. And a fork copies the books of
//! these services, not their threads: in the child what was in flight never ends, and what is asked for within a
//! second of the parent's last request is left to an idle thread that is not there. So in a copy of a
//! process that has used such a service libc's is not asked any more: an inherited request ends as canceled when the
//! program looks at it, and new ones are done by threads of the copy's own (`service`).
//!
//! # Safety
//! One pointer to a function of the hooks'.
#![allow(unsafe_code)]

pub mod cancel;
mod notice;
pub mod rings;
pub mod service;
mod servant;
mod slots;
mod waiting;

pub use cancel::closing;

use super::catalog::LATE_COMPLETION as ENTRY;
use super::forkproof_internal::{self, Trouble};
use super::telling::{about, is_reported, note};
use crate::ident::epoch::{self, Verdict};
use crate::ident::page;
use crate::policy;
use crate::registry::{requests, table};
use crate::report::Finding;
use crate::settings::Action;
use crate::sys::requests::{Block, Kind};
use crate::wire::Outcome;
use core::fmt;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// The epoch of the process that first used libc's service of each kind, whose books that process has; 0 for none.
static USED: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];

fn used(kind: Kind) -> &'static AtomicU32 {
    match kind {
        Kind::Transfer => &USED[0],
        Kind::Lookup => &USED[1],
    }
}

/// Does the program ask for something new, through `call`, that libc must not be asked for in this process?
#[must_use]
pub fn is_asked(kind: Kind, call: &'static str) -> bool {
    if table::capacity() == 0 {
        return false;
    }
    let user = used(kind).load(Ordering::Relaxed);
    if user != 0 && user == epoch::word() {
        return false;
    }
    let Verdict::Owner(epoch) = epoch::settle() else { return false };
    match used(kind).compare_exchange(0, epoch, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => false,
        Err(user) => user != epoch && is_unserved(kind, call),
    }
}

/// Does the program look at something, in a process whose copy of libc's books is another's? Three instructions where
/// nobody ever used them, or nobody forked since.
#[inline]
#[must_use]
pub fn is_looked_at(kind: Kind) -> bool {
    let user = used(kind).load(Ordering::Relaxed);
    user != 0 && user != epoch::word() && is_inherited(user)
}

#[cold]
#[inline(never)]
fn is_inherited(user: u32) -> bool {
    policy::action(ENTRY.place, ENTRY.default) == Action::Repair
        && matches!(epoch::settle(), Verdict::Owner(epoch) if epoch != user)
}

/// The books are another process's. Says so once, and answers whether they are left alone.
#[cold]
#[inline(never)]
fn is_unserved(kind: Kind, call: &'static str) -> bool {
    let action = policy::action(ENTRY.place, ENTRY.default);
    let bit = 1 << kind as u32;
    if action != Action::Off && page::get().unserved.fetch_or(bit, Ordering::AcqRel) & bit == 0 {
        let (outcome, done) = match action {
            Action::Repair => (Outcome::Repaired, "this process has its own now"),
            Action::Die => (Outcome::Died, "the process ends here"),
            _ => (Outcome::Reported, "left alone: the request may never end"),
        };
        say(
            action,
            outcome,
            call,
            -1,
            format_args!(
                "{call} in a forked child whose copy of libc counts on helper threads that are not here: {done}"
            ),
        );
    }
    action == Action::Repair
}

/// libc's transfers are over only when libc is through with them, a moment after their blocks say so.
static LET_THROUGH: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// From now on `through` is known: it returns when libc is through with every transfer whose block says that it has ended.
pub fn know(through: fn()) {
    LET_THROUGH.store(through as *mut (), Ordering::Release);
}

/// Returns when nobody reads the blocks of transfers any more that say that they have ended.
fn let_through() {
    if is_looked_at(Kind::Transfer) {
        return slots::at_desk(|_| ());
    }
    let through = LET_THROUGH.load(Ordering::Acquire);
    if !through.is_null() {
        // SAFETY: what `know` was given.
        let through = unsafe { core::mem::transmute::<*mut (), fn()>(through) };
        through();
    }
}

/// What the program asked for through libc or our service is under way.
pub fn begun(block: Block, fd: i32) {
    if table::capacity() == 0 {
        return;
    }
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    if !requests::begun(block, fd, epoch) {
        forkproof_internal::met(Trouble::TooManyRequests, fd, None);
    }
}

/// A request of an ancestor's ends here as canceled, since nobody else will ever end it.
fn ended_as_inherited(kind: Kind, block: usize, call: &'static str) {
    if is_reported(block) {
        return;
    }
    let (noun, code) = match kind {
        Kind::Transfer => ("AIO request", "ECANCELED"),
        Kind::Lookup => ("getaddrinfo_a request", "EAI_CANCELED"),
    };
    say(
        Action::Repair,
        Outcome::Repaired,
        call,
        -1,
        format_args!(
            "{call} of the {noun} at {block:#x}, in flight when this process was forked: ended as {code}"
        ),
    );
}

fn say(action: Action, outcome: Outcome, call: &'static str, fd: i32, text: fmt::Arguments<'_>) {
    note(&Finding { fd, ..about(&ENTRY, action, outcome, call, text) });
}
