//! `pthread_mutex_t`, of every type that libc writes an owner into.
//!
//! # Safety
//! The program's mutex, and libc's unlock of it.
#![allow(unsafe_code)]

use super::super::adopted_lock::adopt;
use super::super::holder::{self, Gone, Holder};
use super::{Orphan, Verdict, judge, judge_doubtful};
use crate::hazards::arrival::{arrived, is_alone};
use crate::ident::kin;
use crate::sys::pthread::{Kind, LibcMutex};
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use libc::pthread_mutex_t;

/// libc's `pthread_mutex_unlock`.
pub type Unlock = unsafe extern "C-unwind" fn(*mut pthread_mutex_t) -> c_int;

/// A copy is about to lock `place` through `call`.
///
/// # Safety
/// `place` is the program's argument of that call.
#[inline]
pub unsafe fn before_lock(place: *mut pthread_mutex_t, call: &'static str, unlock: Unlock) -> Verdict {
    if !arrived(call) || place.is_null() {
        return Verdict::Go;
    }
    // SAFETY: the caller's promise.
    let mutex = unsafe { LibcMutex::at(place) };
    if mutex.lock.load(Ordering::Relaxed) == 0 || mutex.owner.load(Ordering::Relaxed) == kin::id() {
        return Verdict::Go;
    }
    // SAFETY: as above.
    unsafe { meet(place, mutex, call, unlock) }
}

/// A copy is about to unlock `place`, or to wait on a condition variable with it.
///
/// # Safety
/// `place` is the program's argument of that call.
#[inline]
pub unsafe fn before_unlock(place: *mut pthread_mutex_t, call: &'static str) {
    if !arrived(call) || place.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let mutex = unsafe { LibcMutex::at(place) };
    // Only these types look at their owner.
    if mutex.kind() == Kind::Owned && mutex.owner.load(Ordering::Relaxed) != kin::id() {
        take_over(place, mutex, call);
    }
}

#[cold]
#[inline(never)]
fn take_over(place: *mut pthread_mutex_t, mutex: &LibcMutex, call: &'static str) {
    let owner = mutex.owner.load(Ordering::Relaxed);
    if owner != 0 && matches!(holder::of(owner), Holder::Ours) {
        adopt(place.addr(), owner, call, |new| mutex.pass_on(owner, new));
    }
}

/// # Safety
/// As `before_lock`.
#[cold]
#[inline(never)]
unsafe fn meet(
    place: *mut pthread_mutex_t,
    mutex: &LibcMutex,
    call: &'static str,
    unlock: Unlock,
) -> Verdict {
    let owner = mutex.owner.load(Ordering::Acquire);
    if mutex.kind() == Kind::Other {
        return Verdict::Go;
    }
    let orphan = |gone| Orphan { kind: "mutex", address: place.addr(), gone, call };
    if owner == 0 {
        // Taken, and its owner not written yet: by a thread that vanished between the two.
        let still = || mutex.lock.load(Ordering::Relaxed) != 0 && mutex.owner.load(Ordering::Relaxed) == 0;
        return if is_alone() && still() {
            judge_doubtful(orphan(Gone { id: 0, thread: None }))
        } else {
            Verdict::Go
        };
    }
    match holder::of(owner) {
        Holder::Here => Verdict::Go,
        Holder::Ours => {
            adopt(place.addr(), owner, call, |new| mutex.pass_on(owner, new));
            Verdict::Go
        }
        // A thread of ours has let go of it and ended, meanwhile.
        Holder::Gone(_) if mutex.owner.load(Ordering::Acquire) != owner => Verdict::Go,
        // In the vanished thread's name: libc itself then wakes those of our threads that wait for it.
        Holder::Gone(gone) => judge(orphan(gone), || {
            mutex.pass_on(owner, kin::id()) && {
                if mutex.kind() == Kind::Owned {
                    mutex.count.store(1, Ordering::Relaxed);
                }
                // SAFETY: the caller's promise; this thread has just become its owner.
                unsafe { unlock(place) == 0 }
            }
        }),
    }
}
