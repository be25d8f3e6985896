//! Where the records are in doubt, the inherited instance is asked, while it is still there.

use super::Met;
use super::carried::{self, Carried, Tally};
use crate::hazards::{borrowed, shared_descriptor};
use crate::registry::duplicates::{self, Other};
use crate::registry::fds;
use crate::registry::interests::{self, DOUBT, FIRED, GHOST, Interest, OUT};
use crate::registry::table::Cell;
use crate::registry::tag::Tag;
use crate::sys::call::Errno;
use crate::sys::compare;
use crate::sys::epoll::{self, Entry};
use core::sync::atomic::Ordering;
use libc::{EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP};

/// The bits a fired one-shot entry keeps.
const KEPT: u32 = (EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE | EPOLLWAKEUP).cast_unsigned();

const fn has_fired(entry: Entry) -> bool {
    entry.events & EPOLLONESHOT.cast_unsigned() != 0 && entry.events & !KEPT == 0
}

/// What a cell is worth once every doubt is settled.
pub enum Truth {
    /// It stands.
    Registered(Interest),
    /// The number is no longer the file that was registered.
    Stale,
    /// Nothing was registered at the fork.
    Absent,
}

/// Settles every doubt about one cell; usually there is none.
#[inline(always)]
pub fn of(met: Met, number: i32, cell: &Cell) -> Truth {
    let interest = cell.now();
    if interest.has(DOUBT) || met.verifies { settled(met, number, cell) } else { Truth::Registered(interest) }
}

#[cold]
#[inline(never)]
fn settled(met: Met, number: i32, cell: &Cell) -> Truth {
    let interest = cell.now();
    if interest.has(DOUBT) {
        return ask(met, number, cell).map_or(Truth::Absent, Truth::Registered);
    }
    let stale = !interest.has(GHOST | OUT) && !names_target(met, number);
    if stale { Truth::Stale } else { Truth::Registered(interest) }
}

/// Is `number` still the file registered under it? A nested poller or a timer may have been mended already, and
/// is then another file on purpose. Where the kernel does not say, it counts as the same.
fn names_target(met: Met, number: i32) -> bool {
    let entry = fds::get(number);
    entry.tag() != Tag::NONE
        || entry.is_copy()
        || !matches!(
            compare::is_target(number, met.poller, number),
            Ok(false) | Err(Errno(libc::ENOENT | libc::EBADF))
        )
}

fn ask(met: Met, number: i32, cell: &Cell) -> Option<Interest> {
    let mut found = None;
    let asked = epoll::entries(met.poller, |entry| {
        if entry.fd == number && names_target(met, number) {
            found = Some(entry);
        }
    });
    if asked.is_err() {
        // No /proc: the record as it is, if there was anything before.
        cell.flag(0, DOUBT);
        return Some(cell.now()).filter(|word| word.events != 0);
    }
    let entry = found?;
    cell.data.store(entry.data, Ordering::Release);
    cell.events.store(entry.events, Ordering::Release);
    cell.flag(if has_fired(entry) { FIRED } else { 0 }, DOUBT);
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
        if failed.is_some() {
            return;
        }
        let carried = if !names_target(met, entry.fd) {
            Ok(Carried::Gone)
        } else if has_fired(entry) {
            // As in a rebuild from the records: it stays out until it is armed again.
            if let Some((cell, _)) = interests::find(met.tag, entry.fd) {
                cell.flag(FIRED | OUT, 0);
            }
            Ok(Carried::Yes)
        } else {
            carried::add(met, fresh, entry.fd, entry.events, entry.data)
        };
        match carried {
            Ok(Carried::Yes) => tally.registrations += 1,
            Ok(Carried::Gone | Carried::Nothing) => tally.lost += 1,
            Err(errno) => failed = Some(errno),
        }
    })?;
    failed.map_or(Ok(tally), Err)
}

/// The number is closed, its file lives on under another. The registration is of the file *and* the old
/// number, so the file is put back there for the length of an ADD.
pub fn add_ghost(met: Met, fresh: i32, number: i32, interest: Interest) -> Result<Carried, Errno> {
    let alive = match duplicates::of_target(met.poller, number) {
        Other::Number(alive) => alive,
        Other::None => return Ok(Carried::Nothing),
        Other::Unknown => return Ok(Carried::Gone),
    };
    if fds::get(alive).is_inherited() {
        let _refused_or_not = super::touched(alive, met.call);
    }
    shared_descriptor::carried(alive, met.call);
    let above = interests::registered().end;
    borrowed::with(number, alive, above, || carried::add(met, fresh, number, interest.events, interest.data))
        .unwrap_or(Ok(Carried::Gone))
}
