//! Interest lists: what each poller watches, as the kernel will never tell again after a fork.
//!
//! A descriptor has one cell of 16 bytes, so ten thousand take forty pages, which fork copies for
//! free. The word of a cell is events (32 bits), tag of the poller (24), flags (8). A second poller
//! that watches the same number gets an extra cell (`overflow`).
//!
//! The real `epoll_ctl` comes first, then one exchange of the word. A fork between finds the entry as it
//! was before, which is one of the two answers a change under way may give. Two threads that change one
//! entry at once are detected by the exchange that fails, and leave it in `DOUBT`: the kernel is asked.
//! So there is no slot for each thread and no barrier at fork, and raw forks are covered too.

use super::fds::{self, Entry};
use super::pollers::{self, Poller, Tag};
use super::table::{self, Cell, Extra};
use super::{fired, overflow};
use crate::ident::epoch;
use core::sync::atomic::{AtomicU32, Ordering};
use libc::{EPOLL_CTL_DEL, EPOLLONESHOT};

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

/// The entry that a usual `epoll_ctl` is about: its poller settled, its cell without a flag.
#[derive(Clone, Copy)]
pub struct Usual {
    cell: &'static Cell,
    /// The tag as the cell's word has it.
    low: u32,
    before: u64,
}

/// The entry of a MOD or DEL: recorded, by this poller, and with no flag, so `fd` is no poller itself.
/// `None` sends the call the long way round.
#[inline(always)]
#[must_use]
pub fn recorded(poller: i32, fd: i32) -> Option<Usual> {
    let (entry, _, cell) = table::pair(poller, fd)?;
    let entry = Entry(entry.load(Ordering::Acquire));
    let before = cell.word.load(Ordering::Acquire);
    let low = entry.tag().low();
    // The tag twice over: what is kept across the real call is one word less.
    (low != 0 && before as u32 == low && entry.epoch() == epoch::now())
        .then_some(Usual { cell, low: before as u32, before })
}

/// The entry of an ADD: free, of a number that is no poller itself and was registered before.
#[inline(always)]
#[must_use]
pub fn free(poller: i32, fd: i32) -> Option<Usual> {
    let (entry, number, cell) = table::pair(poller, fd)?;
    let entry = Entry(entry.load(Ordering::Acquire));
    let low = entry.tag().low();
    let is_free = cell.word.load(Ordering::Acquire) == 0 && number.load(Ordering::Acquire) == fds::REGISTERED;
    (low != 0 && is_free && entry.epoch() == epoch::now()).then_some(Usual { cell, low, before: 0 })
}

impl Usual {
    /// The kernel has registered `events` and `data`. Answers 0, as the call does.
    #[inline(always)]
    pub fn registered(self, events: u32, data: u64) -> i32 {
        // Before the word: an entry that looks settled has its own data. A fork just here finds a MOD's new data
        // with its old mask; both are the program's.
        self.cell.data.store(data, Ordering::Release);
        let after = u64::from(events) << 32 | u64::from(self.low);
        if self.cell.word.compare_exchange(self.before, after, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return doubt(self.cell, self.low, events, data);
        }
        if events & EPOLLONESHOT.cast_unsigned() != 0 {
            return fired::armed(self.cell, self.low, data);
        }
        0
    }

    /// The kernel has removed the registration. Answers 0, as the call does.
    #[inline(always)]
    pub fn removed(self) -> i32 {
        if self.cell.word.compare_exchange(self.before, 0, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return doubt(self.cell, self.low, 0, 0);
        }
        0
    }
}

/// Another thread changed the same cell meanwhile. If it was the same entry, which call the kernel saw first
/// is not known; if it was another poller's, that one's data may be ours now, and ours needs a cell.
#[cold]
#[inline(never)]
fn doubt(cell: &'static Cell, low: u32, events: u32, data: u64) -> i32 {
    let found = cell.now();
    cell.flag(DOUBT, 0);
    let theirs = found.tag() != Tag::from_low(low) && found.0 & !u64::from(MORE) != 0;
    if !theirs {
        cell.flag(low, 0);
    } else if let Some(fd) = table::number_of(cell)
        && let Some(extra) = overflow::take(fd)
    {
        cell.flag(MORE, 0);
        extra.cell.data.store(data, Ordering::Release);
        extra.cell.word.store(u64::from(events) << 32 | u64::from(low | DOUBT), Ordering::Release);
    }
    0
}

/// Any other `epoll_ctl` under way.
#[derive(Clone, Copy)]
pub struct Change {
    cell: &'static Cell,
    extra: Option<&'static Extra>,
    low: u32,
    before: Word,
}

/// Finds or makes the cell for a change. `None`: there is no room, and `poller` is tangled from now on.
#[must_use]
pub fn begin(tag: Tag, poller: &Poller, fd: i32) -> Option<Change> {
    END.fetch_max(fd.cast_unsigned().saturating_add(1).min(table::capacity()), Ordering::Relaxed);
    fds::mark(fd, fds::REGISTERED);
    let low = tag.low();
    if let Some((cell, extra)) = find(tag, fd) {
        return Some(Change { cell, extra, low, before: cell.now() });
    }
    let own = table::cell(fd)?;
    if pollers::get(own.now().tag()).is_none() {
        // Free, or left behind by a poller that is gone.
        let before = Word(own.word.fetch_and(u64::from(MORE), Ordering::AcqRel) & u64::from(MORE));
        return Some(Change { cell: own, extra: None, low, before });
    }
    let Some(extra) = overflow::take(fd) else {
        poller.tangled.store(1, Ordering::Release);
        return None;
    };
    own.flag(MORE, 0);
    Some(Change { cell: &extra.cell, extra: Some(extra), low, before: Word(0) })
}

impl Change {
    /// What was recorded when it began.
    #[must_use]
    pub const fn before(&self) -> Word {
        self.before
    }

    /// The kernel answered `answer`. `event` is asked only where `operation` has one.
    pub fn end(self, operation: i32, answer: i32, event: impl FnOnce() -> (u32, u64)) {
        let more = self.before.0 & u64::from(MORE);
        let (after, event) = match (answer, operation) {
            (0, EPOLL_CTL_DEL) => (more, None),
            (0, _) => {
                let (events, data) = event();
                self.cell.data.store(data, Ordering::Release);
                (u64::from(events) << 32 | u64::from(self.low) | more, Some((events, data)))
            }
            _ => (self.before.0, None),
        };
        let exchanged =
            self.cell.word.compare_exchange(self.before.0, after, Ordering::AcqRel, Ordering::Relaxed);
        if exchanged.is_err() {
            let (events, data) = event.unwrap_or((0, 0));
            let _zero = doubt(self.cell, self.low, events, data);
            return;
        }
        if let Some(extra) = self.extra
            && after == 0
        {
            overflow::give_back(extra);
        }
        if let Some((events, data)) = event
            && events & EPOLLONESHOT.cast_unsigned() != 0
        {
            let _zero = fired::armed(self.cell, self.low, data);
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
pub fn watched_by(tag: Tag) -> impl Iterator<Item = (i32, &'static Cell)> {
    registered().flat_map(of_number).filter(move |(_, cell)| cell.now().tag() == tag)
}

/// Every number that was ever registered.
pub fn registered() -> core::ops::Range<i32> {
    0..END.load(Ordering::Relaxed).cast_signed()
}

fn of_number(fd: i32) -> impl Iterator<Item = (i32, &'static Cell)> {
    of(fd).map(move |cell| (fd, cell))
}

/// Clears what dead pollers left behind, before a slot's generations come round again.
pub fn sweep(dead: impl Fn(Tag) -> bool) {
    for fd in registered() {
        for cell in of(fd).filter(|cell| dead(cell.now().tag())) {
            forget(fd, cell);
        }
    }
}
