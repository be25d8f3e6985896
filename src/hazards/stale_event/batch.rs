//! An event that is still to come in the batch a thread works through, when that thread removes its registration.
//!
//! Whether its handler has run nobody can know but the program. Three looks tell it as far as it can be told from outside: the
//! input that the event announced is still there; so is that of the event before it in the array; and that of the first is
//! gone. Then the program takes what it is told of, and has not come to the event before this one, so not to
//! this one either. One look less, and a handler that closes its own descriptor with input unread would be
//! accused, or a program that never reads.

use super::{ENTRY, action};
use crate::hazards::telling::{about, note};
use crate::ident::epoch;
use crate::registry::batches::Batch;
use crate::registry::tag::Tag;
use crate::registry::{interests, pollers, sandbox};
use crate::report::Finding;
use crate::settings::Action;
use crate::sys::fd::{self, Input};
use crate::sys::memory;
use crate::wire::Outcome;
use core::fmt;
use core::sync::atomic::Ordering;
use libc::epoll_event;

/// Bytes of an event: the kernel packs it on some machines.
const SIZE: usize = size_of::<epoll_event>();
/// Where its data lies in it.
const DATA: usize = core::mem::offset_of!(epoll_event, u64);
/// Events that are copied at a time.
const PART: usize = 32;

/// `call` removes, or is about to, the registration of `fd` with `tag`, while `batch` is being worked through.
#[cold]
#[inline(never)]
pub(super) fn look(batch: Batch, tag: Tag, fd: i32, data: u64, call: &'static str) {
    let Some(record) = pollers::get(tag) else { return };
    let now = epoch::now();
    if record.gone_stale.load(Ordering::Relaxed) == now || sandbox::is_entered() {
        return;
    }
    // What costs least first: a descriptor is usually closed by its own handler, at the end of its stream.
    let input = fd::input(fd);
    if input == Input::None {
        return;
    }
    let Some(place) = find(batch, data) else { return };
    let Some(before) = place.checked_sub(1).filter(|&before| before != 0) else { return };
    // Data that several registrations carry says nothing about one of them.
    if interests::watched_by(tag).any(|(number, cell)| number != fd && cell.now().data == data)
        || progress(batch, tag, 0) != Some(Progress::Taken)
        || progress(batch, tag, before) != Some(Progress::Left)
    {
        return;
    }
    record.gone_stale.store(now, Ordering::Relaxed);
    let action = action();
    let (outcome, end) = match action {
        Action::Die => (Outcome::Died, ": the process ends here"),
        _ => (Outcome::Reported, ""),
    };
    let Batch { poller, count, .. } = batch;
    let place = place + 1;
    let unread = Unread(input);
    note(&Finding {
        fd,
        registrations: 1,
        ..about(
            &ENTRY,
            action,
            outcome,
            call,
            format_args!(
                "{call} ends the registration of fd {fd} (data {data:#x}) with epoll fd {poller}, whose event is number {place} of the {count} this thread is working through, with {unread}, as is the event before it: still to be handled, unless the program leaves them{end}"
            ),
        )
    });
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Progress {
    /// What the event announced is there.
    Left,
    /// It is not, or nothing is registered any more.
    Taken,
}

/// What has become of the event at `place`; `None` where that cannot be told.
fn progress(batch: Batch, tag: Tag, place: usize) -> Option<Progress> {
    let (events, data) = event(batch, place)?;
    if !announces(events) {
        return None;
    }
    if !interests::carries(tag, data) {
        return Some(Progress::Taken);
    }
    let left = fd::input(number_of(tag, data)?) != Input::None;
    Some(if left { Progress::Left } else { Progress::Taken })
}

const fn announces(events: u32) -> bool {
    events & (libc::EPOLLIN | libc::EPOLLRDNORM).cast_unsigned() != 0
}

/// The one number of `tag` that is registered with `data`.
fn number_of(tag: Tag, data: u64) -> Option<i32> {
    let mut numbers = interests::watched_by(tag).filter(|(_, cell)| cell.now().data == data);
    let (number, _) = numbers.next()?;
    numbers.next().is_none().then_some(number)
}

fn event(batch: Batch, place: usize) -> Option<(u32, u64)> {
    let mut event = [0_u8; SIZE];
    memory::copy(batch.at + place * SIZE, &mut event)?;
    read(&event)
}

fn read(event: &[u8]) -> Option<(u32, u64)> {
    let events = u32::from_ne_bytes(*event.first_chunk()?);
    Some((events, u64::from_ne_bytes(*event.get(DATA..)?.first_chunk()?)))
}

/// The place of the one event in the batch that carries `data`, if it announces input.
fn find(batch: Batch, data: u64) -> Option<usize> {
    let mut found = None;
    let mut place = 0;
    while place < batch.count {
        let mut part = [0_u8; SIZE * PART];
        let part = part.get_mut(..SIZE * PART.min(batch.count - place))?;
        memory::copy(batch.at + place * SIZE, part)?;
        for event in part.chunks_exact(SIZE) {
            let (events, carried) = read(event)?;
            if carried == data {
                if found.is_some() || !announces(events) {
                    return None;
                }
                found = Some(place);
            }
            place += 1;
        }
    }
    found
}

struct Unread(Input);

impl fmt::Display for Unread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Input::Bytes(1) => out.write_str("1 byte unread"),
            Input::Bytes(count) => write!(out, "{count} bytes unread"),
            Input::None | Input::Some => out.write_str("its input not taken"),
        }
    }
}
