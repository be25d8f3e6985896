//! `pthread_rwlock_t`. libc knows who has it for writing. Who has it for reading, and how often, and who waits to
//! write, we note: each thread in its own record, so that a program without such locks pays nothing.
//!
//! # Safety
//! The program's lock, and libc's unlock of it.
#![allow(unsafe_code)]

use super::super::adopted_lock::adopt;
use super::super::holder::{self, Gone, Holder};
use super::{Orphan, Verdict, judge, judge_doubtful};
use crate::hazards::arrival::{arrived, is_alone};
use crate::ident::{kin, page};
use crate::registry::threads::{self, Thread};
use crate::sys::memory;
use crate::sys::pthread::LibcRwLock;
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
        let lock = unsafe { LibcRwLock::at(place) };
        let writer = lock.writer.load(Ordering::Relaxed);
        if writer != 0 && !lock.is_shared() {
            if writer != kin::id() && matches!(holder::of(writer), Holder::Ours) {
                adopt(place.addr(), writer, call, |new| lock.pass_on(writer, new));
            }
            forget_queue(lock, place.addr());
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
    let lock = unsafe { LibcRwLock::at(place) };
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
unsafe fn meet(
    place: *mut pthread_rwlock_t,
    lock: &LibcRwLock,
    call: &'static str,
    unlock: Unlock,
) -> Verdict {
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
            // A thread of ours has let go of it and ended, meanwhile.
            Holder::Gone(_) if lock.writer.load(Ordering::Acquire) != writer => Verdict::Go,
            // In its name, so that libc wakes those who wait.
            Holder::Gone(gone) => judge(orphan(gone), || {
                lock.pass_on(writer, kin::id()) && {
                    forget_queue(lock, address);
                    // SAFETY: the caller's promise; this thread has just become the writer.
                    unsafe { unlock(place) == 0 }
                }
            }),
        };
    }
    let held = |thread: &Thread| thread.read_locks(address);
    let here: u32 = threads::here().map(held).sum();
    let reader = threads::vanished().find(|thread| held(thread) != 0).filter(|_| lock.read_locks() > here);
    let waits = |thread: &&Thread| thread.waits_for.load(Ordering::Acquire) == address;
    let waiter = threads::vanished().find(waits).filter(|_| lock.is_claimed());
    let known = threads::own().is_none_or(|thread| thread.overflowed.load(Ordering::Relaxed) == 0);
    // One thread, and the lock is held more often than that thread holds it.
    if known && (lock.read_locks() > here || lock.is_claimed()) && is_alone() {
        let Some(thread) = reader.or(waiter) else {
            // Taken by a call that we did not see, perhaps by this very thread.
            return judge_doubtful(orphan(Gone { id: 0, thread: None }));
        };
        return judge(orphan(Gone::from(thread)), || {
            lock.reset(here);
            let _all_gone = (forget_readers(address), forget_claims(address));
            true
        });
    }
    let pending = |thread: &&'static Thread| thread.pending.load(Ordering::Relaxed) != 0;
    let claimant = threads::vanished().filter(waits).find(pending).filter(|_| lock.is_claimed());
    let Some(gone) = reader.or(claimant).map(Gone::from) else { return Verdict::Go };
    // In the names of those who are gone: libc itself then wakes those of our threads that wait.
    judge(orphan(gone), || {
        let (readers, writers) = (forget_readers(address), forget_claims(address));
        // One of them has the claim, the others are in the queue.
        lock.forget_writers(writers.saturating_sub(1));
        for _ in 0..readers {
            // SAFETY: the caller's promise; each was taken once, and is given back once.
            unsafe { unlock(place) };
        }
        // It may have been handed the lock just now.
        if claimant.is_some()
            && writers != 0
            && lock.is_claimed()
            && !lock.drop_claim()
            && lock.pass_on(0, kin::id())
        {
            // SAFETY: the caller's promise; this thread has just become the writer.
            unsafe { unlock(place) };
        }
        readers + writers != 0
    })
}

/// Writers in the queue that are not here must not be handed the lock when its owner lets go.
fn forget_queue(lock: &LibcRwLock, address: usize) {
    if page::get().claims.load(Ordering::Relaxed) == 0 {
        return;
    }
    let count = forget_claims(address);
    if count != 0 {
        lock.forget_writers(count);
    }
}

/// A copy is about to make its first thread: from now on a claim without an owner may be a living thread's. Read with
/// care: the memory may be gone.
pub fn note_claims() {
    for thread in threads::vanished() {
        let address = thread.waits_for.load(Ordering::Relaxed);
        if address == 0 {
            continue;
        }
        let mut words = [0_u8; size_of::<LibcRwLock>()];
        if memory::copy(address, &mut words).is_some() && LibcRwLock::is_claim_without_owner(&words) {
            thread.pending.store(1, Ordering::Relaxed);
        }
    }
}

/// The vanished threads read no more; answers how many read locks that were.
fn forget_readers(address: usize) -> u32 {
    threads::vanished().map(|thread| thread.forget(address)).sum()
}

/// The vanished threads wait no more to write; answers how many that were.
fn forget_claims(address: usize) -> u32 {
    let taken = |thread: &&Thread| {
        thread.waits_for.compare_exchange(address, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    };
    u32::try_from(threads::vanished().filter(taken).count()).unwrap_or(0)
}

/// A copy makes the lock at `place` anew, or has done with it: nobody who is gone has it any more.
#[cold]
pub fn made_anew(place: *mut pthread_rwlock_t) {
    if kin::survivor() != 0 {
        let _all_gone = (forget_readers(place.addr()), forget_claims(place.addr()));
    }
}

/// The calling thread is about to take `place` for writing, or, with null, has it or has given up.
#[inline]
pub fn wants_to_write(place: *mut pthread_rwlock_t) {
    if let Some(thread) = threads::own() {
        thread.waits_for.store(place.addr(), Ordering::Release);
    }
}
