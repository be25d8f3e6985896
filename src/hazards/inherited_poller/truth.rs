//! Where the records are in doubt, the inherited instance is asked, while it is still there.

use super::rebuild::{self, Carried, Tally};
use super::Met;
use crate::registry::duplicates::{self, Other};
use crate::registry::interests::{self, DOUBT, FIRED, GHOST, MORE, OUT, PENDING, Word};
use crate::registry::table::Cell;
use crate::sys::call::Errno;
use crate::sys::epoll::{self, Entry};
use crate::sys::{compare, fd, options};
use core::sync::atomic::Ordering;
use libc::{EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP};

/// The bits a fired one-shot entry keeps.
const KEPT: u32 = (EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE | EPOLLWAKEUP).cast_unsigned();

const fn has_fired(entry: Entry) -> bool {
    entry.events & EPOLLONESHOT.cast_unsigned() != 0 && entry.events & !KEPT == 0
}

/// The word of a cell once every doubt is settled; `None` when nothing is registered there.
pub fn of(met: Met, number: i32, cell: &Cell) -> Option<Word> {
    let word = cell.now();
    if word.has(PENDING | DOUBT) {
        return ask(met, number, cell);
    }
    let checks = options::get().verify && !word.has(GHOST | OUT);
    let stale = checks && matches!(compare::is_target(number, met.poller, number), Ok(false) | Err(Errno(libc::ENOENT | libc::EBADF)));
    (!stale).then_some(word)
}

/// A change was under way at the fork, or two overlapped: either answer was possible then, and the kernel's
/// list has one of them.
fn ask(met: Met, number: i32, cell: &Cell) -> Option<Word> {
    let mut found = None;
    let asked = epoll::entries(met.poller, |entry| {
        if entry.fd == number && compare::is_target(number, met.poller, number) != Ok(false) {
            found = Some(entry);
        }
    });
    if asked.is_err() {
        // No /proc: the record from before the change, if there was one.
        cell.flag(0, PENDING | DOUBT);
        return Some(cell.now()).filter(|word| word.events() != 0);
    }
    let entry = found?;
    cell.data.store(entry.data, Ordering::Release);
    let kept = u64::from(met.tag.low()) | cell.now().0 & u64::from(MORE);
    let fired = if has_fired(entry) { u64::from(FIRED) } else { 0 };
    cell.word.store(u64::from(entry.events) << 32 | kept | fired, Ordering::Release);
    Some(cell.now())
}

/// Some deliveries could not be told from their data: take the kernel's word for which one-shots have
/// fired. That is the state now; a shot the parent took since the fork counts as fired too.
pub fn mark_fired(met: Met) {
    if met.record.unclear.load(Ordering::Acquire) == 0 {
        return;
    }
    let _without_proc_they_stay_armed = epoll::entries(met.poller, |entry| {
        if has_fired(entry)
            && let Some((cell, _)) = interests::find(met.tag, entry.fd)
        {
            cell.flag(FIRED, 0);
        }
    });
}

/// The records do not hold everything: copy the kernel's list, such as it is now.
pub fn copy_from_kernel(met: Met, fresh: i32) -> Result<Tally, Errno> {
    let mut tally = Tally::default();
    let mut failed = None;
    epoll::entries(met.poller, |entry| {
        if failed.is_some() || has_fired(entry) {
            return;
        }
        if compare::is_target(entry.fd, met.poller, entry.fd) == Ok(false) {
            tally.lost += 1;
            return;
        }
        match epoll::add(fresh, entry.fd, entry.events, entry.data) {
            Ok(()) => tally.registrations += 1,
            Err(Errno(libc::EBADF | libc::EPERM)) => tally.lost += 1,
            Err(errno) => failed = Some(errno),
        }
    })?;
    failed.map_or(Ok(tally), Err)
}

/// The number is closed, its file lives on under another. The registration is of the file *and* the old
/// number, so the file is put back there for the length of an ADD.
pub fn add_ghost(met: Met, fresh: i32, number: i32, word: Word, cell: &Cell) -> Result<Carried, Errno> {
    let alive = match duplicates::of_target(met.poller, number) {
        Other::Number(alive) => alive,
        Other::None => return Ok(Carried::Nothing),
        Other::Unknown => return Ok(Carried::Gone),
    };
    // F_DUPFD takes the number only if it is free, in one step: no other thread's open can be overwritten.
    let back = fd::duplicate_above(alive, number)?;
    let carried =
        if back == number { rebuild::add_as(fresh, number, word, cell) } else { Ok(Carried::Gone) };
    fd::close(back);
    carried
}
