//! `<unistd.h>`, `<sys/socket.h>`, `<sys/uio.h>`, `<sys/eventfd.h>`: writes, which may be a signal handler's to its loop.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::inherited_poller::Use;
use crate::hazards::shared_wakeup;
use crate::sys::call::Errno;
use core::ffi::{c_int, c_void};
use libc::{iovec, size_t, sockaddr, socklen_t, ssize_t};

/// Is a write to be refused?
#[inline(always)]
fn is_refused(call: &'static str, fd: c_int) -> bool {
    shared_wakeup::may_concern(fd) && shared_wakeup::writes(fd, call) == Use::Refuse
}

fn bad() -> ssize_t {
    refused(Errno(libc::EBADF)) as ssize_t
}

hook! {
    /// See above.
    in_copy unsafe fn write(fd: c_int, buffer: *const c_void, size: size_t) -> ssize_t => my_write {
        if is_refused("write", fd) {
            return bad();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(write)(fd, buffer, size) }
    }
}

hook! {
    /// Another name of `write`.
    again in_copy unsafe fn __write => my_write of write
}

hook! {
    /// As `write`.
    in_copy unsafe fn writev(fd: c_int, list: *const iovec, count: c_int) -> ssize_t => my_writev {
        if is_refused("writev", fd) {
            return bad();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(writev)(fd, list, count) }
    }
}

hook! {
    /// As `write`.
    in_copy unsafe fn send(fd: c_int, buffer: *const c_void, size: size_t, flags: c_int) -> ssize_t => my_send {
        if is_refused("send", fd) {
            return bad();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(send)(fd, buffer, size, flags) }
    }
}

hook! {
    /// Another name of `send`.
    again in_copy unsafe fn __send => my_send of send
}

hook! {
    /// As `write`.
    in_copy unsafe fn sendto(fd: c_int, buffer: *const c_void, size: size_t, flags: c_int, to: *const sockaddr,
        length: socklen_t) -> ssize_t => my_sendto {
        if is_refused("sendto", fd) {
            return bad();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(sendto)(fd, buffer, size, flags, to, length) }
    }
}

hook! {
    /// As `write`; its call inside libc does not pass us.
    in_copy unsafe fn eventfd_write(fd: c_int, value: libc::eventfd_t) -> c_int => my_eventfd_write {
        if is_refused("eventfd_write", fd) {
            return refused(Errno(libc::EBADF));
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(eventfd_write)(fd, value) }
    }
}
