//! `pthread_rwlock_t`. libc knows who has it for writing. Who has it for reading, and how often, we note: each
//! thread in its own record, so that a program without such locks pays nothing.
//!
//! # Safety
//! The program's lock, and libc's unlock of it.
#![allow(unsafe_code)]

use super::super::adopted_lock::adopt;
use super::super::holder::{self, Gone, Holder};
use super::{Orphan, Verdict, judge, judge_doubtful};
use crate::hazards::arrival::arrived;
use crate::ident::{kin, page};
use crate::registry::threads::{self, Thread};
use crate::sys::pthread::RwLock;
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use libc::pthread_rwlock_t;

/// libc's `pthread_rwlock_unlock`.
pub type Unlock = unsafe extern "C-unwind" fn(*mut pthread_rwlock_t) -> c_int;

/// The calling thread has taken `place` for reading.
#[inline]
pub fn taken_for_reading(place: *mut pthread_rwlock_t) {
    if let Some(thread) = threads::own() {
        thread.reads(place.addr());
    }
}

/// The calling thread is about to unlock `place`.
///
/// # Safety
/// `place` is the program's argument of that call.
#[inline]
pub unsafe fn before_unlock(place: *mut pthread_rwlock_t, call: &'static str) {
    if !page::is_original() && !place.is_null() && arrived(call) {
        // SAFETY: the caller's promise.
        let lock = unsafe { RwLock::at(place) };
        let writer = lock.writer.load(Ordering::Relaxed);
        if writer != 0 && writer != kin::id() && !lock.is_shared() && matches!(holder::of(writer), Holder::Ours) {
            adopt(place.addr(), writer, call, |new| lock.pass_on(writer, new));
        }
    }
    if let Some(thread) = threads::own() {
        thread.reads_no_more(place.addr());
    }
}

/// What a copy wants of a lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// To read.
    Read,
    /// To write.
    Write,
}

/// A copy is about to take `place` through `call`.
///
/// # Safety
/// `place` is the program's argument of that call.
#[inline]
pub unsafe fn before_lock(
    place: *mut pthread_rwlock_t,
    wants: Wants,
    call: &'static str,
    unlock: Unlock,
) -> Verdict {
    if !arrived(call) || place.is_null() {
        return Verdict::Go;
    }
    // SAFETY: the caller's promise.
    let lock = unsafe { RwLock::at(place) };
    let free = !lock.is_claimed() && (wants == Wants::Read || lock.read_locks() == 0);
    if free || lock.is_shared() {
        return Verdict::Go;
    }
    // SAFETY: as above.
    unsafe { meet(place, lock, call, unlock) }
}

/// # Safety
/// As `before_lock`.
#[cold]
#[inline(never)]
unsafe fn meet(place: *mut pthread_rwlock_t, lock: &RwLock, call: &'static str, unlock: Unlock) -> Verdict {
    let address = place.addr();
    let orphan = |gone| Orphan { kind: "rwlock", address, gone, call };
    let writer = lock.writer.load(Ordering::Acquire);
    if writer != 0 {
        return match holder::of(writer) {
            Holder::Here => Verdict::Go,
            Holder::Ours => {
                adopt(address, writer, call, |new| lock.pass_on(writer, new));
                Verdict::Go
            }
            // In its name, so that libc wakes those who wait.
            // SAFETY: the caller's promise; this thread has just become the writer.
            Holder::Gone(gone) => judge(orphan(gone), || lock.pass_on(writer, kin::id()) && unsafe { unlock(place) == 0 }),
        };
    }
    let held = |thread: &Thread| thread.read_locks(address);
    let here: u32 = threads::here().map(held).sum();
    let reader = threads::vanished().find(|thread| held(thread) != 0);
    let alone = page::get().threaded.load(Ordering::Relaxed) == 0;
    let known = !threads::own().is_some_and(|thread| thread.overflowed.load(Ordering::Relaxed) != 0);
    // One thread, and the lock is held more often than that thread holds it.
    if alone && known && (lock.read_locks() > here || lock.is_claimed()) {
        let gone = reader.map_or(Gone { id: 0, thread: None }, Gone::from);
        return judge(orphan(gone), || {
            lock.reset(here);
            forget_readers(address);
            true
        });
    }
    match reader {
        // One by one, in the readers' names.
        // SAFETY: the caller's promise; each was taken and is given back once.
        Some(reader) if !lock.is_claimed() => judge(orphan(Gone::from(reader)), || {
            forget_readers(address) && {
                let mut left = lock.read_locks().saturating_sub(here);
                while left != 0 {
                    left -= 1;
                    unsafe { unlock(place) };
                }
                true
            }
        }),
        Some(reader) => judge_doubtful(orphan(Gone::from(reader))),
        None => Verdict::Go,
    }
}

/// The vanished threads read no more; `false` if that was so already.
fn forget_readers(address: usize) -> bool {
    let mut any = false;
    for thread in threads::vanished() {
        while thread.read_locks(address) != 0 {
            thread.reads_no_more(address);
            any = true;
        }
    }
    any
}
