//! A forked child touches a ring of its parent's, of `io_uring` or of Linux AIO.
//!
//! A ring of `io_uring` lies in memory that is mapped shared, so a fork shares it: what the child submits completes
//! in the parent, which sees a completion it never asked for, and a completion that one process takes the other never
//! sees. There is no copy of a ring, since its operations are in flight in the kernel. So a child's call on one is
//! said, once a ring and process, where the parent certainly has the ring too, and left alone; `poison` refuses the
//! call with EBADF, and keeps the mappings out of children (`kept_out`).
//!
//! A child that uses the mappings and makes no call is seen when it ends (`written`). To see it at once the pages
//! would have to be taken away until a fault asks for them, and with SIGSEGV blocked a fault ends the process: a
//! handler or a thread that blocks every signal would not survive what bare it does.

pub mod contexts;
mod kept_out;
mod written;

pub use written::ends;

use super::super::catalog::LATE_COMPLETION as ENTRY;
use super::super::forkproof_internal::{self, Trouble};
use super::super::telling::{about, note};
use crate::ident::epoch::{self, Verdict};
use crate::policy;
use crate::registry::rings::{Ring, URINGS, named};
use crate::registry::{sandbox, table};
use crate::report::Finding;
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::{compare, fd, process};
use crate::wire::Outcome;
use core::fmt;

/// What proc(5) calls one.
const LINK: &[u8] = b"anon_inode:[io_uring]";

/// What comes of it.
const LEFT_ALONE: &str =
    "left alone; what one process submits completes in both, and what one takes is lost to the other";

fn action() -> Action {
    policy::action(ENTRY.place, ENTRY.default)
}

/// `number` is a new ring of this process.
pub fn made(number: i32) {
    if number < 0 || table::capacity() == 0 || action() == Action::Off {
        return;
    }
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    sandbox::look();
    if URINGS.made(named(number), epoch).is_some() {
        return;
    }
    URINGS.known().filter(|ring| !fd::is_kind(ring.fd(), LINK)).for_each(Ring::forget);
    if URINGS.made(named(number), epoch).is_none() {
        forkproof_internal::met(Trouble::TooManyRings, number, None);
    }
}

/// Is a mapping anything to look at? One load.
#[inline(always)]
#[must_use]
pub fn any() -> bool {
    URINGS.any()
}

/// The program has mapped part of ring `number`, if that is one.
pub fn mapped(number: i32, start: usize, length: usize) {
    let Some(ring) = URINGS.find(named(number)) else { return };
    let Verdict::Owner(_) = epoch::settle() else { return };
    if ring.is_inherited() {
        return;
    }
    if action() != Action::Poison {
        // If the number is another file's by now, that is noticed when it matters.
        return ring.lies_at(start, length);
    }
    if !fd::is_kind(number, LINK) {
        return ring.forget();
    }
    ring.lies_at(start, length);
    kept_out::keep(start, length);
}

/// May a call on a ring be anything to look at? Two loads.
#[inline(always)]
#[must_use]
pub fn may_be_inherited() -> bool {
    URINGS.any_inherited()
}

/// The program is about to use ring `number` through `call`. Is that refused, with EBADF?
#[inline]
#[must_use]
pub fn is_refused(number: i32, call: &'static str) -> bool {
    URINGS.any_inherited() && !URINGS.is_own(named(number)) && met(number, call)
}

#[cold]
#[inline(never)]
fn met(number: i32, call: &'static str) -> bool {
    let Verdict::Owner(epoch) = epoch::settle() else { return false };
    let known = URINGS.find(named(number));
    if let Some(ring) = known
        && ring.is_decided(epoch)
    {
        return ring.is_inherited() && action() == Action::Poison;
    }
    if !fd::is_kind(number, LINK) {
        if let Some(ring) = known {
            ring.forget();
        }
        return false;
    }
    let Some(ring) = known.or_else(|| twin(number, epoch)) else { return false };
    let parent = process::parent();
    if !has_too(parent, number, ring.fd()) {
        ring.take_over(epoch);
        return false;
    }
    if ring.decide(epoch) {
        decide(number, call, parent);
    }
    if ring.fd() != number {
        // The number it had may be given to another ring.
        URINGS.also_named(named(number), ring);
    }
    action() == Action::Poison
}

/// The inherited ring that `number` is another name of. A ring that came otherwise is entered as one of ours, so that
/// it is not asked about again.
fn twin(number: i32, epoch: u32) -> Option<&'static Ring> {
    let parent = process::parent();
    let mut inherited = URINGS.known().filter(|ring| ring.is_inherited());
    let twin = inherited.find(|ring| compare::same_file(parent, number, ring.fd()) == Ok(true));
    if twin.is_none() {
        let _no_room_then_asked_again = URINGS.made(named(number), epoch);
    }
    twin
}

/// Has `parent` the ring as well, under the number it has always had?
fn has_too(parent: u32, number: i32, original: i32) -> bool {
    match compare::same_file(parent, number, original) {
        Ok(same) => same,
        Err(Errno(libc::EBADF | libc::ESRCH)) => false,
        // No kcmp: one of that kind, under that number.
        Err(_) => parent != 0 && fd::is_kind_in(format_args!("{parent}"), original, LINK) == Some(true),
    }
}

/// A call of a child's on a ring that `parent` has too.
fn decide(number: i32, call: &'static str, parent: u32) {
    let (outcome, end) = match action() {
        Action::Off => return,
        Action::Poison => (Outcome::Poisoned, "refused with EBADF, and its memory is kept out of children"),
        Action::Die => (Outcome::Died, "the process ends here"),
        Action::Report | Action::Repair => (Outcome::Reported, LEFT_ALONE),
    };
    let text = format_args!(
        "{call} on io_uring ring {number}, made before the fork and open in process {parent}: {end}"
    );
    say(call, outcome, number, parent, text);
}

/// A child has written to the memory of a ring that `parent` has too.
fn written_to(number: i32, call: &'static str, parent: u32) {
    let text = format_args!(
        "{call} of a process that has used io_uring ring {number} in memory, made before the fork and open in process {parent}: {LEFT_ALONE}"
    );
    say(call, at_the_end(), number, parent, text);
}

/// It is over: there is nothing left to refuse.
fn at_the_end() -> Outcome {
    if action() == Action::Die { Outcome::Died } else { Outcome::Reported }
}

fn say(call: &'static str, outcome: Outcome, number: i32, owner: u32, text: fmt::Arguments<'_>) {
    note(&Finding { fd: number, owner, ..about(&ENTRY, action(), outcome, call, text) });
}
