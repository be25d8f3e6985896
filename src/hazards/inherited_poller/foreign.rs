//! An epoll instance that came by exec or `SCM_RIGHTS`: sharing it was somebody's decision, so it is never
//! rebuilt. It is misused when its list speaks of descriptors that are not this process's: their
//! events arrive here with another process's data, and their numbers cannot be changed or removed here.

use super::ENTRY;
use crate::hazards::forkproof_internal::{self, Trouble};
use crate::policy;
use crate::registry::{fds, table};
use crate::report::{self, Finding};
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::line::Line;
use crate::sys::{compare, epoll, fd};
use crate::wire::Outcome;
use core::ffi::CStr;
use core::fmt::Write;

/// `poller`, of which there is no record, is used for the first time.
pub fn met(poller: i32, entry: fds::Entry, epoch: u32, call: &'static str) {
    if entry.has(fds::FOREIGN) && entry.epoch() == epoch || !is_epoll(poller) {
        return;
    }
    if table::capacity() != 0 && poller.cast_unsigned() >= table::capacity() {
        forkproof_internal::met(Trouble::NumberTooHigh, poller, None);
        return;
    }
    let kept = entry.0 & fds::DUPLICATED;
    fds::set(poller, fds::Entry(u64::from(epoch) << 32 | fds::FOREIGN | kept));
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
    if strangers == 0 {
        return;
    }
    report::note(&Finding {
        place: ENTRY.place,
        slug: ENTRY.slug,
        action,
        outcome: Outcome::Reported,
        call,
        fd: poller,
        owner: 0,
        made_at: 0,
        registrations: strangers,
        lost: 0,
        errno: None,
        text: format_args!(
            "{call} on epoll fd {poller}, which came from another process (exec or SCM_RIGHTS) and watches \
             {strangers} descriptors that are not this process's: left alone"
        ),
    });
}

fn is_epoll(number: i32) -> bool {
    let mut path = Line::<32>::new();
    let _fits = write!(path, "/proc/self/fd/{number}\0");
    let mut target = [0_u8; 32];
    CStr::from_bytes_until_nul(path.bytes())
        .is_ok_and(|path| fd::read_link(path, &mut target) == Ok(b"anon_inode:[eventpoll]"))
}
