//! `<pthread.h>`: mutexes, condition variables, and where threads come from.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::interrupted_resolver::held;
use crate::hazards::lost_wait::alone;
use crate::hazards::orphaned_lock::Verdict;
use crate::hazards::orphaned_lock::mutex::{before_lock, before_unlock};
use crate::hazards::orphaned_lock::rwlock;
use crate::hazards::reentrant_sigchld::deferral::with_own_mask;
use crate::hazards::reentrant_sigchld::mask;
use crate::hazards::{arrival, ghost_waiter};
use crate::ident::{epoch, page};
use crate::registry::threads::{self, Thread};
use crate::report::shared;
use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering;
use libc::{
    EBUSY, EDEADLK, clockid_t, pthread_attr_t, pthread_barrier_t, pthread_cond_t, pthread_mutex_t, pthread_t,
    timespec,
};

/// Makes the program's call that takes `mutex`, in a copy; `refused` is its answer if it may not go on.
///
/// # Safety
/// `mutex` is the program's argument of `call`, and `real` is that call.
#[inline(always)]
pub(super) unsafe fn lock(
    mutex: *mut pthread_mutex_t,
    call: &'static str,
    refused: c_int,
    real: impl FnOnce() -> c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    match unsafe { before_lock(mutex, call, real!(pthread_mutex_unlock)) } {
        Verdict::Go => real(),
        Verdict::Refuse => refused,
    }
}

/// Makes the program's call that waits for `condition` with `mutex`, in a copy, likewise.
///
/// # Safety
/// As `lock`.
#[inline(always)]
pub(super) unsafe fn wait(
    condition: *mut pthread_cond_t,
    mutex: *mut pthread_mutex_t,
    (call, refused, endless): (&'static str, c_int, bool),
    real: impl FnOnce() -> c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { before_unlock(mutex, call) };
    // SAFETY: as above.
    if unsafe { ghost_waiter::before(condition, call) } == ghost_waiter::Verdict::Refuse {
        return refused;
    }
    if endless {
        // SAFETY: as above.
        unsafe { alone::condition(condition, mutex, call) };
    }
    ghost_waiter::waits_for(condition);
    let answer = real();
    ghost_waiter::waits_for(core::ptr::null_mut());
    answer
}

hook! {
    /// A child may wait here for a thread it has not got.
    in_copy by LOCKS unsafe fn pthread_mutex_lock(mutex: *mut pthread_mutex_t) -> c_int => my_pthread_mutex_lock {
        // SAFETY: the program's own arguments.
        unsafe { lock(mutex, "pthread_mutex_lock", EDEADLK, move || real!(pthread_mutex_lock)(mutex)) }
    }
}

hook! {
    /// Another name of `pthread_mutex_lock`.
    again in_copy by LOCKS unsafe fn __pthread_mutex_lock => my_pthread_mutex_lock of pthread_mutex_lock
}

hook! {
    /// As `pthread_mutex_lock`: a program may try again and again.
    in_copy by LOCKS unsafe fn pthread_mutex_trylock(mutex: *mut pthread_mutex_t) -> c_int => my_pthread_mutex_trylock {
        // SAFETY: the program's own arguments.
        unsafe { lock(mutex, "pthread_mutex_trylock", EDEADLK, move || real!(pthread_mutex_trylock)(mutex)) }
    }
}

hook! {
    /// Another name of `pthread_mutex_trylock`.
    again in_copy by LOCKS unsafe fn __pthread_mutex_trylock => my_pthread_mutex_trylock of pthread_mutex_trylock
}

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unsafe fn pthread_mutex_timedlock(mutex: *mut pthread_mutex_t, until: *const timespec) -> c_int => my_pthread_mutex_timedlock {
        // SAFETY: the program's own arguments.
        unsafe { lock(mutex, "pthread_mutex_timedlock", EDEADLK, move || real!(pthread_mutex_timedlock)(mutex, until)) }
    }
}

hook! {
    /// As `pthread_mutex_lock`.
    in_copy unlisted unsafe fn pthread_mutex_clocklock(mutex: *mut pthread_mutex_t, clock: clockid_t, until: *const timespec) -> c_int => my_pthread_mutex_clocklock {
        // SAFETY: the program's own arguments.
        unsafe { lock(mutex, "pthread_mutex_clocklock", EDEADLK, move || real!(pthread_mutex_clocklock)(mutex, clock, until)) }
    }
}

hook! {
    /// The forking thread's own may not be its own any more.
    in_copy by UNLOCKS unsafe fn pthread_mutex_unlock(mutex: *mut pthread_mutex_t) -> c_int => my_pthread_mutex_unlock {
        // SAFETY: the program's own argument.
        unsafe { before_unlock(mutex, "pthread_mutex_unlock") };
        // SAFETY: as above.
        unsafe { real!(pthread_mutex_unlock)(mutex) }
    }
}

hook! {
    /// Another name of `pthread_mutex_unlock`.
    again in_copy by UNLOCKS unsafe fn __pthread_mutex_unlock => my_pthread_mutex_unlock of pthread_mutex_unlock
}

hook! {
    /// Unlocks the mutex inside libc. Programs linked to the version before glibc 2.3.2 are not told apart.
    in_copy since "GLIBC_2.3.2" unsafe fn pthread_cond_wait(condition: *mut pthread_cond_t, mutex: *mut pthread_mutex_t) -> c_int => my_pthread_cond_wait {
        // SAFETY: the program's own arguments.
        unsafe { wait(condition, mutex, ("pthread_cond_wait", EBUSY, true), move || real!(pthread_cond_wait)(condition, mutex)) }
    }
}

hook! {
    /// As `pthread_cond_wait`.
    in_copy since "GLIBC_2.3.2" unsafe fn pthread_cond_timedwait(condition: *mut pthread_cond_t, mutex: *mut pthread_mutex_t, until: *const timespec) -> c_int => my_pthread_cond_timedwait {
        // SAFETY: the program's own arguments.
        unsafe { wait(condition, mutex, ("pthread_cond_timedwait", EBUSY, false), move || real!(pthread_cond_timedwait)(condition, mutex, until)) }
    }
}

hook! {
    /// As `pthread_cond_wait`.
    in_copy unlisted unsafe fn pthread_cond_clockwait(condition: *mut pthread_cond_t, mutex: *mut pthread_mutex_t, clock: clockid_t, until: *const timespec) -> c_int => my_pthread_cond_clockwait {
        // SAFETY: the program's own arguments.
        unsafe { wait(condition, mutex, ("pthread_cond_clockwait", EBUSY, false), move || real!(pthread_cond_clockwait)(condition, mutex, clock, until)) }
    }
}

hook! {
    /// Might be spent on a waiter that is not here.
    in_copy since "GLIBC_2.3.2" unsafe fn pthread_cond_signal(condition: *mut pthread_cond_t) -> c_int => my_pthread_cond_signal {
        // SAFETY: the program's own argument.
        if unsafe { ghost_waiter::before(condition, "pthread_cond_signal") } == ghost_waiter::Verdict::Refuse {
            return EBUSY;
        }
        // SAFETY: as above.
        unsafe { real!(pthread_cond_signal)(condition) }
    }
}

hook! {
    /// Might be spent on a waiter that is not here.
    in_copy since "GLIBC_2.3.2" unsafe fn pthread_cond_broadcast(condition: *mut pthread_cond_t) -> c_int => my_pthread_cond_broadcast {
        // SAFETY: the program's own argument.
        if unsafe { ghost_waiter::before(condition, "pthread_cond_broadcast") } == ghost_waiter::Verdict::Refuse {
            return EBUSY;
        }
        // SAFETY: as above.
        unsafe { real!(pthread_cond_broadcast)(condition) }
    }
}

hook! {
    /// Waits until every waiter has left, which the parent's never do.
    in_copy since "GLIBC_2.3.2" unsafe fn pthread_cond_destroy(condition: *mut pthread_cond_t) -> c_int
        => my_pthread_cond_destroy {
        // SAFETY: the program's own argument.
        if unsafe { ghost_waiter::before(condition, "pthread_cond_destroy") } == ghost_waiter::Verdict::Refuse {
            return EBUSY;
        }
        // SAFETY: as above.
        unsafe { real!(pthread_cond_destroy)(condition) }
    }
}

hook! {
    /// The others may not have come through a fork.
    in_copy unsafe fn pthread_barrier_wait(barrier: *mut pthread_barrier_t) -> c_int => my_pthread_barrier_wait {
        // SAFETY: the program's own argument.
        unsafe { alone::barrier(barrier, "pthread_barrier_wait") };
        // SAFETY: as above.
        unsafe { real!(pthread_barrier_wait)(barrier) }
    }
}

hook! {
    /// The thread may not have come through a fork.
    in_copy unsafe fn pthread_join(thread: pthread_t, answer: *mut *mut c_void) -> c_int => my_pthread_join {
        alone::join(thread, "pthread_join");
        // SAFETY: the program's own arguments.
        unsafe { real!(pthread_join)(thread, answer) }
    }
}

/// What a thread runs. It may leave by `pthread_exit`, which unwinds.
type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

hook! {
    /// A child has to know which threads it lacks.
    unlisted unsafe fn pthread_create(thread: *mut pthread_t, attributes: *const pthread_attr_t, routine: Routine,
        argument: *mut c_void) -> c_int => my_pthread_create {
        let Some(record) = about_to_make("pthread_create", routine as usize, argument) else {
            // SAFETY: the program's own arguments.
            return with_own_mask(move || unsafe { real!(pthread_create)(thread, attributes, routine, argument) });
        };
        let place = core::ptr::from_ref(record).cast_mut().cast();
        // SAFETY: as above, but for the routine, which is ours and runs the program's.
        let error = with_own_mask(move || unsafe { real!(pthread_create)(thread, attributes, run, place) });
        if error != 0 {
            record.give_back();
        }
        error
    }
}

/// The record of a thread that is to run `routine` with `argument`; `None` for one more than there are records.
pub(super) fn about_to_make(
    call: &'static str,
    routine: usize,
    argument: *mut c_void,
) -> Option<&'static Thread> {
    about_to_make_any(call);
    let record = if epoch::now() == 0 { None } else { threads::claim() }?;
    record.start.store(routine, Ordering::Relaxed);
    record.argument.store(argument.expose_provenance(), Ordering::Relaxed);
    Some(record)
}

fn about_to_make_any(call: &'static str) {
    let page = page::get();
    if page.threaded.load(Ordering::Relaxed) == 0 {
        // From now on a lock may have a living owner.
        if !page::is_original() && arrival::arrived(call) && arrival::lacks_threads() {
            held::note();
            rwlock::note_claims();
        }
        page::is_threaded_from_now_on();
    }
    shared::open();
}

/// Makes a thread of ours, which a child need not miss.
///
/// # Safety
/// As `pthread_create` has it.
pub(super) unsafe fn make_servant(
    attributes: *const pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    about_to_make_any("pthread_create");
    let mut thread = 0;
    // SAFETY: the caller's promise.
    unsafe { real!(pthread_create)(&raw mut thread, attributes, routine, argument) }
}

/// The first routine of every thread we saw made.
unsafe extern "C-unwind" fn run(record: *mut c_void) -> *mut c_void {
    // SAFETY: the record that `my_pthread_create` claimed for this thread.
    let (routine, argument) = unsafe { begun(record) };
    // SAFETY: the routine that the program gave, with the argument it gave.
    let answer = unsafe {
        let routine = core::mem::transmute::<*const (), Routine>(core::ptr::with_exposed_provenance(routine));
        routine(argument)
    };
    threads::leaves();
    answer
}

/// The calling thread has begun; answers its routine and argument.
///
/// # Safety
/// `record` is what [`about_to_make`] answered for this thread.
pub(super) unsafe fn begun(record: *mut c_void) -> (usize, *mut c_void) {
    // SAFETY: as above: one of the registry's statics.
    let record: &'static Thread = unsafe { &*record.cast() };
    let argument = core::ptr::with_exposed_provenance_mut(record.argument.load(Ordering::Relaxed));
    // SAFETY: no arguments.
    let handle = unsafe { libc::pthread_self() };
    let handle = usize::try_from(handle).unwrap_or(0);
    if !page::is_original() {
        threads::takes_name(handle);
    }
    record.argument.store(handle, Ordering::Relaxed);
    threads::begin(record);
    (record.start.load(Ordering::Relaxed), argument)
}

extern "C" fn thread_ends() {
    mask::leaves();
    threads::leaves();
}

extern "C" fn thread_is_cancelled() {
    threads::may_end_unseen();
}

hook! {
    /// Its record is given back here, as where the routine returns.
    noting thread_ends:
    unsafe fn pthread_exit;
}

hook! {
    /// Where and when that thread ends nobody tells us.
    noting thread_is_cancelled:
    unsafe fn pthread_cancel;
}
