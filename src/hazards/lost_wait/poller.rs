//! `epoll_wait` without a time limit where only this thread could make anything ready.
//!
//! Certain are an empty interest list, and one whose every member is a pipe, a socket pair or an eventfd both ends of which
//! are open here; in a process that has one thread, no handler and no timer, has no children, has sent no descriptor
//! away, and made these things itself. The records say so first, then the kernel confirms all of it.
//!
//! That costs a few system calls, so it is done for the first waits of each poller and no more: a loop that came
//! round [`MOST`] times is woken by somebody. One that watches what another process can make ready is not looked
//! at again. Nor is any, once a process has asked the kernel [`MOST_IN_ALL`] times: it makes a poller for each task.
//! And none where a filter on system calls may allow only the program's own.

use super::super::inherited_poller::shares_descriptors;
use super::super::stale_event;
use super::{is_off, say};
use crate::ident::{epoch, page};
use crate::registry::fds;
use crate::registry::interests::{self, DOUBT, GHOST};
use crate::registry::pairs::{self, EVENT, End, SOCKETS};
use crate::registry::pollers::{self, Poller};
use crate::registry::sandbox;
use crate::registry::tag::Tag;
use crate::sys::fd::{self, Stream};
use crate::sys::line::Line;
use crate::sys::{compare, epoll, wakers};
use core::fmt::Write;
use core::sync::atomic::Ordering;

/// Waits on one poller that are looked at.
const MOST: u32 = 64;
/// Waits in one process of which the kernel is asked; each costs some 100 us.
const MOST_IN_ALL: u32 = 512;

/// This process has just made `poller`: its waits are looked at.
pub fn made(poller: i32) {
    if !is_off() && page::get().asked.load(Ordering::Relaxed) < MOST_IN_ALL {
        fds::mark(poller, fds::LOOKED_AT);
    }
}

/// `poller` is this process's own from here on, as one that it made.
pub fn taken_over(poller: i32) {
    let tag = fds::get(poller).tag();
    if let Some(record) = pollers::get(tag) {
        record.looks.store(0, Ordering::Relaxed);
        pollers::numbers_of(tag, poller).for_each(made);
    }
}

/// A wait on `poller` is about to begin, without a time limit if it is `endless`.
pub fn waits(poller: i32, endless: bool, call: &'static str) {
    let entry = fds::get(poller);
    let Some(record) = pollers::get(entry.tag()) else { return };
    if !entry.has(fds::LOOKED_AT) {
        return;
    }
    // Kept here by another hazard; or a dup of it was made while the flag was taken away.
    if record.looks.load(Ordering::Relaxed) > MOST {
        return ends(poller, entry.tag(), record);
    }
    let page = page::get();
    let is_enough = page.asked.load(Ordering::Relaxed) >= MOST_IN_ALL || sandbox::is_entered();
    if record.looks.fetch_add(1, Ordering::Relaxed) >= MOST || is_enough {
        return ends(poller, entry.tag(), record);
    }
    let words = [&page.threaded, &page.forked, &page.passed];
    if !endless || words.iter().any(|word| word.load(Ordering::Relaxed) != 0) {
        return;
    }
    match members(poller, entry.tag(), record) {
        Members::Others => ends(poller, entry.tag(), record),
        Members::Unclear => {}
        Members::Ours(count) => {
            if nobody_else(poller) {
                tell(poller, count, call);
                ends(poller, entry.tag(), record);
            }
        }
    }
}

/// Its waits take the fast path from now on, unless another hazard wants to see them.
#[cold]
#[inline(never)]
fn ends(poller: i32, tag: Tag, record: &Poller) {
    record.looks.store(MOST + 1, Ordering::Relaxed);
    if !stale_event::mends() {
        for number in pollers::numbers_of(tag, poller) {
            fds::unmark(number, fds::LOOKED_AT);
        }
    }
}

/// What a poller watches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Members {
    /// Something that somebody else may make ready.
    Others,
    /// It may change.
    Unclear,
    /// Nothing but this many ends of this process's own.
    Ours(u32),
}

#[cold]
#[inline(never)]
fn members(poller: i32, tag: Tag, record: &Poller) -> Members {
    let epoch = epoch::now();
    let words = [&record.shared, &record.poisoned];
    let is_shared = words.iter().any(|word| word.load(Ordering::Relaxed) == epoch);
    if is_shared || record.tangled.load(Ordering::Relaxed) != 0 {
        return Members::Others;
    }
    let mut recorded = 0;
    let listed = interests::try_each(tag, |number, cell| {
        if cell.now().has(DOUBT | GHOST) {
            return Err(Members::Unclear);
        }
        recorded += 1;
        if pairs::is_known(number) && !pairs::is_inherited(number) { Ok(()) } else { Err(Members::Others) }
    });
    if let Err(members) = listed {
        return members;
    }
    if fd::is_readable(poller) {
        return Members::Unclear;
    }
    page::get().asked.fetch_add(1, Ordering::Relaxed);
    let (mut count, mut others) = (0, false);
    let read = epoll::entries(poller, |entry| {
        count += 1;
        others |= !is_here(poller, entry);
    });
    if read.is_err() || count != recorded || others { Members::Unclear } else { Members::Ours(count) }
}

/// Is what is registered still the end that this process made, and is the other end open here?
fn is_here(poller: i32, entry: epoll::Entry) -> bool {
    let Some(end) = pairs::get(entry.fd) else { return false };
    if end.is(EVENT) {
        // All eventfds have one inode.
        return fd::is_kind(entry.fd, b"anon_inode:[eventfd]")
            && compare::is_target(entry.fd, poller, entry.fd) == Ok(true);
    }
    let inode = |number| fd::identity(number).ok().map(fd::Identity::inode);
    if inode(entry.fd) != Some(entry.inode) {
        return false;
    }
    if end.is(SOCKETS) {
        // The lower half tells sockets apart.
        let is =
            |one: End| inode(one.number).is_some_and(|inode| inode & 0xffff_ffff == u64::from(one.inode));
        return is(end) && pairs::get(end.other).is_some_and(|other| other.other == end.number && is(other));
    }
    let both = [end.number, end.other].map(|number| fd::stream(number).and_then(Stream::pipe_end));
    matches!(both, [Some((one, writes)), Some((other, also))] if one == other && writes != also)
}

/// Does the kernel know of nobody else who could end the wait, and has nobody done so yet?
fn nobody_else(poller: i32) -> bool {
    wakers::company() == Some(wakers::Company { threads: 1, handled: 0 })
        && !wakers::alarm_is_set()
        && wakers::has_timers().map_or(page::get().timed.load(Ordering::Relaxed) == 0, |any| !any)
        && !wakers::has_children()
        && !wakers::has_rings()
        && !shares_numbers(poller)
        && !fd::is_readable(poller)
}

/// A child of `clone(CLONE_FILES)` has what it opens in common with its parent.
fn shares_numbers(poller: i32) -> bool {
    !page::is_original() && shares_descriptors(poller)
}

#[cold]
#[inline(never)]
fn tell(poller: i32, count: u32, call: &'static str) {
    let mut list = Line::<200>::new();
    let _read_before = epoll::entries(poller, |entry| {
        let what = match pairs::get(entry.fd) {
            Some(end) if end.is(EVENT) => "eventfd",
            Some(end) if end.is(SOCKETS) => "socket pair, other end",
            _ => "pipe, other end",
        };
        let first = if list.bytes().is_empty() { "" } else { ", " };
        let _cut_is_fine = match pairs::get(entry.fd).filter(|end| end.other != entry.fd) {
            Some(end) => write!(list, "{first}fd {} ({what} fd {})", entry.fd, end.other),
            None => write!(list, "{first}fd {} ({what})", entry.fd),
        };
    });
    let list = core::str::from_utf8(list.bytes()).unwrap_or("");
    let nobody = "this process has one thread, no handler and no timer: nobody can end this wait";
    let watches = if count == 0 { "nothing" } else { "only what this process alone has open: " };
    let text = format_args!(
        "{call} without a time limit on epoll fd {poller}, which watches {watches}{list}; {nobody}"
    );
    say(call, text, |finding| {
        finding.fd = poller;
        finding.registrations = count;
    });
}
