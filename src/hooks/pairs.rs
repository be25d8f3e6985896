//! `<unistd.h>`, `<sys/socket.h>`, `<sys/eventfd.h>`: what a loop may wake itself with.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::shared_wakeup;
use core::ffi::{c_int, c_uint};

/// # Safety
/// libc has just put two numbers at `ends`.
unsafe fn ends_at(ends: *const c_int) -> (c_int, c_int) {
    // SAFETY: as the caller promises.
    unsafe { (*ends, *ends.add(1)) }
}

hook! {
    /// A signal handler may write to it, and the loop of the same process read.
    unsafe fn pipe(ends: *mut c_int) -> c_int => my_pipe {
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(pipe)(ends) };
        if answer == 0 {
            // SAFETY: it succeeded.
            shared_wakeup::made_pipe(unsafe { ends_at(ends) });
        }
        answer
    }
}

hook! {
    /// Another name of `pipe`.
    again unsafe fn __pipe(ends: *mut c_int) -> c_int => my_pipe
}

hook! {
    /// As `pipe`.
    unsafe fn pipe2(ends: *mut c_int, flags: c_int) -> c_int => my_pipe2 {
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(pipe2)(ends, flags) };
        if answer == 0 {
            // SAFETY: it succeeded.
            shared_wakeup::made_pipe(unsafe { ends_at(ends) });
        }
        answer
    }
}

hook! {
    /// As `pipe`.
    unsafe fn socketpair(family: c_int, kind: c_int, protocol: c_int, ends: *mut c_int) -> c_int => my_socketpair {
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(socketpair)(family, kind, protocol, ends) };
        if answer == 0 {
            // SAFETY: it succeeded.
            shared_wakeup::made_sockets(unsafe { ends_at(ends) });
        }
        answer
    }
}

hook! {
    /// As `pipe`, with one number for both ends.
    unsafe fn eventfd(start: c_uint, flags: c_int) -> c_int => my_eventfd {
        // SAFETY: the program's own arguments.
        let number = unsafe { real!(eventfd)(start, flags) };
        if number >= 0 {
            shared_wakeup::made_event(number, flags & libc::EFD_SEMAPHORE != 0);
        }
        number
    }
}
