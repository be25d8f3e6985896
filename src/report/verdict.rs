//! Was anything found anywhere in this process and its forked children? Asked at the end of a strict run.
//!
//! # Safety
//! One word in a shared page that is mapped once and never unmapped.
#![allow(unsafe_code)]

use crate::sys::memory;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Null unless the run is strict: other runs need no shared page.
static FOUND: AtomicPtr<AtomicU32> = AtomicPtr::new(core::ptr::null_mut());

fn word() -> Option<&'static AtomicU32> {
    // SAFETY: null, or the page `open` mapped for good; it is zeroed and aligned.
    unsafe { FOUND.load(Ordering::Acquire).as_ref() }
}

/// Maps the word that parent and children share.
pub fn open() {
    if let Ok(page) = memory::shared_page() {
        FOUND.store(page.cast(), Ordering::Release);
    }
}

/// There is a finding.
pub fn found() {
    if let Some(word) = word() {
        word.store(1, Ordering::Release);
    }
}

/// Has there been one, here or in any process forked from here?
#[must_use]
pub fn any() -> bool {
    word().is_some_and(|word| word.load(Ordering::Acquire) != 0)
}
