//! `<unistd.h>`, `<time.h>`, `<threads.h>`: sleeping, where a program idles.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::interrupted;
use crate::hazards::reentrant_sigchld::{self, Idle, Restarts};
use core::ffi::{c_int, c_uint};
use libc::{clockid_t, timespec};

/// Must a sleep end before it begins? One of no length goes on all the same.
fn ends_early(lasts: bool) -> bool {
    reentrant_sigchld::idle(Restarts::Never) == Idle::Interrupted && lasts
}

/// As [`ends_early`], with the time left, which is all of it. A time that the kernel refuses is left to it.
///
/// # Safety
/// The program's own arguments.
unsafe fn ends_early_of(time: *const timespec, left: *mut timespec) -> bool {
    // SAFETY: null, or read by the kernel as well.
    let Some(time) = (unsafe { time.as_ref() }) else { return false };
    let is_time = time.tv_sec >= 0 && (0..1_000_000_000).contains(&time.tv_nsec);
    let ends = is_time && ends_early(time.tv_sec != 0 || time.tv_nsec != 0);
    // SAFETY: null, or written by the kernel in this case.
    if ends && let Some(left) = unsafe { left.as_mut() } {
        *left = *time;
    }
    ends
}

hook! {
    /// See above.
    still unsafe fn sleep(seconds: c_uint) -> c_uint => my_sleep {
        if ends_early(seconds != 0) {
            return seconds;
        }
        // SAFETY: the program's own argument.
        unsafe { real!(sleep)(seconds) }
    }
}

hook! {
    /// As `sleep`.
    still unsafe fn usleep(us: c_uint) -> c_int => my_usleep {
        if ends_early(us != 0) {
            return interrupted();
        }
        // SAFETY: the program's own argument.
        unsafe { real!(usleep)(us) }
    }
}

hook! {
    /// As `sleep`.
    still unsafe fn nanosleep(time: *const timespec, left: *mut timespec) -> c_int => my_nanosleep {
        // SAFETY: the program's own arguments.
        if unsafe { ends_early_of(time, left) } {
            return interrupted();
        }
        // SAFETY: as above.
        unsafe { real!(nanosleep)(time, left) }
    }
}

hook! {
    /// Another name of `nanosleep`.
    again still unsafe fn __nanosleep => my_nanosleep of nanosleep
}

hook! {
    /// As `nanosleep`, with the error as its value; for a moment, and not a length, nothing is left.
    still unsafe fn clock_nanosleep(clock: clockid_t, flags: c_int, time: *const timespec, left: *mut timespec) -> c_int
        => my_clock_nanosleep {
        let left_of_length = if flags & libc::TIMER_ABSTIME == 0 { left } else { core::ptr::null_mut() };
        // SAFETY: the program's own arguments.
        if unsafe { ends_early_of(time, left_of_length) } {
            return libc::EINTR;
        }
        // SAFETY: as above.
        unsafe { real!(clock_nanosleep)(clock, flags, time, left) }
    }
}

hook! {
    /// As `nanosleep`, in C11's words: -1 where a signal came.
    still unlisted unsafe fn thrd_sleep(time: *const timespec, left: *mut timespec) -> c_int => my_thrd_sleep {
        // SAFETY: the program's own arguments.
        if unsafe { ends_early_of(time, left) } {
            return -1;
        }
        // SAFETY: as above.
        unsafe { real!(thrd_sleep)(time, left) }
    }
}

hook! {
    /// Ends when a handler has run.
    still unsafe fn pause() -> c_int => my_pause {
        if ends_early(true) {
            return interrupted();
        }
        // SAFETY: no arguments.
        unsafe { real!(pause)() }
    }
}
