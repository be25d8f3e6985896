//! What a process and those that came of it tell each other: one page of shared memory.
//!
//! # Safety
//! A page that is mapped once and never unmapped, zeroed and aligned.
#![allow(unsafe_code)]

use crate::sys::memory;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

const PLACES: usize = 512;
const LOCKS: usize = 256;

#[repr(C)]
struct Shared {
    /// One bit for each place that forks and has been mentioned.
    said: [AtomicU32; PLACES],
    /// Locks that were seen to be held around a lookup.
    around: [AtomicUsize; LOCKS],
}

const _: () = assert!(size_of::<Shared>() == memory::PAGE);

/// Null until there is a second thread: other processes need no shared page.
static PAGE: AtomicPtr<Shared> = AtomicPtr::new(core::ptr::null_mut());

fn page() -> Option<&'static Shared> {
    // SAFETY: null, or the page `open` mapped for good.
    unsafe { PAGE.load(Ordering::Acquire).as_ref() }
}

/// Maps the page.
pub fn open() {
    if PAGE.load(Ordering::Acquire).is_null()
        && let Ok(page) = memory::shared_page()
    {
        // Two threads at once: one page is used, the other lies idle.
        let _first_wins =
            PAGE.compare_exchange(core::ptr::null_mut(), page.cast(), Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Has this been asked about `place` before, in any of the processes? Two places in 16384 may be taken for one.
#[must_use]
pub fn was_said(place: usize) -> bool {
    let Some(page) = page() else { return false };
    let bit = (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % (PLACES * 32);
    let Some(word) = page.said.get(bit / 32) else { return false };
    word.fetch_or(1 << (bit % 32), Ordering::AcqRel) & 1 << (bit % 32) != 0
}

/// The lock at `address` was held around a lookup.
pub fn note_around(address: usize) {
    let Some(page) = page() else { return };
    for slot in &page.around {
        let free = slot.compare_exchange(0, address, Ordering::AcqRel, Ordering::Acquire);
        if free.is_ok() || free == Err(address) {
            return;
        }
    }
}

/// Has it been, in any of the processes?
#[must_use]
pub fn is_around(address: usize) -> bool {
    let Some(page) = page() else { return false };
    let known = page.around.iter().map(|slot| slot.load(Ordering::Acquire));
    known.take_while(|&lock| lock != 0).any(|lock| lock == address)
}
