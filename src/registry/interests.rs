//! Interest lists: what each poller watches, as the kernel will never tell again after a fork.
//!
//! A descriptor has one cell of 16 bytes, so ten thousand take forty pages, which fork copies for
//! free. The word of a cell is events (32 bits), tag of the poller (24), flags (8). A second poller
//! that watches the same number gets an extra cell (`overflow`).
//!
//! `epoll_ctl` marks the cell `PENDING` before the real call and settles it after. A fork between
//! finds the mark and the cell as it was before: a change that a fork overlaps may count as made or not,
//! but must be whole. Two threads that change one entry at once are detected by the failing exchange at the
//! end, and leave the entry in `DOUBT`. No slot per thread, no barrier at fork, and raw forks are covered too.

use super::fds::{self};
use super::pollers::{self, Poller, Tag};
use super::table::{self, Cell, Extra};
use super::{fired, overflow};
use crate::ident::epoch;
use core::sync::atomic::{AtomicU32, Ordering};
use libc::{EPOLL_CTL_DEL, EPOLLONESHOT};

/// An `epoll_ctl` on it has begun and not ended; the rest of the word is as it was before.
pub const PENDING: u32 = 1;
/// Two calls overlapped: only the kernel knows what is registered.
pub const DOUBT: u32 = 2;
/// `EPOLLONESHOT`, delivered and not armed again.
pub const FIRED: u32 = 4;
/// As `FIRED`, and absent from this process's own instance: an ADD cannot register it disarmed.
pub const OUT: u32 = 8;
/// Extra cells exist for this number. Sticky while the cell is in use.
pub const MORE: u32 = 16;
/// The number is closed here, its file lives on under another.
pub const GHOST: u32 = 32;

/// One past the highest number that was ever registered anywhere.
static END: AtomicU32 = AtomicU32::new(0);

/// The word of a cell, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word(pub u64);

impl Word {
    /// The mask the program gave.
    #[must_use]
    pub const fn events(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The poller that watches.
    #[must_use]
    pub const fn tag(self) -> Tag {
        Tag::from_low(self.0 as u32)
    }

    /// Is any of these flags set?
    #[must_use]
    pub const fn has(self, flags: u32) -> bool {
        self.0 as u32 & flags != 0
    }
}

impl Cell {
    /// The word now.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    /// Sets and clears flags.
    pub fn flag(&self, set: u32, clear: u32) {
        self.word.fetch_or(u64::from(set), Ordering::AcqRel);
        self.word.fetch_and(!u64::from(clear), Ordering::AcqRel);
    }
}

/// An `epoll_ctl` under way. Plain data: the real call may be left by a longjmp.
#[derive(Clone, Copy)]
pub struct Change {
    tag: Tag,
    cell: &'static Cell,
    extra: Option<&'static Extra>,
    before: u64,
    pending: u64,
}

/// Begins a change in the usual case: `poller` settled, `fd` no poller itself, its cell free or
/// already this poller's and without a flag. `None` sends the call the long way round.
#[inline]
#[must_use]
pub fn begin(poller: i32, fd: i32) -> Option<Change> {
    let entry = fds::get(poller);
    let tag = entry.tag();
    let cell = table::cell(fd)?;
    let before = cell.word.load(Ordering::Acquire);
    let usual = entry.epoch() == epoch::now()
        && tag != Tag::NONE
        && fds::get(fd).tag() == Tag::NONE
        && (before == 0 || before as u32 == tag.low());
    if !usual {
        return None;
    }
    let pending = before | u64::from(tag.low() | PENDING);
    cell.word.store(pending, Ordering::Release);
    Some(Change { tag, cell, extra: None, before, pending })
}

/// Begins a change in every other case. `None`: there is no cell for it, and `poller` is tangled from now on.
#[must_use]
pub fn begin_unusual(tag: Tag, poller: &Poller, fd: i32) -> Option<Change> {
    if let Some((cell, extra)) = find(tag, fd) {
        let before = cell.now();
        let pending = before.0 | u64::from(PENDING);
        cell.word.store(pending, Ordering::Release);
        // Somebody else's change is under way: whatever comes of ours, the kernel has to be asked.
        let before = if before.has(PENDING) { before.0 & !u64::from(PENDING) | u64::from(DOUBT) } else { before.0 };
        return Some(Change { tag, cell, extra, before, pending });
    }
    let begun = begin_in_own_cell(tag, fd).or_else(|| begin_in_extra_cell(tag, fd));
    if begun.is_none() {
        poller.tangled.store(1, Ordering::Release);
    }
    begun
}

fn begin_in_own_cell(tag: Tag, fd: i32) -> Option<Change> {
    let cell = table::cell(fd)?;
    let found = cell.now();
    if pollers::get(found.tag()).is_some() {
        return None;
    }
    let before = found.0 & u64::from(MORE);
    let pending = before | u64::from(tag.low() | PENDING);
    let taken = cell.word.compare_exchange(found.0, pending, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    taken.then_some(Change { tag, cell, extra: None, before, pending })
}

fn begin_in_extra_cell(tag: Tag, fd: i32) -> Option<Change> {
    let own = table::cell(fd)?;
    let extra = overflow::take(fd)?;
    own.flag(MORE, 0);
    let pending = u64::from(tag.low() | PENDING);
    extra.cell.word.store(pending, Ordering::Release);
    Some(Change { tag, cell: &extra.cell, extra: Some(extra), before: 0, pending })
}

impl Change {
    /// What was recorded when it began.
    #[must_use]
    pub const fn before(&self) -> Word {
        Word(self.before)
    }

    /// The kernel answered `answer`. `events` and `data` are read only where `operation` has an event.
    #[inline]
    pub fn end(self, poller: i32, operation: i32, fd: i32, answer: i32, event: impl FnOnce() -> (u32, u64)) {
        if answer != 0 {
            return self.settle(self.before);
        }
        if operation == EPOLL_CTL_DEL {
            return self.settle(self.before & u64::from(MORE));
        }
        let (events, data) = event();
        // Before the word: an entry that looks settled has its own data. A fork just here finds a MOD's new data
        // with its old mask; both are the program's.
        self.cell.data.store(data, Ordering::Release);
        self.settle(u64::from(events) << 32 | self.before & u64::from(MORE) | u64::from(self.tag.low()));
        if let Some(record) = pollers::get(self.tag)
            && record.registered(fd)
        {
            END.fetch_max(fd.cast_unsigned() + 1, Ordering::Relaxed);
        }
        if events & EPOLLONESHOT.cast_unsigned() != 0 {
            fired::armed(self.tag, poller, fd, data);
        }
    }

    #[inline]
    fn settle(self, after: u64) {
        let settled = self.cell.word.compare_exchange(self.pending, after, Ordering::AcqRel, Ordering::Relaxed);
        if settled.is_err() {
            return self.doubt();
        }
        if let Some(extra) = self.extra
            && after as u32 & !MORE == 0
        {
            overflow::give_back(extra);
        }
    }

    /// Another thread changed the same entry meanwhile, and which call the kernel saw first is not known.
    #[cold]
    #[inline(never)]
    fn doubt(self) {
        let doubted = |word: u64| Some((word | u64::from(self.tag.low() | DOUBT)) & !u64::from(PENDING));
        let _always_ok = self.cell.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, doubted);
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
            cell.word.fetch_and(u64::from(MORE), Ordering::AcqRel);
        }
    }
}

/// One past the highest number of which there is any record.
#[must_use]
pub fn end() -> u32 {
    fds::end().max(END.load(Ordering::Relaxed))
}

/// Every number and cell in which `tag` watches something.
pub fn watched_by(tag: Tag, poller: &Poller) -> impl Iterator<Item = (i32, &'static Cell)> {
    poller.span().flat_map(of_number).filter(move |(_, cell)| cell.now().tag() == tag)
}

fn of_number(fd: i32) -> impl Iterator<Item = (i32, &'static Cell)> {
    of(fd).map(move |cell| (fd, cell))
}

/// Clears what dead pollers left behind, before a slot's generations come round again.
pub fn sweep(dead: impl Fn(Tag) -> bool) {
    for fd in 0..i32::try_from(table::capacity()).unwrap_or(i32::MAX) {
        for cell in of(fd).filter(|cell| dead(cell.now().tag())) {
            forget(fd, cell);
        }
    }
}
