//! Rings that a process shares with the kernel, of `io_uring` and of Linux AIO: who made each, and where it lies.
//!
//! A ring of `io_uring` is known by its descriptor, a context of AIO by its address. No close and no munmap is looked
//! at, so a record is a hint: whoever acts on one asks the kernel first. A name that is given anew gets a new record.

use crate::ident::{epoch, page};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// Rings of one kind that are known at once.
const RINGS: usize = 64;
/// Mappings of one ring: submissions, completions, entries, and one for buffers.
const RANGES: usize = 4;

/// Rings of one kind.
pub struct Rings {
    any: AtomicBool,
    list: [Ring; RINGS],
}

/// One of them.
pub struct Ring {
    /// What the program calls it, 0 for none.
    name: AtomicUsize,
    /// The epoch it was made in, 0 while the record is being written.
    epoch: AtomicU32,
    /// The process that made it.
    maker: AtomicU32,
    /// The epoch of the copy that decided on it last.
    decided: AtomicU32,
    ranges: [Range; RANGES],
}

struct Range {
    start: AtomicUsize,
    length: AtomicUsize,
}

/// Of `io_uring`, by descriptor.
pub static URINGS: Rings = Rings::new();
/// Of Linux AIO, by address.
pub static CONTEXTS: Rings = Rings::new();

/// The name of a descriptor: no ring is called 0.
#[must_use]
pub const fn named(fd: i32) -> usize {
    fd.cast_unsigned() as usize + 1
}

impl Rings {
    const fn new() -> Self {
        let list = [const {
            Ring {
                name: AtomicUsize::new(0),
                epoch: AtomicU32::new(0),
                maker: AtomicU32::new(0),
                decided: AtomicU32::new(0),
                ranges: [const { Range { start: AtomicUsize::new(0), length: AtomicUsize::new(0) } }; RANGES],
            }
        }; RINGS];
        Self { any: AtomicBool::new(false), list }
    }

    /// Was one ever made, here or in an ancestor? One load.
    #[inline(always)]
    #[must_use]
    pub fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// May this process have inherited one? Two loads.
    #[inline(always)]
    #[must_use]
    pub fn any_inherited(&self) -> bool {
        // In this order: to look at the page is a page fault in a new process.
        self.any() && !page::is_original()
    }

    /// Did this very process make the one called `name`? The fast path of a copy's calls.
    #[inline]
    #[must_use]
    pub fn is_own(&self, name: usize) -> bool {
        let now = epoch::word();
        let ring = self.list.iter().find(|ring| ring.name() == name);
        now != 0 && ring.is_some_and(|ring| ring.epoch.load(Ordering::Acquire) == now)
    }

    /// Those known.
    pub fn known(&self) -> impl Iterator<Item = &Ring> {
        self.list.iter().filter(|ring| ring.name() != 0 && ring.epoch.load(Ordering::Acquire) != 0)
    }

    /// The one called `name`.
    #[must_use]
    pub fn find(&self, name: usize) -> Option<&Ring> {
        self.known().find(|ring| ring.name() == name)
    }

    /// `name` is a new ring, made in `epoch` by this process. `None` where there is no room.
    pub fn made(&self, name: usize, epoch: u32) -> Option<&Ring> {
        let free =
            |ring: &&Ring| ring.name.compare_exchange(0, name, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        let ring = self.find(name).or_else(|| self.list.iter().find(free))?;
        ring.epoch.store(0, Ordering::Release);
        ring.ranges.iter().for_each(Range::clear);
        ring.maker.store(page::get().pid.load(Ordering::Relaxed), Ordering::Relaxed);
        ring.decided.store(epoch, Ordering::Relaxed);
        ring.epoch.store(epoch, Ordering::Release);
        self.any.store(true, Ordering::Relaxed);
        Some(ring)
    }

    /// `name` is another name of `ring`, and what is decided on that is decided on this.
    pub fn also_named(&self, name: usize, ring: &Ring) {
        if let Some(second) = self.made(name, ring.epoch.load(Ordering::Relaxed)) {
            second.maker.store(ring.maker(), Ordering::Relaxed);
            second.decided.store(ring.decided.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// The inherited ring in whose memory `address` lies.
    #[must_use]
    pub fn inherited_at(&self, address: usize) -> Option<&Ring> {
        let holds = |ring: &&Ring| ring.ranges.iter().any(|range| range.contains(address));
        self.known().filter(|ring| ring.is_inherited()).find(holds)
    }
}

impl Ring {
    /// What the program calls it.
    #[must_use]
    pub fn name(&self) -> usize {
        self.name.load(Ordering::Relaxed)
    }

    /// Its descriptor, for one of `io_uring`.
    #[must_use]
    pub fn fd(&self) -> i32 {
        self.name().checked_sub(1).and_then(|fd| i32::try_from(fd).ok()).unwrap_or(-1)
    }

    /// The process that made it.
    #[must_use]
    pub fn maker(&self) -> u32 {
        self.maker.load(Ordering::Relaxed)
    }

    /// Did another process make it?
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.epoch.load(Ordering::Acquire) != epoch::now()
    }

    /// Has the process in `epoch` decided on it, or made it?
    #[must_use]
    pub fn is_decided(&self, epoch: u32) -> bool {
        self.decided.load(Ordering::Acquire) == epoch
    }

    /// The process in `epoch` decides on it. One thread is told `true`.
    #[must_use]
    pub fn decide(&self, epoch: u32) -> bool {
        self.decided.swap(epoch, Ordering::AcqRel) != epoch
    }

    /// Nobody else has it: it is this process's from now on.
    pub fn take_over(&self, epoch: u32) {
        self.decided.store(epoch, Ordering::Relaxed);
        self.epoch.store(epoch, Ordering::Release);
    }

    /// It is no more.
    pub fn forget(&self) {
        self.epoch.store(0, Ordering::Relaxed);
        self.name.store(0, Ordering::Release);
    }

    /// Was part of it mapped here?
    #[must_use]
    pub fn has_part_at(&self, start: usize) -> bool {
        self.ranges.iter().any(|range| range.start.load(Ordering::Relaxed) == start)
    }

    /// Where the last part of it begins.
    #[must_use]
    pub fn last_part(&self) -> usize {
        self.ranges.iter().map(|range| range.start.load(Ordering::Relaxed)).max().unwrap_or(0)
    }

    /// Part of it lies here.
    pub fn lies_at(&self, start: usize, length: usize) {
        let free = |range: &&Range| {
            range.start.compare_exchange(0, start, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        let again = |range: &&Range| range.start.load(Ordering::Relaxed) == start;
        // Past the last one it is kept out of children all the same, and a touch there has no name.
        if let Some(range) = self.ranges.iter().find(again).or_else(|| self.ranges.iter().find(free)) {
            range.length.store(length, Ordering::Release);
        }
    }
}

impl Range {
    fn clear(&self) {
        self.length.store(0, Ordering::Relaxed);
        self.start.store(0, Ordering::Release);
    }

    fn contains(&self, address: usize) -> bool {
        let length = self.length.load(Ordering::Acquire);
        address.wrapping_sub(self.start.load(Ordering::Relaxed)) < length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_given_anew_has_one_record_and_no_old_memory() {
        let rings = Rings::new();
        let epoch = epoch::now().wrapping_add(7);
        assert!(!rings.any() && rings.find(named(3)).is_none());
        let ring = rings.made(named(3), epoch).unwrap();
        ring.lies_at(0x1000, 0x2000);
        assert!(rings.inherited_at(0x2fff).is_some() && rings.inherited_at(0x3000).is_none());
        assert!(rings.made(named(3), epoch).is_some() && rings.known().count() == 1);
        assert!(rings.inherited_at(0x1000).is_none());
        assert_eq!(rings.find(named(3)).map(Ring::fd), Some(3));
    }

    #[test]
    fn where_there_is_no_room_nothing_is_lost_and_room_is_made_by_forgetting() {
        let rings = Rings::new();
        for name in 1..=RINGS {
            assert!(rings.made(name, 1).is_some());
        }
        assert!(rings.made(RINGS + 1, 1).is_none());
        rings.find(5).unwrap().forget();
        assert!(rings.made(RINGS + 1, 1).is_some() && rings.find(5).is_none());
    }
}
