//! `<sys/inotify.h>`: who made each instance, and a child that changes one it inherited.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::shared_descriptor::{is_refused, made};
use crate::registry::fds;
use crate::sys::call::Errno;
use core::ffi::{c_char, c_int};

hook! {
    /// The process that makes an instance owns it.
    unsafe fn inotify_init() -> c_int => my_inotify_init {
        // SAFETY: no arguments.
        let instance = unsafe { real!(inotify_init)() };
        made(instance, fds::INOTIFY);
        instance
    }
}

hook! {
    /// As `inotify_init`.
    unsafe fn inotify_init1(flags: c_int) -> c_int => my_inotify_init1 {
        // SAFETY: the program's own argument.
        let instance = unsafe { real!(inotify_init1)(flags) };
        made(instance, fds::INOTIFY);
        instance
    }
}

hook! {
    /// A child's watch reports to whoever reads first.
    unsafe fn inotify_add_watch(fd: c_int, path: *const c_char, mask: u32) -> c_int => my_inotify_add_watch {
        if is_refused(fd, "inotify_add_watch") {
            return refused(Errno(libc::EBADF));
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(inotify_add_watch)(fd, path, mask) }
    }
}

hook! {
    /// A watch that a child removes is its parent's.
    unsafe fn inotify_rm_watch(fd: c_int, watch: c_int) -> c_int => my_inotify_rm_watch {
        if is_refused(fd, "inotify_rm_watch") {
            return refused(Errno(libc::EBADF));
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(inotify_rm_watch)(fd, watch) }
    }
}
