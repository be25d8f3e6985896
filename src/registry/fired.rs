//! Which one-shot entries have fired, as far as this process was told.
//!
//! `fdinfo` shows what is disarmed now, which includes what the parent took after the fork. The
//! child needs the state as of the fork, so deliveries are noted as they happen. An event carries
//! the program's data, not the number; a lossy index from data to number finds it, and each hit is
//! checked against the cell.

use super::fds;
use super::interests::{self, DOUBT, FIRED, GHOST};
use super::pollers::{self, Tag};
use super::table::{self, Cell};
use core::sync::atomic::Ordering;
use libc::{EPOLLONESHOT, epoll_event};

/// A one-shot entry was registered or armed again. Answers 0, as the call that did it.
#[cold]
#[inline(never)]
pub fn armed(cell: &Cell, data: u64) -> i32 {
    let tag = cell.now().tag();
    if let Some(poller) = pollers::get(tag)
        && poller.watched.swap(1, Ordering::AcqRel) == 0
    {
        for number in fds::numbers().filter(|&number| fds::get(number).tag() == tag) {
            fds::mark(number, fds::WATCHED);
        }
    }
    if let Some(slot) = table::index(place(data))
        && let Some(fd) = table::number_of(cell)
    {
        slot.store(fd.cast_unsigned(), Ordering::Relaxed);
    }
    0
}

fn place(data: u64) -> u32 {
    // Fibonacci hashing: pointers differ in their middle bits.
    (data.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u32
}

/// A wait on a watched poller handed out `events`.
pub fn delivered(tag: Tag, events: &[epoll_event]) {
    let Some(poller) = pollers::get(tag) else { return };
    for event in events {
        let data = event.u64;
        match by_index(tag, data).or_else(|| by_search(tag, data)) {
            Some(cell) if cell.now().events & EPOLLONESHOT.cast_unsigned() != 0 => cell.flag(FIRED, 0),
            Some(_) => {}
            None => poller.unclear.store(1, Ordering::Release),
        }
    }
}

fn by_index(tag: Tag, data: u64) -> Option<&'static Cell> {
    let fd = table::index(place(data))?.load(Ordering::Relaxed).cast_signed();
    let (cell, _) = interests::find(tag, fd)?;
    carries(cell, data).then_some(cell)
}

fn by_search(tag: Tag, data: u64) -> Option<&'static Cell> {
    interests::watched_by(tag).map(|(_, cell)| cell).find(|cell| carries(cell, data))
}

fn carries(cell: &Cell, data: u64) -> bool {
    let interest = cell.now();
    interest.data == data && !interest.has(DOUBT | GHOST)
}
