//! `<threads.h>`: C11's names for threads, mutexes and condition variables, which are the same objects (glibc).
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::pthread::{about_to_make, begun, lock, wait};
use crate::hazards::ghost_waiter;
use crate::hazards::lost_wait::alone;
use crate::hazards::orphaned_lock::mutex::before_unlock;
use crate::hazards::reentrant_sigchld::deferral::with_own_mask;
use crate::hazards::reentrant_sigchld::mask;
use crate::registry::threads;
use core::ffi::{c_int, c_void};
use libc::{pthread_cond_t, pthread_mutex_t, pthread_t, timespec};

/// `thrd_error`.
const ERROR: c_int = 2;

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unlisted unsafe fn mtx_lock(mutex: *mut pthread_mutex_t) -> c_int => my_mtx_lock {
        // SAFETY: the program's own arguments.
        unsafe { lock(mutex, "mtx_lock", ERROR, move || real!(mtx_lock)(mutex)) }
    }
}

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unlisted unsafe fn mtx_trylock(mutex: *mut pthread_mutex_t) -> c_int => my_mtx_trylock {
        // SAFETY: the program's own arguments.
        unsafe { lock(mutex, "mtx_trylock", ERROR, move || real!(mtx_trylock)(mutex)) }
    }
}

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unlisted unsafe fn mtx_timedlock(mutex: *mut pthread_mutex_t, until: *const timespec) -> c_int => my_mtx_timedlock {
        // SAFETY: the program's own arguments.
        unsafe { lock(mutex, "mtx_timedlock", ERROR, move || real!(mtx_timedlock)(mutex, until)) }
    }
}

hook! {
    /// As `pthread_mutex_unlock`.
    in_copy unlisted unsafe fn mtx_unlock(mutex: *mut pthread_mutex_t) -> c_int => my_mtx_unlock {
        // SAFETY: the program's own argument.
        unsafe { before_unlock(mutex, "mtx_unlock") };
        // SAFETY: as above.
        unsafe { real!(mtx_unlock)(mutex) }
    }
}

hook! {
    /// As `pthread_cond_wait`.
    in_copy unlisted unsafe fn cnd_wait(condition: *mut pthread_cond_t, mutex: *mut pthread_mutex_t) -> c_int => my_cnd_wait {
        // SAFETY: the program's own arguments.
        unsafe { wait(condition, mutex, ("cnd_wait", ERROR, true), move || real!(cnd_wait)(condition, mutex)) }
    }
}

hook! {
    /// As `pthread_cond_wait`.
    in_copy unlisted unsafe fn cnd_timedwait(condition: *mut pthread_cond_t, mutex: *mut pthread_mutex_t, until: *const timespec) -> c_int => my_cnd_timedwait {
        // SAFETY: the program's own arguments.
        unsafe { wait(condition, mutex, ("cnd_timedwait", ERROR, false), move || real!(cnd_timedwait)(condition, mutex, until)) }
    }
}

hook! {
    /// As `pthread_cond_signal`.
    in_copy unlisted unsafe fn cnd_signal(condition: *mut pthread_cond_t) -> c_int => my_cnd_signal {
        // SAFETY: the program's own argument.
        if unsafe { ghost_waiter::before(condition, "cnd_signal") } == ghost_waiter::Verdict::Refuse {
            return ERROR;
        }
        // SAFETY: as above.
        unsafe { real!(cnd_signal)(condition) }
    }
}

hook! {
    /// As `pthread_cond_signal`.
    in_copy unlisted unsafe fn cnd_broadcast(condition: *mut pthread_cond_t) -> c_int => my_cnd_broadcast {
        // SAFETY: the program's own argument.
        if unsafe { ghost_waiter::before(condition, "cnd_broadcast") } == ghost_waiter::Verdict::Refuse {
            return ERROR;
        }
        // SAFETY: as above.
        unsafe { real!(cnd_broadcast)(condition) }
    }
}

hook! {
    /// As `pthread_cond_destroy`, but nobody asks for an answer: it cannot be refused.
    in_copy unlisted unsafe fn cnd_destroy(condition: *mut pthread_cond_t) -> () => my_cnd_destroy {
        // SAFETY: the program's own argument.
        if unsafe { ghost_waiter::before(condition, "cnd_destroy") } == ghost_waiter::Verdict::Go {
            // SAFETY: as above.
            unsafe { real!(cnd_destroy)(condition) }
        }
    }
}

hook! {
    /// As `pthread_join`.
    in_copy unlisted unsafe fn thrd_join(thread: pthread_t, answer: *mut c_int) -> c_int => my_thrd_join {
        alone::join(thread, "thrd_join");
        // SAFETY: the program's own arguments.
        unsafe { real!(thrd_join)(thread, answer) }
    }
}

type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> c_int;

hook! {
    /// As `pthread_create`.
    unlisted unsafe fn thrd_create(thread: *mut pthread_t, routine: Routine, argument: *mut c_void) -> c_int
        => my_thrd_create {
        let Some(record) = about_to_make("thrd_create", routine as usize, argument) else {
            // SAFETY: the program's own arguments.
            return with_own_mask(move || unsafe { real!(thrd_create)(thread, routine, argument) });
        };
        let place = core::ptr::from_ref(record).cast_mut().cast();
        // SAFETY: as above, but for the routine, which is ours and runs the program's.
        let error = with_own_mask(move || unsafe { real!(thrd_create)(thread, run, place) });
        if error != 0 {
            record.give_back();
        }
        error
    }
}

/// The first routine of every such thread.
unsafe extern "C-unwind" fn run(record: *mut c_void) -> c_int {
    // SAFETY: the record that `my_thrd_create` claimed for this thread.
    let (routine, argument) = unsafe { begun(record) };
    // SAFETY: the routine that the program gave, with the argument it gave.
    let answer = unsafe {
        let routine = core::mem::transmute::<*const (), Routine>(core::ptr::with_exposed_provenance(routine));
        routine(argument)
    };
    threads::leaves();
    answer
}

extern "C" fn thread_ends() {
    mask::leaves();
    threads::leaves();
}

hook! {
    /// As `pthread_exit`.
    noting thread_ends:
    unsafe fn thrd_exit;
}
