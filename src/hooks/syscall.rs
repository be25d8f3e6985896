//! `syscall(2)`, libc's: calls made by number, past the functions we hook.
//!
//! Numbers that concern us are told apart by one byte each; all others jump straight on. A call that is
//! told apart is still made by the real `syscall`: libc's `close` or `epoll_wait` in its place would be a
//! cancellation point where the program has none.
#![allow(unsafe_code)]
// A register holds 64 bits and a descriptor 32: the kernel cuts them, and so do we.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]
//! # Safety
//! As in `hooks`; seven words pass through whatever the number means.

use super::descriptors::{close_by, close_range_by, fcntl_by, replace_by};
use super::signalfd::make_or_change;
use super::{epoll, refused, rings, sigmask, signal};
use crate::hazards::late_completion::rings::may_be_inherited;
use crate::hazards::{inherited_poller, reentrant_sigchld, shared_descriptor};
use crate::registry::{fds, sandbox};
use crate::sys::call::Errno;
use core::ffi::{c_int, c_long, c_uint};
use libc::epoll_event;

const FORKS: u8 = 1;
const RECORDED: u8 = 2;
const NUMBERS: usize = 512;

const RECORDED_CALLS: &[c_long] = &[
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_create,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigaction,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_signalfd,
    libc::SYS_signalfd4,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_inotify_init,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch,
    libc::SYS_inotify_rm_watch,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_mmap,
    libc::SYS_io_setup,
    libc::SYS_io_destroy,
    libc::SYS_io_submit,
    libc::SYS_io_cancel,
    libc::SYS_io_getevents,
    rings::SYS_IO_PGETEVENTS,
    libc::SYS_prctl,
    libc::SYS_seccomp,
];

const FORKING_CALLS: &[c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    libc::SYS_clone,
    libc::SYS_clone3,
];

/// What to do with each number.
static ROUTES: [u8; NUMBERS] = routes();

#[allow(clippy::indexing_slicing)] // evaluated by the compiler, where a bad index does not build
const fn routes() -> [u8; NUMBERS] {
    let mut routes = [0; NUMBERS];
    let mut place = 0;
    while place < RECORDED_CALLS.len() {
        routes[RECORDED_CALLS[place] as usize] = RECORDED;
        place += 1;
    }
    place = 0;
    while place < FORKING_CALLS.len() {
        routes[FORKING_CALLS[place] as usize] = FORKS;
        place += 1;
    }
    routes
}

hook! {
    /// See above.
    routed unsafe fn syscall => my_syscall by ROUTES
}

/// A number out of [`RECORDED_CALLS`]. The one that programs make again and again, and that concerns only copies, is let
/// through at once.
unsafe extern "C-unwind" fn my_syscall(
    number: c_long,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> c_long {
    if number == libc::SYS_io_uring_enter && !may_be_inherited() {
        // SAFETY: the program's own arguments.
        unsafe { real!(syscall)(number, a, b, c, d, e, f) }
    } else {
        // SAFETY: as above.
        unsafe { recorded(number, a, b, c, d, e, f) }
    }
}

/// Words that a call does not take are passed on as they are.
#[inline(never)]
unsafe extern "C-unwind" fn recorded(
    number: c_long,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> c_long {
    // SAFETY: the program's own arguments.
    let real = || unsafe { real!(syscall)(number, a, b, c, d, e, f) };
    // SAFETY: as above, with room for as many events or for less.
    let with_room = |room| unsafe { real!(syscall)(number, a, b, room, d, e, f) };
    // Descriptors and flags are 32 bits wide: the kernel drops the upper half too.
    let (fd, second, third, fourth) = (a as c_int, b as c_int, c as c_int, d as c_int);
    let answer = match number {
        libc::SYS_close => close_by("SYS_close", fd, || real() as c_int),
        libc::SYS_dup => fcntl_by(fd, libc::F_DUPFD, || real() as c_int),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_dup2 => replace_by("dup2", (fd, second, 0), || real() as c_int),
        libc::SYS_dup3 => replace_by("dup3", (fd, second, third), || real() as c_int),
        libc::SYS_fcntl
            if fds::get(fd).has(fds::OURS) || matches!(second, libc::F_DUPFD | libc::F_DUPFD_CLOEXEC) =>
        {
            fcntl_by(fd, second, || real() as c_int)
        }
        libc::SYS_close_range => {
            // SAFETY: close_range takes three numbers.
            let part = |first: c_uint, last: c_uint| unsafe {
                real!(syscall)(number, first as usize, last as usize, c, d, e, f) as c_int
            };
            close_range_by("close_range", a as c_uint, b as c_uint, c as c_uint, part)
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_create => return made(real()),
        libc::SYS_epoll_create1 => return made(real()),
        libc::SYS_epoll_ctl => {
            let event: *const epoll_event = core::ptr::with_exposed_provenance(d);
            // SAFETY: read only where the kernel has just read it.
            let event_now = || unsafe { ((*event).events, (*event).u64) };
            // SAFETY: the program's own arguments, but for an operation that means the same to the kernel's list.
            let real = |operation: c_int| unsafe {
                real!(syscall)(number, a, operation as usize, c, d, e, f) as c_int
            };
            inherited_poller::change(fd, second, third, event_now, real).unwrap_or_else(refused)
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_wait => {
            return waited("epoll_wait", fd, b, c, (fourth != 0, fourth < 0), with_room);
        }
        libc::SYS_epoll_pwait => {
            return waited("epoll_pwait", fd, b, c, (fourth != 0, fourth < 0), with_room);
        }
        libc::SYS_epoll_pwait2 => return waited("epoll_pwait2", fd, b, c, (true, d == 0), with_room),
        libc::SYS_rt_sigprocmask if reentrant_sigchld::holds() && d == 8 => {
            let (set, old) =
                (core::ptr::with_exposed_provenance(b), core::ptr::with_exposed_provenance_mut(c));
            // SAFETY: the program's own arguments, but for our bits.
            let mut real = |set: *const u64, old: *mut u64| unsafe {
                real!(syscall)(number, a, set.expose_provenance(), old.expose_provenance(), d, e, f)
            };
            // SAFETY: the program's own; a set that the kernel cannot read is left to it.
            return unsafe { sigmask::change_by(a as c_int, set, old, &mut real) };
        }
        libc::SYS_rt_sigpending if reentrant_sigchld::holds() => {
            let answer = real();
            // SAFETY: just written by the kernel.
            return unsafe { sigmask::pending_by(answer, core::ptr::with_exposed_provenance_mut(a)) };
        }
        libc::SYS_rt_sigaction => {
            let (new, old) =
                (core::ptr::with_exposed_provenance(b), core::ptr::with_exposed_provenance_mut(c));
            return signal::action_by(fd, new, old, real);
        }
        libc::SYS_timerfd_create => return made_as(fds::TIMER, real()),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_inotify_init => return made_as(fds::INOTIFY, real()),
        libc::SYS_inotify_init1 => return made_as(fds::INOTIFY, real()),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_signalfd => make_or_change(fd, || real() as c_int),
        libc::SYS_signalfd4 => make_or_change(fd, || real() as c_int),
        libc::SYS_timerfd_settime => return used("timerfd_settime", fd, real),
        libc::SYS_inotify_add_watch => return used("inotify_add_watch", fd, real),
        libc::SYS_inotify_rm_watch => return used("inotify_rm_watch", fd, real),
        libc::SYS_prctl => {
            if fd == libc::PR_SET_SECCOMP {
                sandbox::begins();
            }
            return real();
        }
        libc::SYS_seccomp => {
            // Two of its operations install a filter, the first two.
            if fd.cast_unsigned() <= libc::SECCOMP_SET_MODE_FILTER {
                sandbox::begins();
            }
            return real();
        }
        libc::SYS_io_uring_setup
        | libc::SYS_io_uring_enter
        | libc::SYS_io_uring_register
        | libc::SYS_mmap
        | libc::SYS_io_setup
        | libc::SYS_io_destroy
        | libc::SYS_io_submit
        | libc::SYS_io_cancel
        | libc::SYS_io_getevents
        | rings::SYS_IO_PGETEVENTS => return rings::by_number(number, [a, b, c, d, e], real),
        _ => return real(),
    };
    c_long::from(answer)
}

fn made(poller: c_long) -> c_long {
    inherited_poller::made(poller as c_int, 0);
    poller
}

fn made_as(kind: u64, number: c_long) -> c_long {
    shared_descriptor::made(number as c_int, kind);
    number
}

fn used(call: &'static str, fd: c_int, real: impl FnOnce() -> c_long) -> c_long {
    if shared_descriptor::is_refused(fd, call) { c_long::from(refused(Errno(libc::EBADF))) } else { real() }
}

fn waited(
    call: &'static str,
    poller: c_int,
    events: usize,
    room: usize,
    (lasts, endless): (bool, bool),
    real: impl FnOnce(usize) -> c_long,
) -> c_long {
    let events: *mut epoll_event = core::ptr::with_exposed_provenance_mut(events);
    if fds::is_settled_poller(poller) {
        // SAFETY: the program's own call.
        return c_long::from(unsafe { epoll::plainly(call, poller, events, || real(room) as c_int) });
    }
    let real = |room: c_int| real(room as usize) as c_int;
    c_long::from(epoll::wait(call, poller, events, room as c_int, lasts, endless, real))
}
