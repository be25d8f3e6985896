//! `<sys/socket.h>`: waits for a peer, where a program idles.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::interrupted;
use crate::hazards::reentrant_sigchld::{self, Idle};
use core::ffi::{c_int, c_uint, c_void};
use libc::{mmsghdr, msghdr, size_t, sockaddr, socklen_t, ssize_t, timespec};

/// Must the call end before it begins?
fn ends_early(fd: c_int, flags: c_int) -> bool {
    let may_wait = flags & (libc::MSG_DONTWAIT | libc::MSG_ERRQUEUE) == 0;
    reentrant_sigchld::reads(fd, may_wait) == Idle::Interrupted
}

hook! {
    /// See above.
    still unsafe fn accept(fd: c_int, peer: *mut sockaddr, size: *mut socklen_t) -> c_int => my_accept {
        if ends_early(fd, 0) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(accept)(fd, peer, size) }
    }
}

hook! {
    /// As `accept`; the flags are the new socket's.
    still unsafe fn accept4(fd: c_int, peer: *mut sockaddr, size: *mut socklen_t, flags: c_int) -> c_int
        => my_accept4 {
        if ends_early(fd, 0) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(accept4)(fd, peer, size, flags) }
    }
}

hook! {
    /// See above.
    still unsafe fn recv(fd: c_int, buffer: *mut c_void, size: size_t, flags: c_int) -> ssize_t => my_recv {
        if ends_early(fd, flags) {
            return interrupted() as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(recv)(fd, buffer, size, flags) }
    }
}

hook! {
    /// `recv` as `_FORTIFY_SOURCE` calls it.
    still unlisted unsafe fn __recv_chk(fd: c_int, buffer: *mut c_void, size: size_t, room: size_t, flags: c_int)
        -> ssize_t => my_recv_chk {
        if ends_early(fd, flags) {
            return interrupted() as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(__recv_chk)(fd, buffer, size, room, flags) }
    }
}

hook! {
    /// As `recv`.
    still unsafe fn recvfrom(fd: c_int, buffer: *mut c_void, size: size_t, flags: c_int, peer: *mut sockaddr,
        length: *mut socklen_t) -> ssize_t => my_recvfrom {
        if ends_early(fd, flags) {
            return interrupted() as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(recvfrom)(fd, buffer, size, flags, peer, length) }
    }
}

hook! {
    /// `recvfrom` as `_FORTIFY_SOURCE` calls it.
    still unlisted unsafe fn __recvfrom_chk(fd: c_int, buffer: *mut c_void, size: size_t, room: size_t, flags: c_int,
        peer: *mut sockaddr, length: *mut socklen_t) -> ssize_t => my_recvfrom_chk {
        if ends_early(fd, flags) {
            return interrupted() as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(__recvfrom_chk)(fd, buffer, size, room, flags, peer, length) }
    }
}

hook! {
    /// As `recv`.
    still unsafe fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t => my_recvmsg {
        if ends_early(fd, flags) {
            return interrupted() as ssize_t;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(recvmsg)(fd, message, flags) }
    }
}

hook! {
    /// As `recv`.
    still unlisted unsafe fn recvmmsg(fd: c_int, list: *mut mmsghdr, count: c_uint, flags: c_int,
        limit: *mut timespec) -> c_int => my_recvmmsg {
        if ends_early(fd, flags) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(recvmmsg)(fd, list, count, flags, limit) }
    }
}
