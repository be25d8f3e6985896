//! Extra cells, for numbers that several pollers watch: open addressing, two home slots a number.

use super::table::{self, Extra};
use core::sync::atomic::Ordering;

/// How far from home a cell may lie. Past this the poller counts as tangled.
const REACH: u32 = 64;
const NEVER_USED: u32 = 0;
const FREE: u32 = u32::MAX;

fn key(fd: i32) -> u32 {
    fd.cast_unsigned() + 1
}

fn neighbourhood(fd: i32) -> impl Iterator<Item = &'static Extra> {
    let home = fd.cast_unsigned().wrapping_mul(2);
    (0..REACH).map_while(move |step| table::extra(home.wrapping_add(step)))
}

/// The extra cells of a number.
pub fn of(fd: i32) -> impl Iterator<Item = &'static Extra> {
    neighbourhood(fd)
        .take_while(|extra| extra.key.load(Ordering::Acquire) != NEVER_USED)
        .filter(move |extra| extra.key.load(Ordering::Acquire) == key(fd))
}

/// A cell for one more poller that watches `fd`, empty.
#[must_use]
pub fn take(fd: i32) -> Option<&'static Extra> {
    neighbourhood(fd).find(|extra| {
        let found = extra.key.load(Ordering::Acquire);
        matches!(found, NEVER_USED | FREE)
            && extra.key.compare_exchange(found, key(fd), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    })
}

/// The cell stands for nothing any more.
pub fn give_back(extra: &Extra) {
    extra.cell.low.store(0, Ordering::Release);
    extra.key.store(FREE, Ordering::Release);
}
