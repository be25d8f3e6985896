//! Which pollers have one-shot entries, and under which number each datum was registered.
//!
//! An event carries the program's data, not the number. The index from data to number is lossy: the last
//! one of two that collide stays, and whoever looks checks the cell.

use super::table::{self, Cell};
use super::tag::Tag;
use super::{fds, pollers};
use core::sync::atomic::Ordering;

/// A one-shot entry was registered or armed again. Answers 0, as the call that did it.
#[cold]
#[inline(never)]
pub fn armed(cell: &Cell, data: u64) -> i32 {
    let tag = Tag::from_low(cell.low.load(Ordering::Acquire));
    if let Some(poller) = pollers::get(tag)
        && poller.watched.swap(1, Ordering::AcqRel) == 0
    {
        for number in fds::numbers().filter(|&number| fds::get(number).tag() == tag) {
            fds::mark(number, fds::WATCHED);
        }
    }
    if let Some(slot) = table::index(place(data))
        && let Some(fd) = table::number_of(cell)
    {
        slot.store(fd.cast_unsigned(), Ordering::Relaxed);
    }
    0
}

/// The slot of `data` in the index.
#[must_use]
pub fn place(data: u64) -> u32 {
    // Fibonacci hashing: pointers differ in their middle bits.
    (data.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u32
}
