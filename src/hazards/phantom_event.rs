//! phantom-event: a closed descriptor goes on firing because another process holds its file.
//!
//! The kernel drops a registration with the last reference to the *file*. After a fork a child has such a
//! reference, so the parent's close leaves the entry in place: events go on arriving for a number that is
//! closed, or that names something else by now, and nobody can remove them (`EPOLL_CTL_DEL` wants an open
//! number). Repair: remove the registration just before the close. Not where another number here names the
//! file: then events are meant to go on.

use super::borrowed;
use super::catalog::PHANTOM_EVENT as ENTRY;
use super::forkproof_internal::caught;
use super::telling::{about, note};
use super::{late_completion, stale_event};
use crate::ident::epoch;
use crate::policy;
use crate::registry::duplicates::{self, Other};
use crate::registry::interests::{self, GHOST};
use crate::registry::tag::Tag;
use crate::registry::{fds, forks, marks, pollers, requests, table};
use crate::report::{Finding, sink};
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::{compare, epoll, process};
use crate::wire::Outcome;
use core::sync::atomic::{AtomicU32, Ordering};

/// May the program's close go on?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closing {
    /// Yes.
    Go,
    /// The number is ours, and the program never opened it: answer `EBADF`.
    Hidden,
}

/// The program is about to close `fd`, of which there is a record, through `call`. Records go before the
/// number does: a moment later another thread may own it.
#[cold]
#[inline(never)]
pub fn closing(fd: i32, call: &'static str) -> Closing {
    let entry = fds::get(fd);
    if entry.has(fds::OURS) {
        return Closing::Hidden;
    }
    if marks::of(fd) & marks::IN_FLIGHT != 0 {
        late_completion::closing(fd, call);
    }
    // Removed before it is closed, as loops with manners do: there is nothing to keep, and nobody to ask.
    let removed = table::cell(fd).is_some_and(|cell| cell.low.load(Ordering::Acquire) == 0);
    if entry.0 == 0 && marks::of(fd) & marks::KEEPS == 0 && removed || epoch::is_visitor() {
        return Closing::Go;
    }
    let _said = caught(fd, || release(fd, call));
    Closing::Go
}

/// The program is about to close every number from `first` to `last`. Answers the number of ours, which
/// must stay; a visitor closes only its own table's numbers, and ours is close-on-exec there.
#[cold]
pub fn closing_range(first: u32, last: u32, call: &'static str) -> Option<u32> {
    if epoch::is_visitor() {
        return None;
    }
    let end = interests::end().max(fds::end()).max(requests::end());
    for fd in first..last.saturating_add(1).min(table::capacity()).min(end) {
        let fd = fd.cast_signed();
        if marks::of(fd) & marks::IN_FLIGHT != 0 {
            late_completion::closing(fd, call);
        }
        if !marks::is_plain(fd) && !fds::get(fd).has(fds::OURS) {
            let _said = caught(fd, || release(fd, call));
        }
    }
    sink::number().map(i32::cast_unsigned)
}

/// The program is about to put the file of `old` at `new`, of which there is a record.
#[cold]
#[inline(never)]
pub fn replacing(old: i32, new: i32, call: &'static str) {
    if epoch::is_visitor() {
        return;
    }
    if fds::get(new).has(fds::OURS) {
        sink::yield_number(new);
    } else if compare::is_open(old) && u64::from(new.cast_unsigned()) < process::descriptor_limits().soft {
        // Only then does the call close `new` (dup(2)).
        if marks::of(new) & marks::IN_FLIGHT != 0 {
            late_completion::closing(new, call);
        }
        let _said = caught(new, || release(new, call));
    }
}

/// A file was put at number 2 on purpose.
#[cold]
pub fn stderr_replaced() {
    if !epoch::is_visitor() {
        sink::learn_stderr();
    }
}

fn release(fd: i32, call: &'static str) {
    if marks::of(fd) & marks::KEEPS != 0 {
        release_ghosts(fd, call);
    }
    for cell in interests::of(fd).filter(|cell| !cell.now().has(GHOST)) {
        let tag = cell.now().tag();
        if pollers::get(tag).is_none() {
            interests::forget(fd, cell);
            continue;
        }
        // A process that has not forked meets no system call it did not make: a ghost too many is found out later.
        let other = if forks::any() { duplicates::of_open(fd) } else { duplicates::suspected(fd) };
        match other {
            Other::None => {
                stale_event::closing(tag, fd, cell.now().data, call);
                if let Some(poller) = own(tag) {
                    let holder = || holder(fd, fd);
                    mend(Phantom { fd, number: fd, poller, call }, holder, || {
                        epoll::remove(poller, fd).is_ok()
                    });
                }
                interests::forget(fd, cell);
            }
            Other::Number(other) => {
                marks::add(other, marks::KEEPS);
                cell.flag(GHOST, 0);
            }
            Other::Unknown => cell.flag(GHOST, 0),
        }
    }
    pollers::closed(fd, fds::get(fd));
}

/// `fd` keeps alive the file of a registered number that was closed before it.
fn release_ghosts(fd: i32, call: &'static str) {
    let other = duplicates::of_open(fd);
    if let Other::Number(other) = other {
        return marks::add(other, marks::KEEPS);
    }
    for number in (0..interests::end()).map(u32::cast_signed) {
        for cell in interests::of(number).filter(|cell| cell.now().has(GHOST)) {
            let Some(poller) = own(cell.now().tag()) else { continue };
            if other != Other::None || compare::is_target(fd, poller, number) != Ok(true) {
                continue;
            }
            let above = interests::end().cast_signed();
            let remove = || {
                borrowed::with(number, fd, above, || epoll::remove(poller, number).is_ok()).unwrap_or(false)
            };
            mend(Phantom { fd, number, poller, call }, || holder(fd, number), remove);
            interests::forget(number, cell);
        }
    }
}

/// A number for the instance, if it is this process's own. An inherited one is the parent's business.
fn own(tag: Tag) -> Option<i32> {
    let epoch = epoch::now();
    let is_own = |number: &i32| fds::get(*number).tag() == tag && fds::get(*number).epoch() == epoch;
    fds::numbers().find(is_own).filter(|_| epoch != 0 && forks::any())
}

/// One registration that would outlive the last number of its file.
#[derive(Clone, Copy)]
struct Phantom {
    /// The number that is closed.
    fd: i32,
    /// The number it was registered under.
    number: i32,
    poller: i32,
    call: &'static str,
}

fn mend(phantom: Phantom, holder: impl FnOnce() -> Option<u32>, remove: impl FnOnce() -> bool) {
    let action = policy::action(ENTRY.place, ENTRY.default);
    let mends = matches!(action, Action::Repair | Action::Poison);
    let holder = if action == Action::Off { None } else { holder() };
    if mends && !remove() {
        return;
    }
    let Some(holder) = holder else { return };
    let (outcome, done) = match action {
        Action::Die => (Outcome::Died, "the process ends here"),
        _ if mends => (Outcome::Repaired, "registration removed first"),
        _ => (Outcome::Reported, "left alone; its events go on arriving"),
    };
    let Phantom { fd, number, poller, call } = phantom;
    note(&Finding {
        fd,
        owner: holder,
        registrations: 1,
        ..about(
            &ENTRY,
            action,
            outcome,
            call,
            format_args!(
                "{call} of fd {fd}, registered with epoll fd {poller} as {number}, while process {holder} holds its file: {done}"
            ),
        )
    });
}

/// A process that certainly holds the file: the hazard is real, and the finding can name it. The removal
/// does not depend on this. A search costs 1 us a relative, so after sixteen it is made ever more rarely.
fn holder(fd: i32, number: i32) -> Option<u32> {
    static SEARCHES: AtomicU32 = AtomicU32::new(0);
    let count = SEARCHES.fetch_add(1, Ordering::Relaxed);
    if count > 16 && !count.is_power_of_two() {
        return None;
    }
    let holds = |&relative: &u32| {
        // Inherited numbers are the same on both sides.
        let answer = compare::same_file(relative, fd, number);
        if answer == Err(Errno(libc::ESRCH)) {
            forks::gone(relative);
        }
        answer == Ok(true) || fd != number && compare::same_file(relative, fd, fd) == Ok(true)
    };
    let parent = epoch::is_copy().then(process::parent);
    forks::children()
        .chain(parent)
        .find(holds)
        .or_else(|| process::children().into_iter().filter(|&child| child != 0).find(holds))
}
