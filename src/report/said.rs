//! What was said already, in this process or in any that came of it or of which it came.
//!
//! # Safety
//! A bitmap in a shared page that is mapped once and never unmapped.
#![allow(unsafe_code)]

use crate::sys::memory;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

const WORDS: usize = memory::PAGE / size_of::<AtomicU32>();

/// Null until there is a second thread: other processes need no shared page.
static SAID: AtomicPtr<[AtomicU32; WORDS]> = AtomicPtr::new(core::ptr::null_mut());

/// Maps the page that parent and children share.
pub fn open() {
    if SAID.load(Ordering::Acquire).is_null()
        && let Ok(page) = memory::shared_page()
    {
        // Two threads at once: one page is used, the other lies idle.
        let _first_wins =
            SAID.compare_exchange(core::ptr::null_mut(), page.cast(), Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Has this been asked about `place` before, anywhere? Two places in 32768 may be taken for one.
#[must_use]
pub fn before(place: usize) -> bool {
    // SAFETY: null, or the page `open` mapped for good; it is zeroed and aligned.
    let Some(said) = (unsafe { SAID.load(Ordering::Acquire).as_ref() }) else { return false };
    let bit = (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % (WORDS * 32);
    let Some(word) = said.get(bit / 32) else { return false };
    word.fetch_or(1 << (bit % 32), Ordering::AcqRel) & 1 << (bit % 32) != 0
}
