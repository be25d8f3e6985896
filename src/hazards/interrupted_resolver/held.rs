//! Which words of libc's could be taken locks when this copy still had one thread.
//!
//! In a process of one thread, which is here and so in no critical section of libc's, every taken lock of
//! libc's is an orphan, and stays one. Noted before the first other thread is made, since afterwards a lock
//! may well have a living owner.

use crate::sys::data;
use core::sync::atomic::{AtomicU32, Ordering};

static HELD: [AtomicU32; data::WORDS / 32] = [const { AtomicU32::new(0) }; data::WORDS / 32];

/// Notes the words. Some 20 us, once in a copy that makes threads.
#[cold]
pub fn note() {
    let mut bits = 0_u32;
    let mut count = 0;
    for (place, word) in data::words().enumerate() {
        // 1 taken, 2 taken and waited for (nptl/lowlevellock.h).
        bits |= u32::from(matches!(word.load(Ordering::Relaxed), 1 | 2)) << (place % 32);
        count = place + 1;
        if count % 32 == 0 {
            put(place / 32, bits);
            bits = 0;
        }
    }
    put(count / 32, bits);
}

fn put(place: usize, bits: u32) {
    if let Some(word) = HELD.get(place)
        && word.load(Ordering::Relaxed) != bits
    {
        word.store(bits, Ordering::Release);
    }
}

/// Takes `word` off the list; was it there?
#[must_use]
pub fn take(word: &AtomicU32) -> bool {
    let Some(place) = data::place(word) else { return false };
    let Some(bits) = HELD.get(place / 32) else { return false };
    let bit = 1 << (place % 32);
    bits.fetch_and(!bit, Ordering::AcqRel) & bit != 0
}
