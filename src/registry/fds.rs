//! What is known about each descriptor number, in one word:
//! two flags that send waits the long way, the epoch it was recorded in (30 bits), which poller it names (24), and flags
//! (8). The two stand above the epoch, so that a wait compares all it asks at once.
//!
//! A zero word means nothing is known, and that is a legal state: numbers come from many calls
//! we do not see. What is known of numbers that are no pollers stands in `marks` and `interests`.

// The two halves of a word.
#![allow(clippy::cast_possible_truncation)]

use super::tag::Tag;
use super::{marks, table};
use crate::ident::{epoch, page};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// An epoll instance that this process did not make: exec, `SCM_RIGHTS`, raw calls.
pub const FOREIGN: u64 = 2;
/// A poller with `EPOLLONESHOT` entries: its deliveries are noted.
pub const WATCHED: u64 = 1 << 62;
/// A poller whose waits take the long way: it is young, or no event of its may be handed out unseen.
pub const LOOKED_AT: u64 = 1 << 63;
/// A timerfd, recorded in the epoch that made or copied it.
pub const TIMER: u64 = 16;
/// A signalfd, likewise.
pub const SIGNALS: u64 = 32;
/// An inotify instance, likewise.
pub const INOTIFY: u64 = 64;
/// An eventfd, likewise.
pub const EVENT: u64 = 128;
/// A descriptor whose state lies in the file that a fork shares.
pub const STATEFUL: u64 = TIMER | SIGNALS | INOTIFY | EVENT;
/// A descriptor with a state whose inherited copies are a hazard.
pub const GUARDED: u64 = TIMER | SIGNALS | INOTIFY;
/// Of a descriptor with a state: it took the place of an inherited one, in the epoch recorded.
pub const COPIED: u64 = 1;
/// Of a descriptor with a state, which is never foreign: calls that use it are refused in the epoch recorded.
pub const REFUSED: u64 = FOREIGN;
/// A descriptor of forkproof's own, which the program must not see.
pub const OURS: u64 = 8;

/// One past the highest number that was ever given a word.
static HIGH: AtomicU32 = AtomicU32::new(0);
/// Was there ever a [`GUARDED`] descriptor, here or in an ancestor?
static EVER_GUARDED: AtomicBool = AtomicBool::new(false);

/// The word of one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry(pub u64);

impl Entry {
    /// A poller of this process.
    #[must_use]
    pub const fn poller(epoch: u32, tag: Tag) -> Self {
        Self((epoch as u64) << 32 | tag.low() as u64)
    }

    /// The epoch it was recorded in.
    #[inline]
    #[must_use]
    pub const fn epoch(self) -> u32 {
        ((self.0 & !(WATCHED | LOOKED_AT)) >> 32) as u32
    }

    /// The same, recorded in another epoch.
    #[must_use]
    pub const fn in_epoch(self, epoch: u32) -> Self {
        Self(self.0 & (0xffff_ffff | WATCHED | LOOKED_AT) | (epoch as u64) << 32)
    }

    /// The poller it names, [`Tag::NONE`] for any other file.
    #[inline]
    #[must_use]
    pub const fn tag(self) -> Tag {
        Tag::from_low(self.0 as u32)
    }

    /// Is a flag set?
    #[inline]
    #[must_use]
    pub const fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    /// A descriptor with a state of its own.
    #[must_use]
    pub const fn stateful(epoch: u32, kind: u64) -> Self {
        Self((epoch as u64) << 32 | kind)
    }

    /// Is it of this kind, and has this process not made its own yet?
    #[inline]
    #[must_use]
    pub fn is_inherited_as(self, kind: u64) -> bool {
        self.has(kind) && self.epoch() != epoch::now()
    }

    /// Did this process put its own in the place of one that was inherited?
    #[must_use]
    pub fn is_copy(self) -> bool {
        self.has(STATEFUL) && self.has(COPIED) && self.epoch() == epoch::now()
    }

    /// Is there something to look at when it is used: is it inherited and not decided on yet, or refused?
    #[inline]
    #[must_use]
    pub fn is_open_question(self) -> bool {
        self.has(GUARDED) && (self.epoch() != epoch::now() || self.has(REFUSED))
    }

    /// Names a poller that this process has not touched yet.
    #[must_use]
    pub fn is_inherited(self) -> bool {
        self.tag() != Tag::NONE && self.epoch() != epoch::now()
    }
}

/// The word of `number`, zero when it is out of range.
#[inline]
#[must_use]
pub fn get(number: i32) -> Entry {
    Entry(table::fd(number).map_or(0, |word| word.load(Ordering::Acquire)))
}

/// Replaces the word of `number`.
pub fn set(number: i32, entry: Entry) {
    if let Some(word) = table::fd(number) {
        word.store(entry.0, Ordering::Release);
        if entry.0 != 0 {
            marks::add(number, marks::KNOWN);
            raise(number);
        }
    }
}

/// Adds a flag to the word of `number`.
pub fn mark(number: i32, flag: u64) {
    if let Some(word) = table::fd(number) {
        word.fetch_or(flag, Ordering::AcqRel);
        raise(number);
    }
}

/// Takes a flag from the word of `number`.
pub fn unmark(number: i32, flag: u64) {
    if let Some(word) = table::fd(number) {
        word.fetch_and(!flag, Ordering::AcqRel);
    }
}

/// The word of `number` goes with its number. What is left of inherited descriptors is to be looked through again.
pub fn forget(number: i32) {
    if get(number).is_open_question() {
        let left = &page::get().left;
        let _none_left = left.compare_exchange(page::SOME_LEFT, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
    set(number, Entry(0));
}

fn raise(number: i32) {
    let end = number.cast_unsigned() + 1;
    if end > HIGH.load(Ordering::Relaxed) {
        HIGH.fetch_max(end, Ordering::Relaxed);
    }
}

/// One past the highest number that was ever given a word.
#[must_use]
pub fn end() -> u32 {
    HIGH.load(Ordering::Relaxed)
}

/// `number` is a descriptor of this `kind`, made in `epoch`.
pub fn made(number: i32, epoch: u32, kind: u64) {
    if kind & GUARDED != 0 && !EVER_GUARDED.load(Ordering::Relaxed) {
        EVER_GUARDED.store(true, Ordering::Relaxed);
    }
    set(number, Entry::stateful(epoch, kind));
}

/// Was there ever a [`GUARDED`] descriptor, here or in an ancestor?
#[must_use]
pub fn any_guarded() -> bool {
    EVER_GUARDED.load(Ordering::Relaxed)
}

/// Numbers of [`GUARDED`] descriptors that this process has inherited and not decided on, and those it refuses.
pub fn open_questions() -> impl Iterator<Item = i32> {
    let none = !EVER_GUARDED.load(Ordering::Relaxed);
    numbers().take_while(move |_| !none).filter(|&number| get(number).is_open_question())
}

/// Every number that may have a word.
pub fn numbers() -> impl Iterator<Item = i32> {
    0..i32::try_from(HIGH.load(Ordering::Relaxed)).unwrap_or(i32::MAX)
}

/// May this call go straight to the kernel: is `number` a poller recorded in this very epoch, with
/// nothing to note about its deliveries? Most waits ask the same in assembly (`WAIT`).
#[inline]
#[must_use]
pub fn is_settled_poller(number: i32) -> bool {
    // Out of range, or nothing is tracked at all: nothing can be said about it.
    let Some(word) = table::fd(number) else { return true };
    let entry = Entry(word.load(Ordering::Acquire));
    // A number without a word does not match a fresh child's epoch, which is 0 too. Nor does a flag match the
    // bit of a visited epoch, which is the same one.
    entry.0 != 0 && !entry.has(WATCHED | LOOKED_AT) && entry.epoch() == epoch::word()
}
