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
//! A visitor's parent may itself be a copy that has not looked at the page yet. Then the page says
//! "copy" to both, and whether memory is shared with the parent process decides (kcmp(2)).
//!
//! # Safety
//! One pointer to a page that is mapped once and never unmapped.
#![allow(unsafe_code)]

use crate::settings::Identity;
use crate::sys::call::Errno;
use super::birth;
use crate::sys::{compare, memory, process};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// Set in the page's epoch when a vfork-like child may be at work in this memory: no fast path matches then, so
/// each call asks who it is. The owner takes it away at its next such call; a vfork suspends the caller, so
/// only another thread of the owner can take it away too early.
pub const VISITED: u32 = 1 << 31;

/// The first words of the page.
#[repr(C)]
pub struct Page {
    /// 0 in a process that has not settled.
    epoch: AtomicU32,
    /// The process that settled, valid while `epoch` is not 0.
    pid: AtomicU32,
}

/// In use until the real page is mapped, and where the kernel has no such page.
static ORDINARY: Page = Page { epoch: AtomicU32::new(0), pid: AtomicU32::new(0) };
/// Where the page is. The hooks that make vfork-like children set [`VISITED`] through it.
pub static PAGE: AtomicPtr<Page> = AtomicPtr::new((&raw const ORDINARY).cast_mut());
/// The highest epoch any ancestor has taken: ordinary memory, so a child continues the count.
static LINEAGE: AtomicU32 = AtomicU32::new(0);
/// Which kind of fork empties an `ORDINARY` page.
static BY_ATFORK: AtomicBool = AtomicBool::new(true);
static BY_HOOK: AtomicBool = AtomicBool::new(true);

#[inline]
fn page() -> &'static Page {
    // SAFETY: `PAGE` points to `ORDINARY` or to a page that `open` mapped for good.
    unsafe { &*PAGE.load(Ordering::Acquire) }
}

/// The page's word, compared with recorded epochs by the hooks' fast paths: one load.
#[inline]
#[must_use]
pub fn word() -> u32 {
    page().epoch.load(Ordering::Acquire)
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
    let page = page();
    let epoch = page.epoch.fetch_and(!VISITED, Ordering::AcqRel) & !VISITED;
    if epoch != 0 {
        return Verdict::Owner(epoch);
    }
    // Two threads may get here at once: each takes a number of its own, one of them lands in the page, and
    // `LINEAGE` is never behind it, not even in a child forked between these lines.
    let mine = LINEAGE.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
    page.pid.store(process::pid(), Ordering::Release);
    match page.epoch.compare_exchange(0, mine, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Verdict::Owner(mine),
        Err(theirs) => Verdict::Owner(theirs & !VISITED),
    }
}

/// Is this a vfork-like child in its parent's memory? Costs a `getpid`, and writes nothing.
#[must_use]
pub fn is_visitor() -> bool {
    let page = page();
    let pid = process::pid();
    if now() != 0 {
        return page.pid.load(Ordering::Relaxed) != pid;
    }
    birth::pid() != pid && LINEAGE.load(Ordering::Relaxed) != 0 && shares_memory_with_parent()
}

fn shares_memory_with_parent() -> bool {
    let parent = process::parent();
    match compare::same_memory(parent) {
        Ok(shared) => shared,
        Err(Errno(libc::ESRCH)) => false,
        // No kcmp here. A visitor's parent is the process that libc's fork made last; a raw fork of that
        // process looks the same. In doubt, leave alone.
        Err(_) => birth::pid() == parent,
    }
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
        Identity::Auto | Identity::Wipe => wiped_page(),
        Identity::Atfork | Identity::Hook => Ok(()),
    };
    let _owner = settle();
    wiped
}

fn wiped_page() -> Result<(), Errno> {
    let fresh = memory::reserve(memory::PAGE)?;
    memory::wipe_on_fork(fresh)?;
    PAGE.store(fresh.cast(), Ordering::Release);
    Ok(())
}

/// The atfork child handler ran.
pub fn born() {
    if BY_ATFORK.load(Ordering::Relaxed) {
        wipe();
    }
}

/// The `fork` hook returned in the child.
pub fn hooked_fork_returned() {
    if BY_HOOK.load(Ordering::Relaxed) {
        wipe();
    }
}

/// Stands in for the kernel where the page is an ordinary one.
fn wipe() {
    let page = page();
    if core::ptr::eq(page, &raw const ORDINARY) && page.pid.load(Ordering::Relaxed) != process::pid() {
        page.epoch.store(0, Ordering::Release);
    }
}
