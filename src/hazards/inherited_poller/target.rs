//! Another file under a number that this process's own pollers watch: the registration moves with the number.
//!
//! The kernel registers the *file*: one that lives on in the parent would stay on the list under the old number.

use crate::ident::epoch;
use crate::registry::interests::{self, FIRED, GHOST, OUT};
use crate::registry::tag::Tag;
use crate::registry::{fds, pollers};
use crate::sys::call::Errno;
use crate::sys::epoll;
use core::sync::atomic::Ordering;

/// Runs `put`, which puts another file under `fd`. A poller that this process has not made its own yet takes the new file
/// when it does.
///
/// # Errors
/// What `put` answers; the registrations are then as before. A registration that cannot be made again
/// (`ENOMEM`, `ENOSPC`) is an error too.
pub fn replace_target(fd: i32, put: impl FnOnce() -> Result<(), Errno>) -> Result<(), Errno> {
    let watching = || {
        let cells = interests::of(fd).filter(|cell| !cell.now().has(OUT | GHOST));
        cells.filter_map(|cell| Some((own(cell.now().tag())?, cell)))
    };
    for (poller, _) in watching() {
        let _it_may_be_gone = epoll::remove(poller, fd);
    }
    let answer = put();
    watching().fold(answer, |answer, (poller, cell)| {
        let one = cell.now();
        if one.has(FIRED) {
            // ADD would arm it: `change` turns the program's MOD into one.
            cell.flag(OUT, 0);
            return answer;
        }
        let added = epoll::add(poller, fd, one.events, one.data);
        answer.and(added)
    })
}

/// Does an instance watch `fd` that this process goes on with although its parent has it too?
#[must_use]
pub fn is_watched_by_shared(fd: i32) -> bool {
    interests::of(fd).any(|cell| !cell.now().has(GHOST) && is_shared(cell.now().tag()))
}

fn is_shared(tag: Tag) -> bool {
    pollers::get(tag).is_some_and(|poller| poller.shared.load(Ordering::Acquire) == epoch::now())
}

/// A number for the instance, if it is this process's own.
fn own(tag: Tag) -> Option<i32> {
    let now = epoch::now();
    let is_own = |number: &i32| fds::get(*number).tag() == tag && fds::get(*number).epoch() == now;
    if tag == Tag::NONE || is_shared(tag) { None } else { fds::numbers().find(is_own) }
}
