//! What the last wait of each thread handed to it: where, how much, and of which poller.
//!
//! Three words of the thread's own, written by every wait that returns; the next one overwrites them, and with that the
//! batch is over. The events stay where the program has them, and may be gone: whoever looks copies.

use crate::ident::page;
use crate::ident::thread::{self, Word};

/// Some events, in the program's memory.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// The number that was waited on.
    pub poller: i32,
    /// Address of the first.
    pub at: usize,
    /// How many.
    pub count: usize,
}

/// A wait on `poller` has answered `count`.
#[inline(always)]
pub fn handed_out(poller: i32, at: usize, count: i32) {
    thread::put([
        (Word::BatchAt, at as u64),
        (Word::BatchOf, u64::from(poller.cast_unsigned())),
        (Word::BatchCount, u64::from(count.cast_unsigned())),
    ]);
}

/// Has the calling thread been handed several at once, or may another thread be waiting?
#[inline(always)]
#[must_use]
pub fn concern_removals() -> bool {
    thread::low(Word::BatchCount).cast_signed() > page::handed_out()
}

/// Are there several in the calling thread's?
#[inline(always)]
#[must_use]
pub fn are_several() -> bool {
    thread::low(Word::BatchCount).cast_signed() > 1
}

/// The calling thread's, if there are several in it.
#[must_use]
pub fn own() -> Option<Batch> {
    let count = usize::try_from(thread::low(Word::BatchCount).cast_signed()).ok()?;
    let at = usize::try_from(thread::get(Word::BatchAt)).ok()?;
    let poller = thread::low(Word::BatchOf).cast_signed();
    (count >= 2).then_some(Batch { poller, at, count })
}
