//! `<semaphore.h>`: semaphores that are locks.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::catalog::{INTERRUPTED_RESOLVER, ORPHANED_LOCK};
use crate::hazards::lost_wait::alone;
use crate::hazards::orphaned_lock::Verdict;
use crate::hazards::orphaned_lock::semaphore::{before_post, before_wait, taken};
use crate::policy;
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::pthread::Semaphore;
use core::ffi::{c_int, c_uint};
use libc::{EDEADLK, clockid_t, sem_t, timespec};

hook! {
    /// One that begins with the value 1 is a lock.
    unsafe fn sem_init(semaphore: *mut sem_t, shared: c_int, value: c_uint) -> c_int => my_sem_init {
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(sem_init)(semaphore, shared, value) };
        if answer == 0 {
            let is_lock = shared == 0 && value == 1 && is_watched();
            // SAFETY: libc has just made it.
            unsafe { Semaphore::at(semaphore) }.mark(is_lock);
        }
        answer
    }
}

/// Does any hazard ask for locks?
fn is_watched() -> bool {
    [ORPHANED_LOCK, INTERRUPTED_RESOLVER]
        .iter()
        .any(|entry| policy::action(entry.place, entry.default) != Action::Off)
}

hook! {
    /// The memory may become anything.
    marked unsafe fn sem_destroy(semaphore: *mut sem_t) -> c_int => my_sem_destroy {
        // SAFETY: the program's own argument, still a semaphore.
        unsafe { Semaphore::at(semaphore) }.mark(false);
        // SAFETY: as above.
        unsafe { real!(sem_destroy)(semaphore) }
    }
}

hook! {
    /// Its holder lets go.
    marked unsafe fn sem_post(semaphore: *mut sem_t) -> c_int => my_sem_post {
        // SAFETY: the program's own argument.
        unsafe { before_post(semaphore) };
        // SAFETY: as above.
        unsafe { real!(sem_post)(semaphore) }
    }
}

/// Makes the program's call that takes `semaphore`, which is marked.
///
/// # Safety
/// `semaphore` is the program's argument of `call`, and `real` is that call.
#[inline(always)]
unsafe fn wait(semaphore: *mut sem_t, call: &'static str, real: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { before_wait(semaphore, call, real!(sem_post)) } == Verdict::Refuse {
        return refused(Errno(EDEADLK));
    }
    let answer = real();
    if answer == 0 {
        // SAFETY: as above.
        unsafe { taken(semaphore) };
    }
    answer
}

hook! {
    /// A child may wait here for a thread it has not got.
    marked by SPENT unsafe fn sem_wait(semaphore: *mut sem_t) -> c_int => my_sem_wait {
        let real = move || {
            // SAFETY: the program's own argument.
            unsafe { alone::semaphore(semaphore, "sem_wait") };
            // SAFETY: as above.
            unsafe { real!(sem_wait)(semaphore) }
        };
        // SAFETY: as above.
        if unsafe { Semaphore::at(semaphore) }.is_marked() {
            // SAFETY: as above.
            return unsafe { wait(semaphore, "sem_wait", real) };
        }
        real()
    }
}

hook! {
    /// As `sem_wait`.
    marked unsafe fn sem_trywait(semaphore: *mut sem_t) -> c_int => my_sem_trywait {
        // SAFETY: the program's own arguments.
        unsafe { wait(semaphore, "sem_trywait", move || real!(sem_trywait)(semaphore)) }
    }
}

hook! {
    /// As `sem_wait`.
    marked unsafe fn sem_timedwait(semaphore: *mut sem_t, until: *const timespec) -> c_int => my_sem_timedwait {
        // SAFETY: the program's own arguments.
        unsafe { wait(semaphore, "sem_timedwait", move || real!(sem_timedwait)(semaphore, until)) }
    }
}

hook! {
    /// As `sem_wait`.
    marked unsafe fn sem_clockwait(semaphore: *mut sem_t, clock: clockid_t, until: *const timespec) -> c_int => my_sem_clockwait {
        // SAFETY: the program's own arguments.
        unsafe { wait(semaphore, "sem_clockwait", move || real!(sem_clockwait)(semaphore, clock, until)) }
    }
}
