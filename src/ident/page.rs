//! The words that every real copy of a process finds at zero.
//!
//! They lie in a page with `MADV_WIPEONFORK`. What belongs here is what a new process must not inherit:
//! its epoch, its children, what it has said. Such a page is also the cheapest place to write to around
//! a fork: the kernel does not share it with the child, so neither side pays for a copy (2 us).
//!
//! # Safety
//! One pointer to a page that is mapped once and never unmapped.
#![allow(unsafe_code)]

use crate::settings::HAZARDS_MAX;
use crate::sys::call::Errno;
use crate::sys::memory;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Children remembered by id.
pub const CHILDREN: usize = 16;

/// Zero is a value for each word. `fork` hooks in assembly write the first and the third.
#[repr(C)]
pub struct Page {
    /// See `epoch`.
    pub epoch: AtomicU32,
    /// The process that settled, valid while `epoch` is not 0.
    pub pid: AtomicU32,
    /// This process has made another, in whatever way.
    pub forked: AtomicU32,
    /// The thread that is mending something, 0 for none.
    pub mender: AtomicU32,
    /// How many children were remembered.
    pub born: AtomicU32,
    /// The youngest of them, round and round.
    pub children: [AtomicU32; CHILDREN],
    /// Findings so far, by the hazard's place in the catalog.
    pub found: [AtomicU32; HAZARDS_MAX],
    /// Findings held back and not mentioned yet, likewise.
    pub held_back: [AtomicU32; HAZARDS_MAX],
}

/// In use until the real page is mapped, and where the kernel has no such page.
static ORDINARY: Page = Page {
    epoch: AtomicU32::new(0),
    pid: AtomicU32::new(0),
    forked: AtomicU32::new(0),
    mender: AtomicU32::new(0),
    born: AtomicU32::new(0),
    children: [const { AtomicU32::new(0) }; CHILDREN],
    found: [const { AtomicU32::new(0) }; HAZARDS_MAX],
    held_back: [const { AtomicU32::new(0) }; HAZARDS_MAX],
};

/// Where the page is.
pub static PAGE: AtomicPtr<Page> = AtomicPtr::new((&raw const ORDINARY).cast_mut());

/// The page of this process.
#[inline]
#[must_use]
pub fn get() -> &'static Page {
    // SAFETY: `PAGE` points to `ORDINARY` or to a page that `map` mapped for good.
    unsafe { &*PAGE.load(Ordering::Acquire) }
}

/// Maps a page that the kernel wipes in every copy.
///
/// # Errors
/// When the kernel does not wipe pages (Linux before 4.14, emulators).
pub fn map() -> Result<(), Errno> {
    let fresh = memory::reserve(memory::PAGE)?;
    memory::wipe_on_fork(fresh)?;
    PAGE.store(fresh.cast(), Ordering::Release);
    Ok(())
}

/// Does the kernel wipe it? Asked without a look at the page: in a new process that is a page fault.
#[inline(always)]
#[must_use]
pub fn is_wiped_by_kernel() -> bool {
    !core::ptr::eq(PAGE.load(Ordering::Acquire), &raw const ORDINARY)
}

/// Does what the kernel does, where it does not.
#[cold]
pub fn wipe() {
    let page = get();
    let lists = page.children.iter().chain(&page.found).chain(&page.held_back);
    for word in lists.chain([&page.pid, &page.forked, &page.mender, &page.born, &page.epoch]) {
        word.store(0, Ordering::Release);
    }
}
