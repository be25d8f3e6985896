//! The service that takes the place of libc's in a copy whose own has lost its threads. What the functions answer is
//! what libc's answer (aio(7), `getaddrinfo_a(3)`); where glibc leaves a trap it is not copied: an interrupted wait for a
//! list leaves nothing of it on the caller's stack, and a canceled lookup says so and counts as ended.
//!
//! # Safety
//! Blocks and lists are the program's arguments of the call that is being made.
#![allow(unsafe_code)]

use super::super::arrival::arrived;
use super::ended_as_inherited;
use super::notice::announce;
use super::servant::{hire, told};
use super::slots::{Asked, Desk, Slot, at_desk};
use crate::sys::call::Errno;
use crate::sys::compare;
use crate::sys::requests::{Block, DATA_SYNC, EAI_ALLDONE, EAI_CANCELED, EAI_NOTCANCELED};
use crate::sys::requests::{Event, Kind, SYNC};
use core::ffi::c_int;

pub use super::servant::{Libc, know};
pub use super::waiting::{Waited, of_lookups, suspend, wait_for_all};

/// `AIO_PRIO_DELTA_MAX` (limits.h).
const LEAST_URGENT: i32 = 20;

/// Asks for what `block` describes; `operation` is a transfer's. The errno is the caller's to set.
///
/// # Errors
/// `EAGAIN` where no slot or thread can be had, `EINVAL` for a priority that is none.
///
/// # Safety
/// `block` is one of its kind.
pub unsafe fn ask(block: Block, operation: i32, group: u32) -> Result<(), Errno> {
    let (mut fd, mut priority) = (-1, 0);
    // SAFETY: the caller's promise.
    if let Some(transfer) = unsafe { block.transfer() } {
        fd = transfer.fd;
        if operation != SYNC && operation != DATA_SYNC {
            priority = -transfer.priority;
        }
        if !(-LEAST_URGENT..=0).contains(&priority) {
            // SAFETY: as above.
            unsafe { block.say(libc::EINVAL, -1) };
            return Err(Errno(libc::EINVAL));
        }
        // SAFETY: as above.
        unsafe { block.set_operation(operation) };
    }
    let (ticket, helped) = at_desk(|desk| {
        // SAFETY: as above; nobody works at it yet.
        let ticket = desk.put(Asked { block, fd, priority, group }, || unsafe {
            block.say(block.kind.under_way(), 0);
        });
        (ticket, ticket.is_some() && desk.hires(block.kind))
    });
    let ticket = ticket.ok_or(Errno(libc::EAGAIN))?;
    if helped && !hire(block.kind) {
        let mine = |desk: &Desk| {
            if desk.dismisses(block.kind) != 0 {
                return false;
            }
            let Some(slot) = desk.queued(ticket) else { return false };
            // SAFETY: as above.
            unsafe { block.say(libc::EAGAIN, -1) };
            // A list is not closed before it has been read to its end.
            let _not_the_last = desk.ends(slot);
            true
        };
        if at_desk(mine) {
            return Err(Errno(libc::EAGAIN));
        }
    }
    Ok(())
}

/// Asks for each of a list; what comes back is how many were taken, and the last reason why one was not. The end of all is announced as
/// `event` says.
///
/// # Safety
/// As [`ask`], for each.
pub unsafe fn ask_each(
    kind: Kind,
    blocks: impl Iterator<Item = (Block, i32)>,
    event: &Event,
) -> (usize, Option<Errno>) {
    let group = if event.kind == libc::SIGEV_NONE { 0 } else { at_desk(|desk| desk.open_group(event)) };
    let mut refused = (group == 0 && event.kind != libc::SIGEV_NONE).then_some(Errno(libc::EAGAIN));
    let mut taken = 0;
    for (block, operation) in blocks {
        // SAFETY: the caller's promise.
        match unsafe { ask(block, operation, group) } {
            Ok(()) => taken += 1,
            Err(errno) => refused = Some(errno),
        }
    }
    if let Some(event) = at_desk(|desk| desk.leaves_group(group)) {
        let _cannot_be_told = announce(&event, kind);
    }
    (taken, refused)
}

/// The program looks at `block` through `call`: a request that nobody here works at has ended.
///
/// # Safety
/// `block` is one of its kind.
#[cold]
#[inline(never)]
pub unsafe fn look(block: Block, call: &'static str) -> bool {
    // The copy looks round before what it inherited changes.
    let _a_copy = block.kind == Kind::Lookup && arrived(call);
    // SAFETY: the caller's promise.
    let ended = unsafe { block.is_under_way() }
        && at_desk(|desk| {
            // SAFETY: as above.
            let ended = unsafe { block.is_under_way() } && desk.find(block).is_none();
            if ended {
                // SAFETY: as above; an ancestor's thread writes to the ancestor's memory.
                unsafe { block.say(block.kind.canceled(), -1) };
            }
            ended
        });
    if ended {
        ended_as_inherited(block.kind, block.address, call);
    }
    ended
}

/// What became of a cancel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Canceled {
    /// All that was under way.
    All,
    /// Not all: somebody is at work.
    NotAll,
    /// There was nothing.
    Nothing,
}

impl Canceled {
    /// As `aio_cancel` answers.
    #[must_use]
    pub const fn of_transfers(self) -> c_int {
        match self {
            Self::All => libc::AIO_CANCELED,
            Self::NotAll => libc::AIO_NOTCANCELED,
            Self::Nothing => libc::AIO_ALLDONE,
        }
    }

    /// As `gai_cancel` answers.
    #[must_use]
    pub const fn of_lookup(self) -> c_int {
        match self {
            Self::All => EAI_CANCELED,
            Self::NotAll => EAI_NOTCANCELED,
            Self::Nothing => EAI_ALLDONE,
        }
    }
}

/// Takes one request back.
///
/// # Safety
/// `block` is one of its kind.
pub unsafe fn cancel(block: Block, call: &'static str) -> Canceled {
    // SAFETY: the caller's promise.
    if unsafe { look(block, call) } {
        return Canceled::All;
    }
    at_desk(|desk| match desk.find(block) {
        Some(slot) if slot.is_queued() => Some(take_back(desk, slot)),
        Some(_) => None,
        None => Some(Announced::NOTHING),
    })
    .map_or(Canceled::NotAll, |announced| announced.give(block.kind))
}

/// Takes every transfer of `fd` back that nobody has begun with.
pub fn cancel_all(fd: i32) -> Canceled {
    let mut canceled = Canceled::Nothing;
    while let Some(announced) = at_desk(|desk| {
        let slot = desk.of_fd(fd).find(|slot| slot.is_queued())?;
        Some(take_back(desk, slot))
    }) {
        canceled = announced.give(Kind::Transfer);
    }
    if at_desk(|desk| desk.of_fd(fd).next().is_some()) { Canceled::NotAll } else { canceled }
}

/// What is to be said of a request that was taken back, if it was one.
struct Announced {
    event: Option<Event>,
    list: Option<Event>,
}

impl Announced {
    const NOTHING: Self = Self { event: None, list: None };

    fn give(self, kind: Kind) -> Canceled {
        let Some(event) = self.event else { return Canceled::Nothing };
        told(kind, &event, self.list);
        Canceled::All
    }
}

fn take_back(desk: &Desk, slot: &Slot) -> Announced {
    let block = slot.block();
    // SAFETY: the request is in the queue, so its block is the program's loan.
    let event = unsafe { block.transfer() }.map_or(Event::NONE, |transfer| transfer.event);
    // SAFETY: as above; nobody works at it.
    unsafe { block.say(block.kind.canceled(), -1) };
    Announced { event: Some(event), list: desk.ends(slot) }
}

/// Is `fd` open (fcntl(2))?
#[must_use]
pub fn is_open(fd: i32) -> bool {
    compare::is_open(fd)
}
