//! `<pthread.h>`: rwlocks.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::orphaned_lock::Verdict;
use crate::hazards::orphaned_lock::rwlock::{
    Wants, before_lock, before_unlock, made_anew, taken_for_reading, wants_to_write,
};
use crate::ident::page;
use core::ffi::c_int;
use core::ptr::null_mut;
use libc::{EDEADLK, clockid_t, pthread_rwlock_t, pthread_rwlockattr_t, timespec};

/// May the program's call go on?
///
/// # Safety
/// `lock` is the program's argument of `call`.
#[inline(always)]
unsafe fn may_take(lock: *mut pthread_rwlock_t, wants: Wants, call: &'static str) -> bool {
    // SAFETY: the caller's promise.
    page::is_original()
        || unsafe { before_lock(lock, wants, call, real!(pthread_rwlock_unlock)) } == Verdict::Go
}

/// libc does not know who reads: noted, in the thread's own record.
///
/// # Safety
/// As `may_take`; `real` is that call.
#[inline(always)]
unsafe fn read(lock: *mut pthread_rwlock_t, call: &'static str, real: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: the caller's promise.
    if !unsafe { may_take(lock, Wants::Read, call) } {
        return EDEADLK;
    }
    let answer = real();
    if answer == 0 {
        taken_for_reading(lock);
    }
    answer
}

/// Nor who waits to write.
///
/// # Safety
/// As `read`.
#[inline(always)]
unsafe fn write(lock: *mut pthread_rwlock_t, call: &'static str, real: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: the caller's promise.
    if !unsafe { may_take(lock, Wants::Write, call) } {
        return EDEADLK;
    }
    wants_to_write(lock);
    let answer = real();
    wants_to_write(null_mut());
    answer
}

hook! {
    /// A child may wait here for a writer it has not got.
    unsafe fn pthread_rwlock_rdlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_rdlock {
        // SAFETY: the program's own arguments.
        unsafe { read(lock, "pthread_rwlock_rdlock", move || real!(pthread_rwlock_rdlock)(lock)) }
    }
}

hook! {
    /// Another name of `pthread_rwlock_rdlock`.
    again unsafe fn __pthread_rwlock_rdlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_rdlock
}

hook! {
    /// As `pthread_rwlock_rdlock`.
    unsafe fn pthread_rwlock_tryrdlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_tryrdlock {
        // SAFETY: the program's own arguments.
        unsafe { read(lock, "pthread_rwlock_tryrdlock", move || real!(pthread_rwlock_tryrdlock)(lock)) }
    }
}

hook! {
    /// Another name of `pthread_rwlock_tryrdlock`.
    again unsafe fn __pthread_rwlock_tryrdlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_tryrdlock
}

hook! {
    /// As `pthread_rwlock_rdlock`.
    unlisted unsafe fn pthread_rwlock_timedrdlock(lock: *mut pthread_rwlock_t, until: *const timespec) -> c_int => my_pthread_rwlock_timedrdlock {
        // SAFETY: the program's own arguments.
        unsafe { read(lock, "pthread_rwlock_timedrdlock", move || real!(pthread_rwlock_timedrdlock)(lock, until)) }
    }
}

hook! {
    /// As `pthread_rwlock_rdlock`.
    unlisted unsafe fn pthread_rwlock_clockrdlock(lock: *mut pthread_rwlock_t, clock: clockid_t, until: *const timespec) -> c_int => my_pthread_rwlock_clockrdlock {
        // SAFETY: the program's own arguments.
        unsafe { read(lock, "pthread_rwlock_clockrdlock", move || real!(pthread_rwlock_clockrdlock)(lock, clock, until)) }
    }
}

hook! {
    /// A child may wait here for threads it has not got.
    unsafe fn pthread_rwlock_wrlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_wrlock {
        // SAFETY: the program's own arguments.
        unsafe { write(lock, "pthread_rwlock_wrlock", move || real!(pthread_rwlock_wrlock)(lock)) }
    }
}

hook! {
    /// Another name of `pthread_rwlock_wrlock`.
    again unsafe fn __pthread_rwlock_wrlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_wrlock
}

hook! {
    /// As `pthread_rwlock_wrlock`.
    unsafe fn pthread_rwlock_trywrlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_trywrlock {
        // SAFETY: the program's own arguments.
        unsafe { write(lock, "pthread_rwlock_trywrlock", move || real!(pthread_rwlock_trywrlock)(lock)) }
    }
}

hook! {
    /// Another name of `pthread_rwlock_trywrlock`.
    again unsafe fn __pthread_rwlock_trywrlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_trywrlock
}

hook! {
    /// As `pthread_rwlock_wrlock`.
    unlisted unsafe fn pthread_rwlock_timedwrlock(lock: *mut pthread_rwlock_t, until: *const timespec) -> c_int => my_pthread_rwlock_timedwrlock {
        // SAFETY: the program's own arguments.
        unsafe { write(lock, "pthread_rwlock_timedwrlock", move || real!(pthread_rwlock_timedwrlock)(lock, until)) }
    }
}

hook! {
    /// As `pthread_rwlock_wrlock`.
    unlisted unsafe fn pthread_rwlock_clockwrlock(lock: *mut pthread_rwlock_t, clock: clockid_t, until: *const timespec) -> c_int => my_pthread_rwlock_clockwrlock {
        // SAFETY: the program's own arguments.
        unsafe { write(lock, "pthread_rwlock_clockwrlock", move || real!(pthread_rwlock_clockwrlock)(lock, clock, until)) }
    }
}

hook! {
    /// With the id of another process in it, a write lock is given back as if it were a read lock.
    unsafe fn pthread_rwlock_unlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_unlock {
        // SAFETY: the program's own argument.
        unsafe { before_unlock(lock, "pthread_rwlock_unlock") };
        // SAFETY: as above.
        unsafe { real!(pthread_rwlock_unlock)(lock) }
    }
}

hook! {
    /// Another name of `pthread_rwlock_unlock`.
    again unsafe fn __pthread_rwlock_unlock(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_unlock
}

hook! {
    /// A child's own cure: who had the old lock has not got the new one.
    in_copy unsafe fn pthread_rwlock_init(lock: *mut pthread_rwlock_t, attributes: *const pthread_rwlockattr_t)
        -> c_int => my_pthread_rwlock_init {
        made_anew(lock);
        // SAFETY: the program's own arguments.
        unsafe { real!(pthread_rwlock_init)(lock, attributes) }
    }
}

hook! {
    /// Another name of `pthread_rwlock_init`.
    again in_copy unsafe fn __pthread_rwlock_init => my_pthread_rwlock_init of pthread_rwlock_init
}

hook! {
    /// The memory may become anything.
    in_copy unsafe fn pthread_rwlock_destroy(lock: *mut pthread_rwlock_t) -> c_int => my_pthread_rwlock_destroy {
        made_anew(lock);
        // SAFETY: the program's own argument.
        unsafe { real!(pthread_rwlock_destroy)(lock) }
    }
}

hook! {
    /// Another name of `pthread_rwlock_destroy`.
    again in_copy unsafe fn __pthread_rwlock_destroy => my_pthread_rwlock_destroy of pthread_rwlock_destroy
}
