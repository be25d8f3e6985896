//! `sem_t`, where it is used as a lock: made with the value 1, taken and given back by the same thread.
//!
//! libc keeps no owner and leaves half of the structure unused; there we write who took it. A semaphore
//! that begins with another value, or is ever given back by a thread that has not taken it, counts things
//! or carries signals, and is none of our business.
//!
//! # Safety
//! The program's semaphore, and libc's post of it.
#![allow(unsafe_code)]

use super::super::holder::{self, Holder};
use super::{Orphan, Verdict, judge};
use crate::hazards::arrival::arrived;
use crate::ident::{kin, page};
use crate::sys::pthread::Semaphore;
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use libc::sem_t;

/// libc's `sem_post`.
pub type Post = unsafe extern "C-unwind" fn(*mut sem_t) -> c_int;

/// A copy, or any process, is about to wait for `place`, which is marked, through `call`.
///
/// # Safety
/// `place` is the program's argument of that call.
#[inline]
pub unsafe fn before_wait(place: *mut sem_t, call: &'static str, post: Post) -> Verdict {
    if page::is_original() || !arrived(call) {
        return Verdict::Go;
    }
    // SAFETY: the caller's promise.
    let semaphore = unsafe { Semaphore::at(place) };
    let owner = semaphore.owner.load(Ordering::Relaxed);
    if semaphore.is_free() || owner == 0 {
        return Verdict::Go;
    }
    let Holder::Gone(gone) = holder::of(owner) else { return Verdict::Go };
    // A thread of ours has given it back and ended, meanwhile.
    if semaphore.owner.load(Ordering::Acquire) != owner || semaphore.is_free() {
        return Verdict::Go;
    }
    judge(Orphan { kind: "semaphore", address: place.addr(), gone, call }, || {
        let mine = semaphore.owner.compare_exchange(owner, 0, Ordering::AcqRel, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        mine.is_ok() && unsafe { post(place) == 0 }
    })
}

/// The calling thread has taken `place`, which is marked.
///
/// # Safety
/// As `before_wait`.
#[inline]
pub unsafe fn taken(place: *mut sem_t) {
    // SAFETY: the caller's promise; who has just taken a semaphore may still touch it.
    unsafe { Semaphore::at(place) }.owner.store(kin::id(), Ordering::Relaxed);
}

/// Somebody is about to give `place` back, which is marked. Before the post: after it, it may be gone.
///
/// # Safety
/// As `before_wait`.
#[inline]
pub unsafe fn before_post(place: *mut sem_t) {
    // SAFETY: the caller's promise.
    let semaphore = unsafe { Semaphore::at(place) };
    let owner = semaphore.owner.load(Ordering::Relaxed);
    if owner == kin::id() || owner != 0 && kin::was_survivor(owner) {
        semaphore.owner.store(0, Ordering::Relaxed);
    } else {
        // Given by a thread that has not got it: it carries a signal, and is no lock.
        semaphore.mark(false);
    }
}
