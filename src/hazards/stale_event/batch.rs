//! An event that is still to come in the batch a thread works through, when that thread removes its registration.
//!
//! Certain: the event stands in the array the thread was handed last, behind another. Whether its handler has run nobody
//! can know; so it is said only while the input that the event announced is still there, unread. A handler that has
//! run and leaves input unread as it closes looks the same. Nothing is said at the end of a stream, or of
//! events that announce no input.

use super::{ENTRY, action};
use crate::hazards::telling::about;
use crate::ident::epoch;
use crate::registry::batches::Batch;
use crate::registry::tag::Tag;
use crate::registry::{interests, pollers};
use crate::report::{self, Finding};
use crate::settings::Action;
use crate::sys::fd::{self, Input};
use crate::sys::{memory, signals};
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
    if record.gone_stale.load(Ordering::Relaxed) == now {
        return;
    }
    let Some((place, events)) = find(batch, data) else { return };
    let announced = events & (libc::EPOLLIN | libc::EPOLLRDNORM).cast_unsigned() != 0;
    let input = if announced { fd::input(fd) } else { Input::None };
    // Data that several registrations carry says nothing about one of them.
    if input == Input::None || others_carry(tag, fd, data) {
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
    let held = signals::hold();
    report::note(
        &Finding {
            fd,
            registrations: 1,
            ..about(
                &ENTRY,
                action,
                outcome,
                call,
                format_args!(
                    "{call} ends the registration of fd {fd} (data {data:#x}) with epoll fd {poller}, whose event is number {place} of the {count} this thread is working through, with {unread}: unless that is left unread on purpose, the event is still to be handled{end}"
                ),
            )
        },
        held,
    );
    signals::restore(held);
}

fn others_carry(tag: Tag, fd: i32, data: u64) -> bool {
    interests::watched_by(tag).any(|(number, cell)| number != fd && cell.now().data == data)
}

/// The one event in the batch that carries `data`, by its place, which is not the first.
fn find(batch: Batch, data: u64) -> Option<(usize, u32)> {
    let mut found = None;
    let mut place = 0;
    while place < batch.count {
        let mut part = [0_u8; SIZE * PART];
        let size = SIZE * PART.min(batch.count - place);
        let part = part.get_mut(..size)?;
        memory::copy(batch.at + place * SIZE, part)?;
        for event in part.chunks_exact(SIZE) {
            let carried = u64::from_ne_bytes(*event.get(DATA..)?.first_chunk()?);
            if carried == data {
                if found.is_some() || place == 0 {
                    return None;
                }
                found = Some((place, u32::from_ne_bytes(*event.first_chunk()?)));
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
