//! An event whose registration another thread removed between the kernel's harvest and the return.
//!
//! Certain: a registration with this event's data was removed while the wait was under way, and the kernel's own list has
//! none with this data now. Data that is registered again, under whatever number, may be the new one's event: it stays.
//! The list is read from fdinfo, since a record follows the call: it would not yet show what another thread is just
//! adding. That costs 1.4 us a registration, for an event that is about to be dropped and no other.

use super::{ENTRY, action, is_own, mends};
use crate::hazards::telling::{about, note};
use crate::registry::removals::{self, Removal};
use crate::registry::tag::Tag;
use crate::registry::{fds, interests, sandbox};
use crate::report::Finding;
use crate::settings::Action;
use crate::sys::epoll;
use crate::wire::Outcome;
use libc::epoll_event;

/// Looks at `events`, just harvested from `poller`, for what was removed since there had been `before` removals. What is dropped
/// is closed up; `left` says how many there are.
pub(super) fn look(
    call: &'static str,
    poller: i32,
    events: &mut [epoll_event],
    before: u64,
    left: &mut usize,
) {
    let tag = fds::get(poller).tag();
    if action() == Action::Off || !is_own(poller, tag) {
        return;
    }
    let drops = mends();
    for removal in removals::after(before).filter(|removal| removal.tag == tag) {
        let mut place = 0;
        while let Some(event) = events.get(place).filter(|_| place < *left) {
            let data = event.u64;
            let state = if data == removal.data { state(poller, tag, data) } else { State::Registered };
            let dropped = drops && state == State::Gone;
            if dropped {
                events.copy_within(place + 1..*left, place);
                *left -= 1;
            } else {
                place += 1;
            }
            if state != State::Registered {
                say(call, poller, removal, state, dropped);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Registered,
    Gone,
    /// No /proc, or a filter on system calls.
    Unknown,
}

fn state(poller: i32, tag: Tag, data: u64) -> State {
    if interests::carries(tag, data) {
        return State::Registered;
    }
    if sandbox::is_entered() {
        return State::Unknown;
    }
    let mut registered = false;
    let read = epoll::entries(poller, |one| registered = registered || one.data == data);
    match read {
        Err(_) => State::Unknown,
        Ok(()) if registered => State::Registered,
        Ok(()) => State::Gone,
    }
}

fn say(call: &'static str, poller: i32, removal: Removal, state: State, dropped: bool) {
    let Removal { fd, data, thread, closed, .. } = removal;
    let how = if closed { "closed" } else { "removed" };
    let action = action();
    let (outcome, done) = match action {
        Action::Die => (Outcome::Died, "the process ends here"),
        _ if dropped => (Outcome::Repaired, "dropped"),
        _ if state == State::Unknown => (
            Outcome::Reported,
            "handed out; whether its data is registered anew is not known, for want of /proc",
        ),
        _ => (Outcome::Reported, "handed out all the same"),
    };
    note(&Finding {
        fd,
        registrations: 1,
        ..about(
            &ENTRY,
            action,
            outcome,
            call,
            format_args!(
                "{call} on epoll fd {poller} came back with the event of fd {fd} (data {data:#x}), which thread {thread} had {how} meanwhile: {done}"
            ),
        )
    });
}
