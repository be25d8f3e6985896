//! `<sys/socket.h>`: descriptors that go to another process (unix(7), `SCM_RIGHTS`).
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::lost_wait;
use core::ffi::{c_int, c_uint};
use libc::{mmsghdr, msghdr, ssize_t};

/// Notes what went with a message.
///
/// # Safety
/// The kernel has just read it.
#[inline(always)]
unsafe fn sent(message: &msghdr) {
    if message.msg_controllen != 0 {
        // SAFETY: as the caller promises.
        unsafe { look(message) };
    }
}

#[cold]
#[inline(never)]
unsafe fn look(message: &msghdr) {
    // SAFETY: as the caller promises; the macros of cmsg(3) stay within the length.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        while let Some(one) = header.as_ref() {
            if one.cmsg_level == libc::SOL_SOCKET && one.cmsg_type == libc::SCM_RIGHTS {
                return lost_wait::passed();
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
}

hook! {
    /// Who gets one may write to it, or read.
    unsafe fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t => my_sendmsg {
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(sendmsg)(fd, message, flags) };
        if answer >= 0 {
            // SAFETY: the kernel has just read it; not before, since it refuses an address that is none.
            unsafe { sent(&*message) };
        }
        answer
    }
}

hook! {
    /// As `sendmsg`.
    unlisted unsafe fn sendmmsg(fd: c_int, list: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int => my_sendmmsg {
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(sendmmsg)(fd, list, count, flags) };
        if let Ok(sent_now @ 1..) = usize::try_from(answer) {
            // SAFETY: the kernel has just read so many.
            for message in unsafe { core::slice::from_raw_parts(list, sent_now) } {
                // SAFETY: as above.
                unsafe { sent(&message.msg_hdr) };
            }
        }
        answer
    }
}
