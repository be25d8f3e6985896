//! Pipes, socket pairs and eventfds: which two numbers are the ends of one thing.
//!
//! A record is made when they are, and never kept up: closing a pipe must not cost anything. Whoever needs a record
//! has the kernel confirm it. A slot for each number modulo [`SLOTS`]; a loop's wake-up pair is made early and keeps
//! its slot as long as its number is open.

use crate::ident::epoch;
use crate::sys::compare;
use core::sync::atomic::{AtomicU32, Ordering};

const SLOTS: usize = 1024;

/// A pipe.
pub const PIPE: u32 = 1;
/// A pair of sockets.
pub const SOCKETS: u32 = 2;
/// An eventfd: one number is both ends.
pub const EVENT: u32 = 4;
/// One with `EFD_SEMAPHORE`.
pub const SEMAPHORE: u32 = 8;
/// A process that has this number by a fork has polled it.
const POLLED: u32 = 16;
/// It was said what is done about it.
const TOLD: u32 = 32;

/// One end.
#[repr(C)]
struct Slot {
    /// The number plus one, 0 for none.
    number: AtomicU32,
    other: AtomicU32,
    /// The epoch that made it.
    epoch: AtomicU32,
    about: AtomicU32,
    /// Low half of a socket's inode.
    inode: AtomicU32,
}

static ENDS: [Slot; SLOTS] = [const {
    Slot {
        number: AtomicU32::new(0),
        other: AtomicU32::new(0),
        epoch: AtomicU32::new(0),
        about: AtomicU32::new(0),
        inode: AtomicU32::new(0),
    }
}; SLOTS];

/// What is known of one end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// Its number.
    pub number: i32,
    /// The other end's; of an eventfd its own.
    pub other: i32,
    /// Low half of its inode, if it is a socket.
    pub inode: u32,
    about: u32,
}

impl End {
    /// Is it of this kind?
    #[must_use]
    pub const fn is(self, kind: u32) -> bool {
        self.about & kind != 0
    }

    /// Was it polled by a process that inherited it?
    #[must_use]
    pub const fn is_polled(self) -> bool {
        self.is(POLLED)
    }
}

#[inline(always)]
fn slot(number: i32) -> &'static Slot {
    let place = number.cast_unsigned() as usize % SLOTS;
    // The compiler knows the remainder to be below `SLOTS`.
    ENDS.get(place).unwrap_or(&ENDS[0])
}

/// This process has made `number`, whose other end is `other`.
pub fn made(number: i32, other: i32, kind: u32, inode: u32, epoch: u32) {
    let slot = slot(number);
    let occupant = slot.number.load(Ordering::Relaxed);
    let mine = number.cast_unsigned().wrapping_add(1);
    if occupant != 0 && occupant != mine && compare::is_open(occupant.wrapping_sub(1).cast_signed()) {
        return;
    }
    slot.number.store(0, Ordering::Relaxed);
    slot.other.store(other.cast_unsigned(), Ordering::Relaxed);
    slot.epoch.store(epoch, Ordering::Relaxed);
    slot.about.store(kind, Ordering::Relaxed);
    slot.inode.store(inode, Ordering::Relaxed);
    slot.number.store(mine, Ordering::Release);
}

/// Is there a record of `number`? A few instructions: each write of a copy asks.
#[inline(always)]
#[must_use]
pub fn is_known(number: i32) -> bool {
    slot(number).number.load(Ordering::Acquire) == number.cast_unsigned().wrapping_add(1)
}

/// Is there a record of `number` that another process made?
#[inline]
#[must_use]
pub fn is_inherited(number: i32) -> bool {
    is_known(number) && slot(number).epoch.load(Ordering::Relaxed) != epoch::now()
}

/// The record of `number`.
#[must_use]
pub fn get(number: i32) -> Option<End> {
    let slot = slot(number);
    is_known(number).then(|| End {
        number,
        other: slot.other.load(Ordering::Relaxed).cast_signed(),
        inode: slot.inode.load(Ordering::Relaxed),
        about: slot.about.load(Ordering::Relaxed),
    })
}

/// From here on `number` counts as made in `epoch`: nothing more is to be done about it until the next fork.
pub fn settled(number: i32, inode: u32, epoch: u32) {
    if is_inherited(number) {
        let slot = slot(number);
        slot.about.fetch_and(!TOLD, Ordering::Relaxed);
        slot.inode.store(inode, Ordering::Relaxed);
        slot.epoch.store(epoch, Ordering::Release);
    }
}

/// Was it said before what is done about `number`? It has been after this.
pub fn is_told(number: i32) -> bool {
    slot(number).about.fetch_or(TOLD, Ordering::Relaxed) & TOLD != 0
}

/// Nothing is known of `number`.
pub fn forget(number: i32) {
    slot(number).number.store(0, Ordering::Release);
}

/// This process polls `number`.
pub fn polled(number: i32) {
    if is_inherited(number) {
        slot(number).about.fetch_or(POLLED, Ordering::Relaxed);
    }
}

/// Every number with a record that another process made.
pub fn all_inherited() -> impl Iterator<Item = i32> {
    let numbers = ENDS.iter().map(|slot| slot.number.load(Ordering::Acquire)).filter(|&number| number != 0);
    numbers.map(|number| number.wrapping_sub(1).cast_signed()).filter(|&number| is_inherited(number))
}
