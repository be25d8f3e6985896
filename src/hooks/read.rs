//! `<unistd.h>`, `<sys/uio.h>`: reads.
//!
//! A descriptor with a state of its own is read by parent and child from one file; and a read that may wait is where a
//! program idles.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::inherited_poller::Use;
use crate::hazards::reentrant_sigchld::{self, Idle};
use crate::hazards::shared_descriptor;
use crate::sys::call::Errno;
use core::ffi::{c_int, c_void};
use libc::{iovec, size_t, ssize_t};

/// May the read go on?
fn looked(call: &'static str, fd: c_int) -> Result<(), Errno> {
    if shared_descriptor::touched(fd, call) == Use::Refuse {
        return Err(Errno(libc::EBADF));
    }
    match reentrant_sigchld::reads(fd, true) {
        Idle::Go => Ok(()),
        Idle::Interrupted => Err(Errno(libc::EINTR)),
    }
}

hook! {
    /// See above.
    still unsafe fn read(fd: c_int, buffer: *mut c_void, size: size_t) -> ssize_t => my_read {
        if let Err(errno) = looked("read", fd) {
            return refused(errno) as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(read)(fd, buffer, size) }
    }
}

hook! {
    /// Another name of `read`.
    again still unsafe fn __read => my_read of read
}

hook! {
    /// `read` as `_FORTIFY_SOURCE` calls it.
    still unlisted unsafe fn __read_chk(fd: c_int, buffer: *mut c_void, size: size_t, room: size_t) -> ssize_t => my_read_chk {
        if let Err(errno) = looked("read", fd) {
            return refused(errno) as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(__read_chk)(fd, buffer, size, room) }
    }
}

hook! {
    /// As `read`.
    still unsafe fn readv(fd: c_int, list: *const iovec, count: c_int) -> ssize_t => my_readv {
        if let Err(errno) = looked("readv", fd) {
            return refused(errno) as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(readv)(fd, list, count) }
    }
}
