//! Which children a wait for any child has taken, and where that wait was.
//!
//! Children that were waited for by name need no record: nobody else gets their status by mistake. The records lie in
//! the wiped page, so a copy, whose children those are not, has none.

use crate::ident::page::{self, REAPED};
use core::sync::atomic::Ordering;

/// A wait at `site` took `child`, whichever it was.
pub fn by_any(child: u32, site: usize) {
    let page = page::get();
    let place = page.reapings.fetch_add(1, Ordering::Relaxed) as usize % REAPED;
    if let (Some(slot), Some(reaper)) = (page.reaped.get(place), page.reapers.get(place)) {
        slot.store(0, Ordering::Relaxed);
        reaper.store(site, Ordering::Relaxed);
        slot.store(child, Ordering::Release);
    }
}

/// Where `child` was taken, if such a wait took it. The record is gone after this.
#[must_use]
pub fn take(child: u32) -> Option<usize> {
    let page = page::get();
    if page.reapings.load(Ordering::Relaxed) == 0 || child == 0 {
        return None;
    }
    let place = page.reaped.iter().position(|slot| slot.load(Ordering::Acquire) == child)?;
    let site = page.reapers.get(place)?.load(Ordering::Relaxed);
    let still_it = page.reaped.get(place)?.compare_exchange(child, 0, Ordering::Relaxed, Ordering::Relaxed);
    still_it.ok().map(|_| site)
}

/// The id is a new child's, or its status was taken by name.
#[inline]
pub fn forget(child: u32) {
    if page::get().reapings.load(Ordering::Relaxed) != 0 {
        let _no_longer = take(child);
    }
}

/// The last one that was taken, and where.
#[must_use]
pub fn last() -> Option<(u32, usize)> {
    let page = page::get();
    let place = (page.reapings.load(Ordering::Relaxed) as usize).checked_sub(1)? % REAPED;
    let child = page.reaped.get(place)?.load(Ordering::Acquire);
    let site = page.reapers.get(place)?.load(Ordering::Relaxed);
    (child != 0).then_some((child, site))
}
