//! stale-event: an event is handed out for a registration that is gone.
//!
//! epoll keeps its promise only up to the copy: what the kernel has put into the program's array stays there, whatever
//! becomes of its registration. Two programs fall for that. One removes a descriptor in one thread while another is on its
//! way out of `epoll_wait` with its event (`overtaken`). The other works through a batch, and the handler of one event
//! closes the descriptor of a later one (`batch`; epoll(7), "If using an event cache"). Either then handles an event with
//! the data of something that is freed or has been made anew.
//!
//! Repair drops an event of the first kind, which can be told for certain, and sees to it that there are none of the
//! second: waits hand out one event at a time, so that there is no batch. It is off by default, since both change
//! what the program was given, and each wait costs more.
//!
//! # Safety
//! The events that the kernel has just put into the program's array.
#![allow(unsafe_code)]

mod batch;
mod overtaken;

use super::catalog::STALE_EVENT as ENTRY;
use super::forkproof_internal::caught;
use crate::ident::{epoch, kin};
use crate::policy;
use crate::registry::interests::Recorded;
use crate::registry::removals::Removal;
use crate::registry::tag::Tag;
use crate::registry::{batches, fds, removals, table};
use crate::settings::Action;
use libc::epoll_event;

fn action() -> Action {
    policy::action(ENTRY.place, ENTRY.default)
}

/// Are events to be dropped and handed out one by one? Then `fds::LOOKED_AT` stays with every poller.
#[must_use]
pub fn mends() -> bool {
    matches!(action(), Action::Repair | Action::Poison)
}

/// `poller` was made. Where events are to be dropped and handed out one by one, its waits take the long way.
pub fn made(poller: i32) {
    if mends() {
        fds::mark(poller, fds::LOOKED_AT);
    }
}

/// How many events a wait that asks for `room` may be given.
#[must_use]
pub fn room(room: i32) -> i32 {
    if room > 1 && table::capacity() != 0 && mends() { 1 } else { room }
}

/// A wait on `poller`, begun when there had been `before` removals, has put `count` events at `events`. `lasts`: it
/// would have waited. Answers what is to be answered.
///
/// # Safety
/// The kernel has just filled so many, or `count` is not positive.
#[inline]
pub unsafe fn returned(
    call: &'static str,
    poller: i32,
    events: *mut epoll_event,
    count: i32,
    before: u64,
    lasts: bool,
) -> Result<i32, Interrupted> {
    batches::handed_out(poller, events.addr(), count);
    if count <= 0 || removals::count() == before {
        return Ok(count);
    }
    // SAFETY: as the caller promises.
    unsafe { beside(call, poller, events, count, before, lasts) }
}

/// Nothing is left of what a wait was given: it answers `EINTR`, which may happen to every wait that lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interrupted;

/// As [`returned`], when something was removed meanwhile.
///
/// # Safety
/// As [`returned`].
#[cold]
#[inline(never)]
pub unsafe fn beside(
    call: &'static str,
    poller: i32,
    events: *mut epoll_event,
    count: i32,
    before: u64,
    lasts: bool,
) -> Result<i32, Interrupted> {
    let mut left = usize::try_from(count).unwrap_or(0);
    if left != 0 {
        // SAFETY: as the caller promises.
        let events = unsafe { core::slice::from_raw_parts_mut(events, left) };
        overtaken::look(call, poller, events, before, &mut left);
    }
    let count = if count < 0 { count } else { i32::try_from(left).unwrap_or(count) };
    batches::handed_out(poller, events.addr(), count);
    if left == 0 && count == 0 && lasts { Err(Interrupted) } else { Ok(count) }
}

/// `EPOLL_CTL_DEL` has removed what `entry` records. Answers 0, as the call does. What is seldom is left to functions that
/// end the call, so that nothing is kept across them: 40 instructions.
#[inline(never)]
pub fn deleted(entry: Recorded) -> i32 {
    let Some(thread) = kin::known() else { return deleted_first(entry) };
    let (tag, fd, data) = entry.registration();
    // Before the removal is told: a wait that learns of it looks whether there still is such a record.
    let found = entry.emptied();
    removals::add(Removal { tag, fd, data, thread, closed: false });
    if batches::are_several() {
        return deleted_from_batch(entry, found, tag, fd, data);
    }
    if found == 0 { 0 } else { entry.was_flagged(found) }
}

/// The thread's first.
#[cold]
#[inline(never)]
fn deleted_first(entry: Recorded) -> i32 {
    let _now_known = kin::id();
    deleted(entry)
}

#[cold]
#[inline(never)]
fn deleted_from_batch(entry: Recorded, found: u32, tag: Tag, fd: i32, data: u64) -> i32 {
    if found != 0 {
        let _zero = entry.was_flagged(found);
    }
    if action() != Action::Off {
        look_at_batch(tag, fd, data, "epoll_ctl");
    }
    0
}

/// `EPOLL_CTL_DEL` has removed this.
pub fn removed(tag: Tag, fd: i32, data: u64) {
    gone(tag, fd, data, "epoll_ctl", false);
}

/// `call` is about to close `fd`, of which `tag` has a registration.
pub fn closing(tag: Tag, fd: i32, data: u64, call: &'static str) {
    gone(tag, fd, data, call, true);
}

fn gone(tag: Tag, fd: i32, data: u64, call: &'static str, closed: bool) {
    if action() == Action::Off {
        return;
    }
    removals::add(Removal { tag, fd, data, thread: kin::id(), closed });
    look_at_batch(tag, fd, data, call);
}

fn look_at_batch(tag: Tag, fd: i32, data: u64, call: &'static str) {
    if let Some(batch) = batches::own()
        && is_own(batch.poller, tag)
    {
        let _said = caught(fd, || batch::look(batch, tag, fd, data, call));
    }
}

/// Does `poller` name `tag`, and is that this process's own by now?
fn is_own(poller: i32, tag: Tag) -> bool {
    let entry = fds::get(poller);
    tag != Tag::NONE && entry.tag() == tag && entry.epoch() == epoch::now()
}
