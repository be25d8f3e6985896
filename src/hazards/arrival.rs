//! A copy of a process looks round: who came through the fork, and who did not.
//!
//! At the first call that a child of a threaded process is not promised (signal-safety(7)), not at the fork: a
//! child that execs pays nothing.
//!
//! # Safety
//! One section attribute.
#![allow(unsafe_code)]

use super::{reentrant_sigchld, trampoline, vanished_threads};
use crate::ident::{birth, epoch, kin, page};
use crate::registry::{requests, table, threads};
use crate::sys::{options, process};
use core::sync::atomic::Ordering;

/// Is this a copy, which has looked round? `false` in the process that loaded the library, in a vfork child at
/// work in its parent's memory, and before the constructor has run.
#[inline]
#[must_use]
pub fn arrived(call: &'static str) -> bool {
    let page = page::get();
    if page.told.load(Ordering::Acquire) != 0 {
        return page.original.load(Ordering::Relaxed) == 0;
    }
    arrive(call)
}

#[cold]
#[inline(never)]
fn arrive(call: &'static str) -> bool {
    if !settle() {
        return false;
    }
    let page = page::get();
    let lost = page.lost.load(Ordering::Relaxed);
    // What a library's atfork handler calls says nothing about what the program will do: it may exec at once.
    if lost != 0 && birth::in_handlers() {
        return true;
    }
    becomes_calm();
    if page.told.swap(1, Ordering::AcqRel) == 0 && lost != 0 {
        vanished_threads::met(call);
    }
    true
}

/// Did this copy, or one it came from, leave threads behind? Asked after [`arrived`].
#[inline]
#[must_use]
pub fn lacks_threads() -> bool {
    page::get().lacking.load(Ordering::Relaxed) != 0
}

/// Is a wait for events nothing to look at?
#[inline(always)]
#[must_use]
pub fn is_calm() -> bool {
    page::get().calm.load(Ordering::Relaxed) != 0
}

/// Is there nothing to be learnt from what the process waits for?
#[inline(always)]
#[must_use]
pub fn has_waited() -> bool {
    page::get().has_waited.load(Ordering::Relaxed) != 0
}

fn becomes_calm() {
    let page = page::get();
    page.has_waited.store(1, Ordering::Relaxed);
    // A wait is where what was held back arrives.
    if !reentrant_sigchld::holds() {
        page.calm.store(1, Ordering::Relaxed);
        epoch::refresh();
    }
}

/// A copy waits for events, which is promised: only one that lacks threads and goes on living is worth a word.
#[cold]
#[inline(never)]
#[cfg_attr(not(test), unsafe(link_section = ".text_fork"))]
pub fn waits(call: &'static str) {
    if has_waited() {
        return;
    }
    // A fork that no hook saw may have been the first.
    trampoline::expect_copy();
    if birth::was_alone() {
        becomes_calm();
        return;
    }
    waits_without(call);
}

#[cold]
#[inline(never)]
fn waits_without(call: &'static str) {
    let page = page::get();
    if !settle() {
        return;
    }
    // Milliseconds, never 0.
    let now = u32::try_from((process::now_us() / 1000) & 0x7fff_ffff).unwrap_or(0) | 1;
    let first = page.first_wait.load(Ordering::Relaxed);
    let lasting = first != 0 && now.wrapping_sub(first) & 0x7fff_ffff >= options::get().grace_ms;
    if first == 0 {
        page.first_wait.store(now, Ordering::Relaxed);
    }
    if lasting || page.lost.load(Ordering::Relaxed) == 0 || page.told.load(Ordering::Relaxed) != 0 {
        becomes_calm();
        let _copy = arrive(call);
    }
}

fn settle() -> bool {
    if kin::survivor() != 0 {
        return true;
    }
    let page = page::get();
    // The thread that came through a fork has the process's id; only it knows what it held. Another is here before
    // it only if nobody saw it made.
    let is_copy = table::capacity() != 0
        && page.original.load(Ordering::Relaxed) == 0
        && process::thread() == process::pid()
        && matches!(epoch::settle(), epoch::Verdict::Owner(_));
    if !is_copy {
        return false;
    }
    // Before our own record moves to this process.
    let lost = threads::lost();
    page.lost.store(lost, Ordering::Relaxed);
    threads::settle();
    // libc's own threads have no record: their requests have.
    let looked_up = requests::any_lookup_left(epoch::now());
    let tainted = looked_up || threads::vanished().any(threads::Thread::is_in);
    page.tainted.store(u32::from(tainted), Ordering::Relaxed);
    let lacking = looked_up || threads::vanished().next().is_some();
    page.lacking.store(u32::from(lacking), Ordering::Relaxed);
    let claims = threads::vanished().any(|thread| thread.waits_for.load(Ordering::Relaxed) != 0);
    page.claims.store(u32::from(claims), Ordering::Relaxed);
    page.waited.store(u32::try_from(kin::waited_us()).unwrap_or(u32::MAX), Ordering::Relaxed);
    kin::settle();
    true
}

/// Has this copy no thread but the calling one?
#[must_use]
pub fn is_alone() -> bool {
    const LOOKS: u32 = 20;
    const PAUSE_US: u64 = 50;
    // A vfork child has one thread, and works in the memory of others.
    if epoch::is_visitor() {
        return false;
    }
    if page::get().threaded.load(Ordering::Relaxed) == 0 {
        // Threads that no pthread_create made.
        return process::threads().is_none_or(|count| count == 1);
    }
    // A thread that was joined may still be on its way out of the kernel.
    (0..LOOKS).any(|_| {
        if threads::here().count() > 1 {
            return false;
        }
        let alone = process::is_single_threaded();
        if !alone {
            process::sleep_us(PAUSE_US);
        }
        alone
    })
}
