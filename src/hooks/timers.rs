//! `<unistd.h>`, `<sys/time.h>`, `<time.h>`: signals that a process has sent to itself, later.
//!
//! A wait that such a signal may end is not lost. Timers that start a thread are not inherited by a fork, nor is it.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::lost_wait;
use crate::registry::services::Kind;
use crate::sys::call::Errno;
use core::ffi::{c_int, c_uint};
use libc::{clockid_t, itimerspec, itimerval, sigevent, timer_t, useconds_t};

hook! {
    /// See above.
    unsafe fn alarm(seconds: c_uint) -> c_uint => my_alarm {
        // SAFETY: the program's own argument.
        let left = unsafe { real!(alarm)(seconds) };
        lost_wait::timed(seconds != 0);
        left
    }
}

hook! {
    /// As `alarm`.
    unlisted unsafe fn ualarm(micros: useconds_t, interval: useconds_t) -> useconds_t => my_ualarm {
        // SAFETY: the program's own arguments.
        let left = unsafe { real!(ualarm)(micros, interval) };
        lost_wait::timed(micros != 0);
        left
    }
}

hook! {
    /// As `alarm`; the other two clocks stand still while a process waits.
    unlisted unsafe fn setitimer(which: c_int, new: *const itimerval, old: *mut itimerval) -> c_int => my_setitimer {
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(setitimer)(which, new, old) };
        if answer == 0 && which == libc::ITIMER_REAL as c_int {
            // SAFETY: the kernel has just read it, or was given none and stopped the timer. It may be what `old` is.
            let value = if core::ptr::eq(new, old) { None } else { unsafe { new.as_ref() } };
            let is_set = |new: &itimerval| new.it_value.tv_sec != 0 || new.it_value.tv_usec != 0;
            lost_wait::timed(value.map_or(!new.is_null(), is_set));
        }
        answer
    }
}

hook! {
    /// One that starts threads has a thread that a fork leaves behind.
    optional since "GLIBC_2.3.3" unsafe fn timer_create(clock: clockid_t, event: *mut sigevent, timer: *mut timer_t) -> c_int
        => my_timer_create {
        let Some(real) = real!(timer_create) else { return refused(Errno(libc::ENOSYS)) };
        // SAFETY: the program's own arguments.
        let answer = unsafe { real(clock, event, timer) };
        // SAFETY: null, or libc has just read it.
        if answer == 0 && let Some(function) = unsafe { lost_wait::function_of(event) } {
            // SAFETY: libc has just written it.
            lost_wait::asked(Kind::Timer, unsafe { *timer }.addr(), function);
        }
        answer
    }
}

hook! {
    /// From now on a signal may come.
    optional since "GLIBC_2.3.3" unsafe fn timer_settime(timer: timer_t, flags: c_int, new: *const itimerspec, old: *mut itimerspec)
        -> c_int => my_timer_settime {
        let Some(real) = real!(timer_settime) else { return refused(Errno(libc::ENOSYS)) };
        // SAFETY: the program's own arguments.
        let answer = unsafe { real(timer, flags, new, old) };
        if answer == 0 {
            lost_wait::timed(true);
        }
        answer
    }
}

hook! {
    /// It starts no more threads.
    optional since "GLIBC_2.3.3" unsafe fn timer_delete(timer: timer_t) -> c_int => my_timer_delete {
        let Some(real) = real!(timer_delete) else { return refused(Errno(libc::ENOSYS)) };
        lost_wait::ended(Kind::Timer, timer.addr());
        // SAFETY: the program's own argument.
        unsafe { real(timer) }
    }
}
