//! `<sys/signalfd.h>`: who made each signalfd, and a child that changes the mask of one it inherited.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::shared_descriptor::{is_refused, made};
use crate::hazards::shared_signalfd;
use crate::registry::fds;
use crate::sys::call::Errno;
use core::ffi::c_int;
use libc::sigset_t;

/// Makes one for number -1, changes the mask of any other.
#[inline]
pub(super) fn make_or_change(fd: c_int, real: impl FnOnce() -> c_int) -> c_int {
    if fd == -1 {
        let signals = real();
        made(signals, fds::SIGNALS);
        return signals;
    }
    if is_refused(fd, shared_signalfd::CHANGE) { refused(Errno(libc::EBADF)) } else { real() }
}

hook! {
    /// See above.
    unsafe fn signalfd(fd: c_int, mask: *const sigset_t, flags: c_int) -> c_int => my_signalfd {
        // SAFETY: the program's own arguments.
        make_or_change(fd, move || unsafe { real!(signalfd)(fd, mask, flags) })
    }
}
