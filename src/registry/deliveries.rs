//! Which one-shot entries have fired, as far as this process was told.
//!
//! `fdinfo` shows what is disarmed now, which includes what the parent took after the fork. The
//! child needs the state as of the fork, so deliveries are noted as they happen.

use super::interests::{self, DOUBT, FIRED, GHOST};
use super::table::{self, Cell};
use super::tag::Tag;
use super::{oneshots, pollers};
use core::sync::atomic::Ordering;
use libc::{EPOLLONESHOT, epoll_event};

/// A wait on a watched poller handed out `events`.
pub fn noted(tag: Tag, events: &[epoll_event]) {
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
    let fd = table::index(oneshots::place(data))?.load(Ordering::Relaxed).cast_signed();
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
