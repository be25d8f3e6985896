//! Interest lists: what each poller watches, as the kernel will never tell again after a fork.
//!
//! A descriptor has one cell of 16 bytes, so ten thousand take forty pages, which fork copies for free:
//! which poller watches it and flags (32 bits), the mask (32), the program's data (64). A second poller
//! that watches the same number gets an extra cell (`overflow`).
//!
//! The real `epoll_ctl` comes first, then the record. A fork between finds the entry as it was before, or a
//! MOD's new data with its old mask: answers that a change under way may give. Two threads that change one
//! entry at once are detected by the exchange that finds another value than it should, and leave the
//! entry in `DOUBT`: the kernel is asked. So there is no slot for each thread and no barrier at fork, and raw
//! forks are covered too.

use super::fds::{self, Entry};
use super::pollers::{self, Poller};
use super::table::{self, Cell, Extra};
use super::tag::Tag;
use super::{marks, oneshots, overflow};
use crate::ident::epoch;
use core::sync::atomic::{AtomicU32, Ordering};
use libc::{EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLONESHOT};

/// Two calls overlapped: only the kernel knows what is registered.
pub const DOUBT: u32 = 1;
/// `EPOLLONESHOT`, delivered and not armed again.
pub const FIRED: u32 = 2;
/// As `FIRED`, and absent from this process's own instance: an ADD cannot register it disarmed.
pub const OUT: u32 = 4;
/// Extra cells exist for this number. Sticky while the cell is in use.
pub const MORE: u32 = 8;
/// The number is closed here, its file lives on under another.
pub const GHOST: u32 = 16;

/// One past the highest number that was ever registered anywhere.
static END: AtomicU32 = AtomicU32::new(0);

/// What a cell says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interest {
    low: u32,
    /// The mask the program gave.
    pub events: u32,
    /// The program's data.
    pub data: u64,
}

impl Interest {
    /// The poller that watches.
    #[must_use]
    pub const fn tag(self) -> Tag {
        Tag::from_low(self.low)
    }

    /// Is any of these flags set?
    #[must_use]
    pub const fn has(self, flags: u32) -> bool {
        self.low & flags != 0
    }

    const fn is_empty(self) -> bool {
        self.low & !MORE == 0
    }
}

impl Cell {
    /// What it says now.
    #[must_use]
    pub fn now(&self) -> Interest {
        let low = self.low.load(Ordering::Acquire);
        let events = self.events.load(Ordering::Acquire);
        Interest { low, events, data: self.data.load(Ordering::Acquire) }
    }

    /// Sets and clears flags.
    pub fn flag(&self, set: u32, clear: u32) {
        self.low.fetch_or(set, Ordering::AcqRel);
        self.low.fetch_and(!clear, Ordering::AcqRel);
    }

    fn write(&self, interest: Interest) -> u32 {
        self.data.store(interest.data, Ordering::Release);
        self.events.store(interest.events, Ordering::Release);
        self.low.swap(interest.low, Ordering::AcqRel)
    }
}

/// The entry of a MOD or DEL on the fast path: recorded, by this poller that is settled, and with no flag,
/// so that its number is no poller itself.
#[derive(Clone, Copy)]
pub struct Recorded {
    cell: &'static Cell,
}

/// The same with its mask, which a MOD looks at again afterwards.
#[derive(Clone, Copy)]
pub struct Modified {
    cell: &'static Cell,
    events: u32,
}

/// `None` sends the call the long way round.
#[inline(always)]
#[must_use]
pub fn recorded(poller: i32, fd: i32) -> Option<Recorded> {
    let (entry, cell) = table::pair(poller, fd)?;
    let entry = Entry(entry.load(Ordering::Acquire));
    let low = entry.tag().low();
    if low == 0 || cell.low.load(Ordering::Acquire) != low || entry.epoch() != epoch::word() {
        return None;
    }
    Some(Recorded { cell })
}

impl Modified {
    /// The kernel has taken new `events` and `data`. Answers 0, as the call does.
    #[inline(always)]
    pub fn modified(self, events: u32, data: u64) -> i32 {
        self.cell.data.store(data, Ordering::Release);
        if self.cell.events.swap(events, Ordering::AcqRel) != self.events {
            return doubt(self.cell);
        }
        if events & EPOLLONESHOT.cast_unsigned() != 0 {
            return oneshots::armed(self.cell, data);
        }
        0
    }
}

impl Recorded {
    /// A MOD is about to be made.
    #[inline(always)]
    #[must_use]
    pub fn to_modify(self) -> Modified {
        Modified { cell: self.cell, events: self.cell.events.load(Ordering::Acquire) }
    }

    /// What is registered: the poller's tag, the number, the program's data.
    #[inline(always)]
    #[must_use]
    pub fn registration(self) -> (Tag, i32, u64) {
        let tag = Tag::from_low(self.cell.low.load(Ordering::Acquire));
        (tag, table::number_of_own(self.cell), self.cell.data.load(Ordering::Acquire))
    }

    /// The kernel has removed the registration. Answers 0, as the call does. A MOD that succeeded at the same
    /// time came first, and leaves nothing behind.
    #[inline(always)]
    pub fn removed(self) -> i32 {
        let found = self.emptied();
        if found == 0 { 0 } else { self.was_flagged(found) }
    }

    /// The first half of [`Self::removed`]: answers what the second must be told, 0 if it is not needed.
    #[inline(always)]
    #[must_use]
    pub fn emptied(self) -> u32 {
        self.cell.low.swap(0, Ordering::AcqRel) & !Tag::MASK
    }

    /// The second half.
    #[cold]
    pub fn was_flagged(self, found: u32) -> i32 {
        removed_late(self.cell, found)
    }
}

/// The entry of an ADD on the fast path: free, of a number that is no poller itself and was registered before.
#[derive(Clone, Copy)]
pub struct Free {
    cell: &'static Cell,
    low: u32,
}

/// `None` sends the call the long way round.
#[inline(always)]
#[must_use]
pub fn free(poller: i32, fd: i32) -> Option<Free> {
    let (entry, cell) = table::pair(poller, fd)?;
    let entry = Entry(entry.load(Ordering::Acquire));
    let low = entry.tag().low();
    let is_free =
        cell.low.load(Ordering::Acquire) == 0 && marks::of(fd) & !marks::DUPLICATED == marks::REGISTERED;
    (low != 0 && is_free && entry.epoch() == epoch::word()).then_some(Free { cell, low })
}

impl Free {
    /// The kernel has registered `events` and `data`. Answers 0, as the call does.
    #[inline(always)]
    pub fn registered(self, events: u32, data: u64) -> i32 {
        let before = self.cell.write(Interest { low: self.low, events, data });
        if before != 0 {
            return taken_twice(self.cell, before);
        }
        if events & EPOLLONESHOT.cast_unsigned() != 0 {
            return oneshots::armed(self.cell, data);
        }
        0
    }
}

/// Two threads changed the entry at once. Which call the kernel saw first is not known.
#[cold]
#[inline(never)]
fn doubt(cell: &Cell) -> i32 {
    cell.flag(DOUBT, 0);
    0
}

/// Between our removal and our record of it, another thread has registered the entry anew (which found it
/// recorded, and left a doubt), or has taken an extra cell for the same number.
#[cold]
#[inline(never)]
fn removed_late(cell: &Cell, found: u32) -> i32 {
    cell.flag(if found & DOUBT == 0 { found & MORE } else { found }, 0);
    0
}

/// Two threads took the cell at once, and the first one's words are mixed with ours. It gets another.
#[cold]
#[inline(never)]
fn taken_twice(cell: &'static Cell, before: u32) -> i32 {
    cell.flag(DOUBT, 0);
    let mine = cell.now();
    if Tag::from_low(before) != mine.tag()
        && let Some(fd) = table::number_of(cell)
        && let Some(extra) = overflow::take(fd)
    {
        let _free = extra.cell.write(Interest { low: before & Tag::MASK | DOUBT, ..mine });
        cell.flag(MORE, 0);
    }
    0
}

/// Any other `epoll_ctl` under way.
#[derive(Clone, Copy)]
pub struct Change {
    cell: &'static Cell,
    extra: Option<&'static Extra>,
    low: u32,
    before: Interest,
}

/// Finds or makes the cell for a change. `None`: there is no room, or the number is beyond the tables, and
/// `poller` is tangled from now on.
#[must_use]
pub fn begin(tag: Tag, poller: &Poller, fd: i32) -> Option<Change> {
    END.fetch_max(fd.cast_unsigned().saturating_add(1).min(table::capacity()), Ordering::Relaxed);
    marks::add(fd, marks::REGISTERED);
    let low = tag.low();
    if let Some((cell, extra)) = find(tag, fd) {
        return Some(Change { cell, extra, low, before: cell.now() });
    }
    let Some(own) = table::cell(fd) else {
        poller.tangled.store(1, Ordering::Release);
        return None;
    };
    if pollers::get(own.now().tag()).is_none() {
        // Free, or left behind by a poller that is gone.
        own.low.fetch_and(MORE, Ordering::AcqRel);
        return Some(Change { cell: own, extra: None, low, before: own.now() });
    }
    let Some(extra) = overflow::take(fd) else {
        poller.tangled.store(1, Ordering::Release);
        return None;
    };
    own.flag(MORE, 0);
    Some(Change { cell: &extra.cell, extra: Some(extra), low, before: extra.cell.now() })
}

impl Change {
    /// What was recorded when it began.
    #[must_use]
    pub const fn before(&self) -> Interest {
        self.before
    }

    /// The kernel answered `answer`. `event` is asked only where `operation` has one.
    pub fn end(self, operation: i32, answer: i32, event: impl FnOnce() -> (u32, u64)) {
        if answer == 0 && operation == EPOLL_CTL_DEL {
            let found = self.cell.low.fetch_and(MORE, Ordering::AcqRel);
            if found & DOUBT & !self.before.low != 0 {
                let _zero = removed_late(self.cell, found);
            }
        } else if answer == 0 {
            // An ADD of what is recorded: somebody is about to record its removal, or a close passed no hook.
            let overtaken = operation == EPOLL_CTL_ADD && !self.before.is_empty();
            self.registered(event(), if overtaken { DOUBT } else { 0 });
        }
        if let Some(extra) = self.extra
            && self.cell.now().is_empty()
        {
            overflow::give_back(extra);
        }
    }

    fn registered(self, (events, data): (u32, u64), flags: u32) {
        let low = self.low | flags | self.before.low & MORE;
        let found = self.cell.write(Interest { low, events, data });
        if found != self.before.low {
            let _zero = taken_twice(self.cell, found);
        } else if events & EPOLLONESHOT.cast_unsigned() != 0 {
            let _zero = oneshots::armed(self.cell, data);
        }
    }
}

/// The cell in which `tag` watches the open number `fd`.
#[must_use]
pub fn find(tag: Tag, fd: i32) -> Option<(&'static Cell, Option<&'static Extra>)> {
    let own = table::cell(fd)?;
    let word = own.now();
    if word.tag() == tag && !word.has(GHOST) {
        return Some((own, None));
    }
    if !word.has(MORE) {
        return None;
    }
    let watches = |extra: &&Extra| {
        let word = extra.cell.now();
        word.tag() == tag && !word.has(GHOST)
    };
    overflow::of(fd).find(watches).map(|extra| (&extra.cell, Some(extra)))
}

/// Every cell of a number, its own first.
pub fn of(fd: i32) -> impl Iterator<Item = &'static Cell> {
    let own = table::cell(fd);
    let more = own.is_some_and(|cell| cell.now().has(MORE));
    let extras = more.then(|| overflow::of(fd)).into_iter().flatten();
    own.into_iter().chain(extras.map(|extra| &extra.cell))
}

/// Nothing is registered in this cell of `fd` any more.
pub fn forget(fd: i32, cell: &Cell) {
    match overflow::of(fd).find(|extra| core::ptr::eq(&raw const extra.cell, cell)) {
        Some(extra) => overflow::give_back(extra),
        None => {
            cell.low.fetch_and(MORE, Ordering::AcqRel);
        }
    }
}

/// One past the highest number of which there is any record.
#[must_use]
pub fn end() -> u32 {
    fds::end().max(END.load(Ordering::Relaxed))
}

/// Calls `each` for every number and cell in which `tag` watches something, until it fails.
///
/// A plain loop with one call in it, so that loop and body become one piece of code: ten thousand system calls
/// are made from here, and after each of them every page of code in use may cost a walk of the page tables.
#[inline(always)]
pub fn try_each<E>(tag: Tag, mut each: impl FnMut(i32, &'static Cell) -> Result<(), E>) -> Result<(), E> {
    for fd in registered() {
        let Some(own) = table::cell(fd) else { break };
        let mut extras = None;
        let mut next = Some(own);
        while let Some(cell) = next {
            if cell.low.load(Ordering::Acquire) & Tag::MASK == tag.low() {
                each(fd, cell)?;
            }
            let more = extras.is_some() || own.low.load(Ordering::Acquire) & MORE != 0;
            next = if more { extras.get_or_insert_with(|| overflow::of(fd)).next() } else { None }
                .map(|extra| &extra.cell);
        }
    }
    Ok(())
}

/// Every number and cell in which `tag` watches something.
pub fn watched_by(tag: Tag) -> impl Iterator<Item = (i32, &'static Cell)> {
    registered().flat_map(of_number).filter(move |(_, cell)| cell.now().tag() == tag)
}

/// Does a registration of `tag` carry `data`, as far as is recorded?
#[must_use]
pub fn carries(tag: Tag, data: u64) -> bool {
    watched_by(tag).any(|(_, cell)| cell.data.load(Ordering::Acquire) == data)
}

/// Every number that was ever registered.
pub fn registered() -> core::ops::Range<i32> {
    0..END.load(Ordering::Relaxed).cast_signed()
}

fn of_number(fd: i32) -> impl Iterator<Item = (i32, &'static Cell)> {
    of(fd).map(move |cell| (fd, cell))
}
