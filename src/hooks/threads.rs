//! `<threads.h>`: C11's names for mutexes and condition variables, which are the same objects (glibc).
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::pthread::pthread_mutex_unlock;
use crate::hazards::ghost_waiter;
use crate::hazards::orphaned_lock::Verdict;
use crate::hazards::orphaned_lock::mutex::{before_lock, before_unlock};
use core::ffi::c_int;
use libc::{pthread_cond_t, pthread_mutex_t, timespec};

/// `thrd_error`.
const ERROR: c_int = 2;

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unlisted unsafe fn mtx_lock(mutex: *mut pthread_mutex_t) -> c_int => my_mtx_lock {
        // SAFETY: the program's own argument.
        if unsafe { before_lock(mutex, "mtx_lock", real!(pthread_mutex_unlock)) } == Verdict::Refuse {
            return ERROR;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(mtx_lock)(mutex) }
    }
}

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unlisted unsafe fn mtx_trylock(mutex: *mut pthread_mutex_t) -> c_int => my_mtx_trylock {
        // SAFETY: the program's own argument.
        if unsafe { before_lock(mutex, "mtx_trylock", real!(pthread_mutex_unlock)) } == Verdict::Refuse {
            return ERROR;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(mtx_trylock)(mutex) }
    }
}

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unlisted unsafe fn mtx_timedlock(mutex: *mut pthread_mutex_t, until: *const timespec) -> c_int => my_mtx_timedlock {
        // SAFETY: the program's own argument.
        if unsafe { before_lock(mutex, "mtx_timedlock", real!(pthread_mutex_unlock)) } == Verdict::Refuse {
            return ERROR;
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(mtx_timedlock)(mutex, until) }
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
        // SAFETY: the program's own argument.
        unsafe { before_unlock(mutex, "cnd_wait") };
        // SAFETY: as above.
        if unsafe { ghost_waiter::before(condition, "cnd_wait") } == ghost_waiter::Verdict::Refuse {
            return ERROR;
        }
        ghost_waiter::waits_for(condition);
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(cnd_wait)(condition, mutex) };
        ghost_waiter::waits_for(core::ptr::null_mut());
        answer
    }
}

hook! {
    /// As `pthread_cond_wait`.
    in_copy unlisted unsafe fn cnd_timedwait(condition: *mut pthread_cond_t, mutex: *mut pthread_mutex_t, until: *const timespec) -> c_int => my_cnd_timedwait {
        // SAFETY: the program's own argument.
        unsafe { before_unlock(mutex, "cnd_timedwait") };
        // SAFETY: as above.
        if unsafe { ghost_waiter::before(condition, "cnd_timedwait") } == ghost_waiter::Verdict::Refuse {
            return ERROR;
        }
        ghost_waiter::waits_for(condition);
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(cnd_timedwait)(condition, mutex, until) };
        ghost_waiter::waits_for(core::ptr::null_mut());
        answer
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

extern "C" fn thread_ends() {
    crate::registry::threads::leaves();
}

hook! {
    /// As `pthread_exit`.
    noting thread_ends:
    unsafe fn thrd_exit;
}
