//! An epoll instance that came by exec or `SCM_RIGHTS`: sharing it was somebody's decision, so it is never
//! rebuilt. It is misused when its list speaks of descriptors that are not this process's, whose events
//! then arrive here with another process's data; or when a parent or child still has it open, and is
//! woken by what is registered here. A hand-over after which only the receiver has it is neither.

use super::ENTRY;
use crate::hazards::forkproof_internal::{self, Trouble};
use crate::hazards::telling::about;
use crate::policy;
use crate::registry::{fds, forks, table};
use crate::report::{self, Finding};
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::{compare, epoll, fd, process, signals};
use crate::wire::Outcome;
use core::fmt;

/// `poller`, of which there is no record, is used for the first time.
pub fn met(poller: i32, entry: fds::Entry, epoch: u32, call: &'static str) {
    if entry.has(fds::FOREIGN) && entry.epoch() == epoch || !is_epoll(poller) {
        return;
    }
    if table::capacity() != 0 && poller.cast_unsigned() >= table::capacity() {
        forkproof_internal::met(Trouble::NumberTooHigh, poller, None);
        return;
    }
    fds::set(poller, fds::Entry(u64::from(epoch) << 32 | fds::FOREIGN));
    let action = policy::action(ENTRY.place, ENTRY.default);
    if action == Action::Off {
        return;
    }
    let mut strangers = 0;
    let _no_proc_no_finding = epoll::entries(poller, |one| {
        // An error that says nothing (no kcmp) is no proof.
        if matches!(compare::is_target(one.fd, poller, one.fd), Ok(false) | Err(Errno(libc::EBADF))) {
            strangers += 1;
        }
    });
    let sharer = if strangers == 0 { sharer(poller) } else { None };
    if strangers == 0 && sharer.is_none() {
        return;
    }
    let held = signals::hold();
    report::note(
        &Finding {
            fd: poller,
            owner: sharer.unwrap_or(0),
            registrations: strangers,
            ..about(
                &ENTRY,
                action,
                Outcome::Reported,
                call,
                format_args!(
                    "{call} on epoll fd {poller}, which came from another process (exec or SCM_RIGHTS) and {}: left alone",
                    Misuse { strangers, sharer }
                ),
            )
        },
        held,
    );
    signals::restore(held);
}

struct Misuse {
    strangers: u32,
    sharer: Option<u32>,
}

impl fmt::Display for Misuse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sharer {
            Some(sharer) => write!(out, "is still open in process {sharer}"),
            None => write!(out, "watches {} descriptors that are not this process's", self.strangers),
        }
    }
}

/// A relative in which the instance is open as well. Looking costs 1 us a descriptor, once for each instance.
fn sharer(poller: i32) -> Option<u32> {
    let children = process::children().into_iter().chain(forks::children());
    let relatives = core::iter::once(process::parent()).chain(children);
    relatives.filter(|&relative| relative > 1).find(|&relative| {
        let mut shared = false;
        process::numbers_of(relative, |number| {
            shared = shared || compare::same_file(relative, poller, number) == Ok(true);
        });
        shared
    })
}

fn is_epoll(number: i32) -> bool {
    fd::is_kind(number, b"anon_inode:[eventpoll]")
}
