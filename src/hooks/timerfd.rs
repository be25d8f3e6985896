//! `<sys/timerfd.h>`: who made each timer, and a child that sets one it inherited.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::shared_descriptor::{any_inherited, is_refused, made};
use crate::registry::fds;
use crate::sys::call::Errno;
use core::ffi::c_int;
use libc::itimerspec;

hook! {
    /// The process that makes a timer owns it.
    unsafe fn timerfd_create(clock: c_int, flags: c_int) -> c_int => my_timerfd_create {
        // SAFETY: the program's own arguments.
        let timer = unsafe { real!(timerfd_create)(clock, flags) };
        made(timer, fds::TIMER);
        timer
    }
}

hook! {
    /// What a child sets, its parent has set. `timerfd_gettime` only asks.
    unsafe fn timerfd_settime(fd: c_int, flags: c_int, value: *const itimerspec, before: *mut itimerspec) -> c_int
        => my_timerfd_settime {
        if any_inherited() {
            // SAFETY: the program's own arguments.
            return unsafe { set_in_copy(fd, flags, value, before) };
        }
        // SAFETY: as above.
        unsafe { real!(timerfd_settime)(fd, flags, value, before) }
    }
}

/// Apart, so that the hook keeps nothing: loops set their timer in every round.
#[cold]
#[inline(never)]
unsafe extern "C-unwind" fn set_in_copy(
    fd: c_int,
    flags: c_int,
    value: *const itimerspec,
    before: *mut itimerspec,
) -> c_int {
    if is_refused(fd, "timerfd_settime") {
        return refused(Errno(libc::EBADF));
    }
    // SAFETY: the program's own arguments.
    unsafe { real!(timerfd_settime)(fd, flags, value, before) }
}
