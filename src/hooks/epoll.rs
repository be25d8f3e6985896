//! `<sys/epoll.h>`: who made each poller, what it watches, and a child's first use of it.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::{interrupted, lasts, refused};
use crate::hazards::arrival;
use crate::hazards::inherited_poller::{self, Use};
use crate::hazards::lost_wait;
use crate::hazards::reentrant_sigchld::{self, Idle, Restarts};
use crate::hazards::stale_event;
use crate::registry::interests::Recorded;
use crate::registry::{batches, fds, interests, removals, table};
use crate::sys::call::Errno;
use core::ffi::c_int;
use libc::{epoll_event, sigset_t, timespec};

hook! {
    /// The process that makes a poller owns it.
    site unsafe fn epoll_create(size: c_int) -> c_int => my_epoll_create(site) {
        // SAFETY: the program's own argument.
        let poller = unsafe { real!(epoll_create)(size) };
        inherited_poller::made(poller, site);
        poller
    }
}

hook! {
    /// As `epoll_create`.
    site unsafe fn epoll_create1(flags: c_int) -> c_int => my_epoll_create1(site) {
        // SAFETY: the program's own argument.
        let poller = unsafe { real!(epoll_create1)(flags) };
        inherited_poller::made(poller, site);
        poller
    }
}

hook! {
    /// The kernel keeps the interest list and never gives all of it back, so we keep a copy. One function for each operation, so
    /// that none keeps more than it needs across the real call.
    sorted unsafe fn epoll_ctl(poller: c_int, operation: c_int, fd: c_int, event: *mut epoll_event) -> c_int
        => (modify, add, remove)
}

unsafe extern "C-unwind" fn modify(
    poller: c_int,
    operation: c_int,
    fd: c_int,
    event: *mut epoll_event,
) -> c_int {
    let Some(entry) = interests::recorded(poller, fd).map(Recorded::to_modify) else {
        // SAFETY: as the caller promises.
        return unsafe { change(poller, operation, fd, event) };
    };
    // SAFETY: the program's own arguments.
    let answer = unsafe { real!(epoll_ctl)(poller, operation, fd, event) };
    if answer != 0 {
        return answer;
    }
    // SAFETY: the kernel has just read it.
    let (events, data) = unsafe { ((*event).events, (*event).u64) };
    entry.modified(events, data)
}

unsafe extern "C-unwind" fn remove(
    poller: c_int,
    operation: c_int,
    fd: c_int,
    event: *mut epoll_event,
) -> c_int {
    let Some(entry) = interests::recorded(poller, fd) else {
        // SAFETY: as the caller promises.
        return unsafe { change(poller, operation, fd, event) };
    };
    // SAFETY: the program's own arguments.
    let answer = unsafe { real!(epoll_ctl)(poller, operation, fd, event) };
    if answer != 0 {
        return answer;
    }
    if batches::concern_removals() { stale_event::deleted(entry) } else { entry.removed() }
}

unsafe extern "C-unwind" fn add(
    poller: c_int,
    operation: c_int,
    fd: c_int,
    event: *mut epoll_event,
) -> c_int {
    let Some(entry) = interests::free(poller, fd) else {
        // SAFETY: as the caller promises.
        return unsafe { change(poller, operation, fd, event) };
    };
    // SAFETY: the program's own arguments.
    let answer = unsafe { real!(epoll_ctl)(poller, operation, fd, event) };
    if answer != 0 {
        return answer;
    }
    // SAFETY: the kernel has just read it.
    let (events, data) = unsafe { ((*event).events, (*event).u64) };
    entry.registered(events, data)
}

/// A change that the fast path does not let through.
#[cold]
#[inline(never)]
unsafe extern "C-unwind" fn change(
    poller: c_int,
    operation: c_int,
    fd: c_int,
    event: *mut epoll_event,
) -> c_int {
    // SAFETY: the program's own arguments, but for an operation that means the same to the kernel's list.
    let real = |operation| unsafe { real!(epoll_ctl)(poller, operation, fd, event) };
    // SAFETY: asked only where the kernel has just read it.
    let event_now = || unsafe { ((*event).events, (*event).u64) };
    inherited_poller::change(poller, operation, fd, event_now, real).unwrap_or_else(refused)
}

/// A wait that the fast path does not let through. `real` is told how many events there is room for.
#[cold]
#[inline(never)]
pub(super) fn wait(
    call: &'static str,
    poller: c_int,
    events: *mut epoll_event,
    room: c_int,
    lasts: bool,
    endless: bool,
    real: impl FnOnce(c_int) -> c_int,
) -> c_int {
    if is_untracked(poller) {
        return real(room);
    }
    arrival::waits(call);
    // What was held back arrives. A call that does not wait goes on all the same.
    if reentrant_sigchld::idle(Restarts::Never) == Idle::Interrupted && lasts {
        return interrupted();
    }
    match inherited_poller::touched(poller, call) {
        Use::Go => {}
        Use::Pass => return real(room),
        Use::Refuse => return refused(Errno(libc::EBADF)),
    }
    lost_wait::poller::waits(poller, endless, call);
    let before = removals::count();
    let count = real(stale_event::room(room));
    // SAFETY: the kernel has just filled so many.
    let kept = unsafe { stale_event::returned(call, poller, events, count, before, lasts) };
    let Ok(count) = kept else { return interrupted() };
    if let Ok(count @ 1..) = usize::try_from(count)
        && fds::get(poller).has(fds::WATCHED)
    {
        // SAFETY: as above, less what was dropped.
        inherited_poller::delivered(poller, unsafe { core::slice::from_raw_parts(events, count) });
    }
    count
}

/// Beyond the tables, or there are none: nothing can be said about it.
fn is_untracked(poller: c_int) -> bool {
    table::fd(poller).is_none() && arrival::is_calm()
}

/// A wait that went straight to the kernel is over, and something was removed meanwhile. It may have been one that does not
/// last; but where events are dropped no wait goes straight.
///
/// # Safety
/// The kernel has just filled so many, or `count` is not positive.
#[cold]
pub(super) unsafe fn returned(
    call: &'static str,
    poller: c_int,
    events: *mut epoll_event,
    count: c_int,
    before: u64,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { stale_event::beside(call, poller, events, count, before, true) }
        .unwrap_or_else(|stale_event::Interrupted| interrupted())
}

hook! {
    /// A child's first wait on an inherited poller is where most loops notice the fork.
    waiting unsafe fn epoll_wait(poller: c_int, events: *mut epoll_event, room: c_int, timeout: c_int) -> c_int => my_epoll_wait {
        // SAFETY: the program's own arguments, or room for less.
        wait("epoll_wait", poller, events, room, timeout != 0, timeout < 0, move |room| unsafe { real!(epoll_wait)(poller, events, room, timeout) })
    }
}

hook! {
    /// As `epoll_wait`.
    waiting unsafe fn epoll_pwait(poller: c_int, events: *mut epoll_event, room: c_int, timeout: c_int, mask: *const sigset_t)
        -> c_int => my_epoll_pwait {
        // SAFETY: as above.
        wait("epoll_pwait", poller, events, room, timeout != 0, timeout < 0, move |room| unsafe { real!(epoll_pwait)(poller, events, room, timeout, mask) })
    }
}

hook! {
    /// As `epoll_wait`; glibc 2.35, Linux 5.11.
    optional unsafe fn epoll_pwait2(poller: c_int, events: *mut epoll_event, room: c_int,
        timeout: *const timespec, mask: *const sigset_t) -> c_int => my_epoll_pwait2 {
        let Some(real) = real!(epoll_pwait2) else { return refused(Errno(libc::ENOSYS)) };
        // SAFETY: the program's own arguments, or room for less.
        let real = move |room| unsafe { real(poller, events, room, timeout, mask) };
        if is_plain(poller) {
            // SAFETY: the real call, and the array it fills.
            return unsafe { plainly("epoll_pwait2", poller, events, || real(room)) };
        }
        wait("epoll_pwait2", poller, events, room, lasts(timeout), timeout.is_null(), real)
    }
}

/// What `WAIT` asks, for the waits that are not in assembly.
#[inline]
pub(super) fn is_plain(poller: c_int) -> bool {
    fds::is_settled_poller(poller) && arrival::is_calm()
}

/// What `WAIT` does, likewise.
///
/// # Safety
/// `real` waits on `poller` and fills `events`.
#[inline]
pub(super) unsafe fn plainly(
    call: &'static str,
    poller: c_int,
    events: *mut epoll_event,
    real: impl FnOnce() -> c_int,
) -> c_int {
    let before = removals::count();
    let count = real();
    // SAFETY: the kernel has just filled so many.
    unsafe { stale_event::returned(call, poller, events, count, before, true) }
        .unwrap_or_else(|stale_event::Interrupted| interrupted())
}
