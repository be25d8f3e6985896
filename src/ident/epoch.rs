//! The epoch: a number that every real copy of a process finds at zero.
//!
//! It lives in a page with `MADV_WIPEONFORK`, so `fork`, `_Fork`, raw clone, `daemon` and `forkpty`
//! are all seen with one load and no hook. Three verdicts follow:
//!
//! | page   | `getpid()` | verdict                                                             |
//! |--------|------------|---------------------------------------------------------------------|
//! | intact | as stored  | the same process                                                    |
//! | wiped  | any        | a real copy: what was recorded before is inherited                  |
//! | intact | differs    | a visitor: a vfork or `CLONE_VM` child at work in its parent's memory |
//!
//! The hooks of vfork settle the page before they vfork, so that the last case can be told. A vfork made past
//! them, by a copy that has not settled, leaves "wiped" to both; whether memory is shared with the parent
//! process decides then (kcmp(2)).
//!
//! # Safety
//! One pointer to a word that is never unmapped.
#![allow(unsafe_code)]

use super::thread::{self, Word};
use super::{birth, page};
use crate::settings::Identity;
use crate::sys::call::Errno;
use crate::sys::{compare, process};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// Set in the page's epoch when a vfork-like child may be at work in this memory: no fast path matches then, so
/// each call asks who it is. The owner takes it away at its next such call; a vfork suspends the caller, so
/// only another thread of the owner can take it away too early.
pub const VISITED: u32 = 1 << 31;

/// What a child goes on from: ordinary memory.
pub struct Lineage {
    /// The highest epoch any ancestor has taken.
    count: AtomicU32,
    /// The process that took it.
    last: AtomicU32,
    /// The process that took the one before.
    before: AtomicU32,
}

static FIRST: Lineage =
    Lineage { count: AtomicU32::new(0), last: AtomicU32::new(0), before: AtomicU32::new(0) };
static LINEAGE: AtomicPtr<Lineage> = AtomicPtr::new((&raw const FIRST).cast_mut());
/// Which kind of fork empties an `ORDINARY` page.
static BY_ATFORK: AtomicBool = AtomicBool::new(true);
static BY_HOOK: AtomicBool = AtomicBool::new(true);

/// The page's word, compared with recorded epochs by the hooks' fast paths: one load.
#[inline]
#[must_use]
pub fn word() -> u32 {
    page::epoch()
}

/// The epoch of this process, 0 while it has not settled.
#[must_use]
pub fn now() -> u32 {
    word() & !VISITED
}

/// Who is asking?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The process this memory belongs to, in the epoch named.
    Owner(u32),
    /// A vfork-like child in its parent's memory: change no record, pass the call through.
    Visitor,
}

/// Decides, and gives a copy that asks for the first time an epoch of its own. Costs a `getpid`.
#[must_use]
pub fn settle() -> Verdict {
    if is_visitor() {
        return Verdict::Visitor;
    }
    let word = page::get().epoch.fetch_and(!VISITED, Ordering::AcqRel);
    // Neither 0 nor visited.
    if word.cast_signed() > 0 { Verdict::Owner(word) } else { Verdict::Owner(resettle(word & !VISITED)) }
}

#[cold]
#[inline(never)]
fn resettle(epoch: u32) -> u32 {
    if epoch == 0 {
        return take_epoch();
    }
    refresh();
    epoch
}

/// Brings the word that waits compare with up to date: to be called when the epoch changes, or what is calm.
pub fn refresh() {
    let page = page::get();
    let wanted = || {
        let word = word();
        let shut = word == 0 || word & VISITED != 0 || page.calm.load(Ordering::SeqCst) == 0;
        if shut { 0 } else { !word }
    };
    loop {
        let passes = wanted();
        if page.passes.load(Ordering::SeqCst) != passes {
            page.passes.store(passes, Ordering::SeqCst);
        }
        // Another thread may have changed the one or the other meanwhile, and looked before we stored.
        if wanted() == passes {
            return;
        }
    }
}

/// Two threads may get here at once: each takes a number of its own, one of them lands in the page, and `LINEAGE`
/// is never behind it, not even in a child forked between these lines.
fn take_epoch() -> u32 {
    let page = page::get();
    let pid = process::pid();
    let lineage = lineage();
    let mine = lineage.count.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
    let last = lineage.last.swap(pid, Ordering::Relaxed);
    if last != pid {
        lineage.before.store(last, Ordering::Relaxed);
    }
    page.pid.store(pid, Ordering::Release);
    let taken = page.epoch.compare_exchange(0, mine, Ordering::AcqRel, Ordering::Acquire);
    // What a wait handed out before the fork is the parent's to work through.
    thread::set(Word::BatchCount, 0);
    let _unless_threaded = page.handed_out.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
    refresh();
    match taken {
        Ok(_) => mine,
        Err(theirs) => theirs & !VISITED,
    }
}

/// Is this a vfork-like child in its parent's memory? Costs a `getpid`; a child that libc's fork did not make asks
/// the kernel once, and settles.
#[must_use]
pub fn is_visitor() -> bool {
    let page = page::get();
    let pid = process::pid();
    if now() != 0 {
        return page.pid.load(Ordering::Relaxed) != pid;
    }
    if birth::was_seen() || lineage().count.load(Ordering::Relaxed) == 0 {
        return false;
    }
    let visitor = compare::same_memory(process::parent()) == Ok(true);
    if !visitor {
        let _epoch = take_epoch();
    }
    visitor
}

/// The last process before this one that settled; usually the one that forked it. 0 for none.
#[must_use]
pub fn maker() -> u32 {
    let lineage = lineage();
    if now() == 0 { &lineage.last } else { &lineage.before }.load(Ordering::Relaxed)
}

fn lineage() -> &'static Lineage {
    // SAFETY: `FIRST`, or what `count_at` was given for good.
    unsafe { &*LINEAGE.load(Ordering::Acquire) }
}

/// Continues the count in a place that lies in a page each settling process writes anyway. It holds zeroes.
pub fn count_at(place: &'static Lineage) {
    let now = lineage();
    place.count.store(now.count.load(Ordering::Acquire), Ordering::Release);
    place.last.store(now.last.load(Ordering::Acquire), Ordering::Release);
    LINEAGE.store(core::ptr::from_ref(place).cast_mut(), Ordering::Release);
}

/// A vfork-like child is about to be made: from now on it can be told from its parent.
pub fn expect_visitor() {
    let _owner = settle();
    page::get().epoch.fetch_or(VISITED, Ordering::AcqRel);
    refresh();
}

/// Is this process a copy of another that had us in it?
#[must_use]
pub fn is_copy() -> bool {
    now() != 1
}

/// Maps the page and takes the first epoch. A second call changes nothing.
///
/// # Errors
/// When forks other than those of `fork`, `daemon` and `forkpty` will go unseen, because the kernel
/// does not wipe pages.
pub fn open(identity: Identity) -> Result<(), Errno> {
    if now() != 0 {
        return Ok(());
    }
    BY_ATFORK.store(matches!(identity, Identity::Auto | Identity::Atfork), Ordering::Relaxed);
    BY_HOOK.store(matches!(identity, Identity::Auto | Identity::Hook), Ordering::Relaxed);
    let wiped = match identity {
        Identity::Auto | Identity::Wipe => page::map(),
        Identity::Atfork | Identity::Hook => Ok(()),
    };
    let _owner = settle();
    wiped
}

/// The atfork child handler ran.
#[inline(always)]
pub fn born() {
    if !page::is_wiped_by_kernel() {
        wipe_if(&BY_ATFORK);
    }
}

/// The `fork` hook returned in the child.
#[inline(always)]
pub fn hooked_fork_returned() {
    if !page::is_wiped_by_kernel() {
        wipe_if(&BY_HOOK);
    }
}

/// Both may be told of one fork: the second finds a process that has settled already.
#[cold]
#[inline(never)]
fn wipe_if(told: &AtomicBool) {
    if told.load(Ordering::Relaxed) && page::get().pid.load(Ordering::Relaxed) != process::pid() {
        page::wipe();
    }
}
