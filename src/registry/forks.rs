//! Has this process forked, and who came of it? Then another process may hold its files.

use super::reaped;
use crate::ident::{epoch, page};
use core::sync::atomic::Ordering;

/// A process was made, in whatever way, that has our files.
#[inline(always)]
pub fn happened() {
    page::get().forked.store(1, Ordering::Relaxed);
}

/// As [`happened`], and this is its id.
#[inline(always)]
pub fn made(child: u32) {
    happened();
    reaped::forget(child);
    let page = page::get();
    let place = page.born.fetch_add(1, Ordering::Relaxed) as usize % page::CHILDREN;
    if let Some(slot) = page.children.get(place) {
        slot.store(child, Ordering::Relaxed);
    }
}

/// Did any process come of this one, or this one of another?
#[must_use]
pub fn any() -> bool {
    page::get().forked.load(Ordering::Relaxed) != 0 || epoch::is_copy()
}

/// The youngest children we know of, some of which may be gone.
pub fn children() -> impl Iterator<Item = u32> {
    page::get().children.iter().map(|slot| slot.load(Ordering::Relaxed)).filter(|&child| child != 0)
}

/// `child` is gone.
pub fn gone(child: u32) {
    for slot in &page::get().children {
        let _another = slot.compare_exchange(child, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// A vfork-like child may be about to come. Called by the hooks that jump.
pub extern "C" fn expect_visitor() {
    happened();
    epoch::expect_visitor();
}
