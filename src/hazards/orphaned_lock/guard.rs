//! The guard of a C++ static made at first use. A thread that vanished while it made one leaves every later
//! visitor waiting. Reset, the constructor runs again, as `pthread_once` does after a fork.
//!
//! # Safety
//! The program's guard.
#![allow(unsafe_code)]

use super::super::holder::{self, Holder};
use super::{Orphan, Verdict, judge};
use crate::hazards::arrival::arrived;
use crate::ident::{kin, page};
use crate::sys::pthread::Guard;
use core::sync::atomic::Ordering;

/// `__cxa_guard_acquire` of `place`.
pub const CALL: &str = "__cxa_guard_acquire";

/// The calling thread asks whether it is to make the static of `place`.
///
/// # Safety
/// `place` is the program's argument of [`CALL`].
pub unsafe fn before_acquire(place: *mut u64) -> Verdict {
    // SAFETY: the caller's promise.
    let guard = unsafe { Guard::at(place) };
    if page::is_original() || !guard.is_pending() || !arrived(CALL) {
        return Verdict::Go;
    }
    let maker = guard.maker.load(Ordering::Relaxed);
    if maker == 0 {
        return Verdict::Go;
    }
    let Holder::Gone(gone) = holder::of(maker) else { return Verdict::Go };
    // A thread of ours has made it and ended, meanwhile.
    if guard.maker.load(Ordering::Acquire) != maker || !guard.is_pending() {
        return Verdict::Go;
    }
    judge(Orphan { kind: "guard of a static", address: place.addr(), gone, call: CALL }, || {
        let mine =
            guard.maker.compare_exchange(maker, kin::id(), Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if mine {
            guard.reset();
        }
        mine
    })
}

/// It is.
///
/// # Safety
/// As `before_acquire`.
pub unsafe fn acquired(place: *mut u64) {
    // SAFETY: the caller's promise; libstdc++ leaves the upper half alone.
    unsafe { Guard::at(place) }.maker.store(kin::id(), Ordering::Relaxed);
}
