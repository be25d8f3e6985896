//! Has this process forked, and who came of it? Then another process may hold its files.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const REMEMBERED: usize = 16;

/// Also written by the hooks that jump.
pub static FORKED: AtomicBool = AtomicBool::new(false);
static CHILDREN: [AtomicU32; REMEMBERED] = [const { AtomicU32::new(0) }; REMEMBERED];
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A process was made, in whatever way, that has our files.
pub fn happened() {
    // A store to this page after each fork would cost a page fault; one for all is enough.
    if !FORKED.load(Ordering::Relaxed) {
        FORKED.store(true, Ordering::Relaxed);
    }
}

/// As [`happened`], and this is its id.
pub fn made(child: u32) {
    happened();
    if super::pollers::any() {
        let place = NEXT.fetch_add(1, Ordering::Relaxed) as usize % REMEMBERED;
        if let Some(slot) = CHILDREN.get(place) {
            slot.store(child, Ordering::Relaxed);
        }
    }
}

/// Did any process come of this one, or this one of another?
#[must_use]
pub fn any() -> bool {
    FORKED.load(Ordering::Relaxed) || crate::ident::epoch::is_copy()
}

/// The youngest children we know of, some of which may be gone.
pub fn children() -> impl Iterator<Item = u32> {
    CHILDREN.iter().map(|slot| slot.load(Ordering::Relaxed)).filter(|&child| child != 0)
}

/// `child` is gone.
pub fn gone(child: u32) {
    for slot in &CHILDREN {
        let _another = slot.compare_exchange(child, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}
