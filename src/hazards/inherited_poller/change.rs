//! `epoll_ctl` off the fast path: an inherited poller, a nested one, a number that several pollers
//! watch, or an entry with a flag.

use super::{Use, touched};
use crate::hazards::{shared_descriptor, stale_event};
use crate::registry::interests::{self, Change, OUT};
use crate::registry::{fds, pollers};
use crate::sys::call::Errno;
use crate::sys::compare;
use core::sync::atomic::Ordering;
use libc::{EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, c_int};

/// What `epoll_ctl` must answer, and how the program's event is read where the call succeeded.
#[cold]
#[inline(never)]
pub fn change(
    poller: c_int,
    operation: c_int,
    fd: c_int,
    event: impl FnOnce() -> (u32, u64),
    real: impl FnOnce(c_int) -> c_int,
) -> Result<c_int, Errno> {
    let refused = Err(Errno(libc::EBADF));
    if fds::get(fd).has(fds::OURS) {
        return refused;
    }
    for number in [poller, fd] {
        let usual = fds::is_settled_poller(number) || number == fd && !fds::get(fd).is_inherited();
        match if usual { Use::Go } else { touched(number, "epoll_ctl") } {
            Use::Go => {}
            Use::Pass => {
                // The list that the parent's child inherits may be changed by this, or another list may: the kernel
                // will know.
                if let Some(record) = pollers::get(fds::get(poller).tag()) {
                    record.tangled.store(1, Ordering::Release);
                }
                return Ok(real(operation));
            }
            Use::Refuse => return refused,
        }
    }
    // Also at a MOD: a one-shot that had fired was not carried over.
    if operation != EPOLL_CTL_DEL {
        shared_descriptor::waited_for("epoll_ctl", fd);
    }
    let tag = fds::get(poller).tag();
    let Some(record) = pollers::get(tag) else { return Ok(real(operation)) };
    let Some(change) = interests::begin(tag, record, fd) else { return Ok(real(operation)) };
    if change.before().has(OUT) {
        return rearm(change, operation, fd, event, real);
    }
    let before = change.before();
    let answer = real(operation);
    change.end(operation, answer, event);
    if operation == EPOLL_CTL_DEL && answer == 0 && before.tag() == tag {
        stale_event::removed(tag, fd, before.data);
    }
    Ok(answer)
}

/// A one-shot that had fired at the fork is registered in the program's eyes, and absent in the kernel's.
fn rearm(
    change: Change,
    operation: c_int,
    fd: c_int,
    event: impl FnOnce() -> (u32, u64),
    real: impl FnOnce(c_int) -> c_int,
) -> Result<c_int, Errno> {
    let answer = match operation {
        EPOLL_CTL_MOD => Ok(real(EPOLL_CTL_ADD)),
        _ if !compare::is_open(fd) => Err(Errno(libc::EBADF)),
        EPOLL_CTL_DEL => Ok(0),
        EPOLL_CTL_ADD => Err(Errno(libc::EEXIST)),
        _ => Err(Errno(libc::EINVAL)),
    };
    change.end(operation, answer.unwrap_or(-1), event);
    answer
}
