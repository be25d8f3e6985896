//! Makes a private instance and puts it under the program's numbers.

use super::Met;
use super::carried::{self, Carried, Tally};
use super::truth::{self, Truth};
use crate::registry::fds;
use crate::registry::interests::{self, FIRED, GHOST, Interest, OUT};
use crate::registry::pollers;
use crate::registry::table::Cell;
use crate::sys::call::Errno;
use crate::sys::{compare, epoll, fd, process};
use core::sync::atomic::Ordering;

/// How it went.
pub enum Rebuilt {
    /// Every number of the instance now names the private one.
    Done(Tally),
    /// The number was closed and opened as something else behind our back. It is none of our business.
    NotAPoller,
    /// Nothing was put in place.
    Failed(Errno),
}

pub fn rebuild(met: Met) -> Rebuilt {
    let fresh = match create(met) {
        Ok(fresh) => fresh,
        Err(errno) => return Rebuilt::Failed(errno),
    };
    if !epoll::is_poller(met.poller, fresh) {
        fd::close(fresh);
        return Rebuilt::NotAPoller;
    }
    let filled = fill(met, fresh).and_then(|tally| put_in_place(met, fresh).map(|()| tally));
    fd::close(fresh);
    match filled {
        Ok(tally) => Rebuilt::Done(tally),
        Err(errno) => Rebuilt::Failed(errno),
    }
}

/// The new instance, at a number that is not itself on the list.
fn create(met: Met) -> Result<i32, Errno> {
    let fresh = epoll::create()?;
    let listed = interests::of(fresh).any(|cell| cell.now().tag() == met.tag);
    if !listed {
        return Ok(fresh);
    }
    let moved = fd::duplicate_above(fresh, interests::registered().end);
    fd::close(fresh);
    moved
}

fn fill(met: Met, fresh: i32) -> Result<Tally, Errno> {
    if met.record.tangled.load(Ordering::Acquire) != 0 {
        return truth::copy_from_kernel(met, fresh);
    }
    truth::mark_fired(met);
    let mut tally = Tally::default();
    interests::try_each(met.tag, |number, cell| {
        let outcome = match truth::of(met, number, cell) {
            Truth::Registered(one) if one.has(FIRED | GHOST) => carry_unusual(met, fresh, number, one, cell),
            Truth::Registered(interest) => carried::add(met, fresh, number, interest.events, interest.data),
            Truth::Stale => Ok(Carried::Gone),
            Truth::Absent => Ok(Carried::Nothing),
        };
        match outcome? {
            Carried::Yes => tally.registrations += 1,
            Carried::Gone => {
                interests::forget(number, cell);
                tally.lost += 1;
            }
            Carried::Nothing => interests::forget(number, cell),
        }
        Ok(())
    })?;
    Ok(tally)
}

#[cold]
#[inline(never)]
fn carry_unusual(
    met: Met,
    fresh: i32,
    number: i32,
    interest: Interest,
    cell: &Cell,
) -> Result<Carried, Errno> {
    if interest.has(FIRED) {
        // ADD arms: the kernel adds ERR and HUP. It stays out, and `change` turns the program's MOD into ADD.
        cell.flag(OUT, 0);
        return Ok(Carried::Yes);
    }
    truth::add_ghost(met, fresh, number, interest)
}

/// All numbers of one instance at once: a wait through one must see what a change through another did.
fn put_in_place(met: Met, fresh: i32) -> Result<(), Errno> {
    fd::copy_nonblock(met.poller, fresh)?;
    let me = process::pid();
    for number in pollers::numbers_of(met.tag, met.poller).filter(|&number| number != met.poller) {
        match compare::same_file(me, met.poller, number) {
            // Closed, or something else by now.
            Ok(false) | Err(Errno(libc::EBADF)) => pollers::closed(number, fds::get(number)),
            _ => fd::replace(fresh, number)?,
        }
    }
    fd::replace(fresh, met.poller)
}
