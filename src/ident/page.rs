//! The words that every real copy of a process finds at zero.
//!
//! They lie in a page with `MADV_WIPEONFORK`. What belongs here is what a new process must not inherit:
//! its epoch, its children, what it has said. Such a page is also the cheapest place to write to around
//! a fork: the kernel does not share it with the child, so neither side pays for a copy (2 us).
//!
//! It is a static of its own page, so that a hook compares with it directly: three instructions are all a
//! lock may cost where nobody forked.
//!
//! # Safety
//! One symbol of this library, of the size and alignment declared.
#![allow(unsafe_code)]

use crate::settings::HAZARDS_MAX;
use crate::sys::call::Errno;
use crate::sys::memory;
#[cfg(target_arch = "x86_64")]
use core::arch::asm;
use core::arch::global_asm;
#[cfg(target_arch = "x86_64")]
use core::mem::offset_of;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering};

/// Children remembered by id.
pub const CHILDREN: usize = 16;
/// Earlier ids of the thread that forked, from its own forks and those before.
pub const ANCESTORS: usize = 8;
/// Live threads remembered by id.
pub const ALIVE: usize = 64;
/// Children that a wait for any child took.
pub const REAPED: usize = 64;
/// Locks that have been reported.
pub const REPORTED: usize = 16;

/// Of [`Page::left`].
pub const SOME_LEFT: u32 = 1;
/// Of [`Page::left`].
pub const NONE_LEFT: u32 = 2;

/// Zero is a value for each word. Hooks in assembly read the first.
#[repr(C, align(4096))]
pub struct Page {
    /// 1 in the process that loaded the library, 0 in every copy of it.
    pub original: AtomicU32,
    /// See `epoch`.
    pub epoch: AtomicU32,
    /// The process that settled, valid while `epoch` is not 0.
    pub pid: AtomicU32,
    /// This process has made another, in whatever way.
    pub forked: AtomicU32,
    /// The thread that is mending something, 0 for none.
    pub mender: AtomicU32,
    /// The thread that is on our own stack, 0 for none: see `sys::aside`.
    pub aside: AtomicU32,
    /// How many children were remembered.
    pub born: AtomicU32,
    /// The youngest of them, round and round.
    pub children: [AtomicU32; CHILDREN],
    /// Findings so far, by the hazard's place in the catalog.
    pub found: [AtomicU32; HAZARDS_MAX],
    /// Findings held back and not mentioned yet, likewise.
    pub held_back: [AtomicU32; HAZARDS_MAX],
    /// Of those found, how many a suppression silenced, likewise.
    pub silenced: [AtomicU32; HAZARDS_MAX],
    /// Of those held back, likewise.
    pub silenced_back: [AtomicU32; HAZARDS_MAX],
    /// The line that silenced the last of them, likewise.
    pub silenced_by: [AtomicU32; HAZARDS_MAX],
    /// Id of the thread that came through the fork, as libc has it; 0 while the copy has not looked round.
    pub survivor: AtomicU32,
    /// The ids that thread had in this process's ancestors, the youngest first.
    pub ancestors: [AtomicU32; ANCESTORS],
    /// 1 when nothing is left to be said about missing threads.
    pub told: AtomicU32,
    /// 1 when a wait for events is nothing to look at: see `arrival::waits`.
    pub calm: AtomicU32,
    /// The complement of the epoch while waits on this epoch's own pollers are nothing to look at, else 0: they compare
    /// with nothing but this. See `epoch::refresh`.
    pub passes: AtomicU32,
    /// 1 when this copy's waits have told all they can tell.
    pub has_waited: AtomicU32,
    /// 1 when reads and waits are nothing to look at: no descriptor with a state of its own was inherited, and no signal
    /// is held back.
    pub still: AtomicU32,
    /// What is left of inherited descriptors with a state: 0 nobody has looked, [`SOME_LEFT`], [`NONE_LEFT`].
    pub left: AtomicU32,
    /// 1 when polls are nothing to look at: both of these are so, and no poller is left that was inherited.
    pub plain_polls: AtomicU32,
    /// When this copy first waited for events, in milliseconds.
    pub first_wait: AtomicU32,
    /// How long the fork that made this copy waited at the gate, in microseconds.
    pub waited: AtomicU32,
    /// How many threads of the parent are not here.
    pub lost: AtomicU32,
    /// 1 if one of them was inside the resolver family.
    pub tainted: AtomicU32,
    /// 1 if this copy or one it came from left threads behind.
    pub lacking: AtomicU32,
    /// 1 if one of those waited for an rwlock, to write.
    pub claims: AtomicU32,
    /// One bit for each kind of call whose locks are known to be free here.
    pub tried: AtomicU32,
    /// 1 once this process has made a thread.
    pub threaded: AtomicU32,
    /// A removal is something to look at when the thread's last wait handed out more events than this: 1 in a process of
    /// one thread, less than any count in one of several. 0 in a copy that has not settled: then it is looked at.
    pub handed_out: AtomicI32,
    /// How many forks hold the gate of the resolver closed.
    pub gate: AtomicU32,
    /// The thread that closed it last.
    pub gater: AtomicU32,
    /// How many threads wait before it.
    pub at_gate: AtomicU32,
    /// Threads that were found alive, each at its id modulo the length.
    pub alive: [AtomicU32; ALIVE],
    /// Low half of the address of the condition variable whose ghosts are being taken off, 0 for none.
    pub clearing: AtomicU32,
    /// One bit for each signal that a thread of this process has borrowed.
    pub borrowed: [AtomicU32; 2],
    /// One bit for each signal whose inherited handler was looked after.
    pub handled: [AtomicU32; 3],
    /// Children whose status a wait for any child took, round and round.
    pub reaped: [AtomicU32; REAPED],
    /// Where that wait was, likewise.
    pub reapers: [AtomicUsize; REAPED],
    /// How many such there were.
    pub reapings: AtomicU32,
    /// Deliveries of the signals that `reentrant_sigchld` looks after.
    pub deliveries: AtomicU32,
    /// 1 when a wait of the program's has been noted since: see `reentrant_sigchld::again`.
    pub noted: AtomicU32,
    /// One bit for each signal whose handler was seen to be entered again.
    pub entered_again: [AtomicU32; 3],
    /// 1 when it was said that SIGCHLD is ignored.
    pub ignoring: AtomicU32,
    /// 1 when it was said that the resolver is left alone.
    pub mentioned: AtomicU32,
    /// Held for a moment by the threads that share the requests of `late_completion::service`.
    pub service: AtomicU32,
    /// How many threads of ours work at those, by kind.
    pub servants: [AtomicU32; 2],
    /// One bit for each kind of request of which it was said that libc's own threads are not here.
    pub unserved: AtomicU32,
    /// 1 while a thread puts another file under the log's number.
    pub rotating: AtomicU32,
    /// How many locks were reported.
    pub reports: AtomicU32,
    /// 1 while a timer may be about to send this process a signal: from alarm(2), setitimer(2), `timer_settime(2)`. `run
    /// --watch` reads it from outside.
    pub timed: AtomicU32,
    /// 1 once this process has sent descriptors to another (unix(7), `SCM_RIGHTS`). `run --watch` reads it too.
    pub passed: AtomicU32,
    /// Waits of which the kernel was asked who could end them: `lost_wait::poller`.
    pub asked: AtomicU32,
    /// Low halves of the addresses of locks that were reported, round and round.
    pub reported: [AtomicU32; REPORTED],
}

// A common symbol: the linker puts those behind all other zeroed memory, where a page with a property of its own
// makes one mapping more for a fork to copy, and not two.
global_asm!(".hidden forkproof_page", ".comm forkproof_page, 4096, 4096");

unsafe extern "C" {
    /// The page of this process: zeroed memory of the library.
    #[link_name = "forkproof_page"]
    pub safe static PAGE: Page;
}

const _: () = assert!(size_of::<Page>() == memory::PAGE);

/// Does the kernel wipe it? Beside the page: to look at the page itself is a page fault in a new process.
static WIPED: AtomicBool = AtomicBool::new(false);

/// The page of this process.
#[inline(always)]
#[must_use]
pub fn get() -> &'static Page {
    &PAGE
}

/// Is this the process that loaded the library, or a vfork child in its memory?
#[inline(always)]
#[must_use]
pub fn is_original() -> bool {
    PAGE.original.load(Ordering::Relaxed) != 0
}

/// This process is the one.
pub fn begin() {
    PAGE.told.store(1, Ordering::Relaxed);
    PAGE.calm.store(1, Ordering::Relaxed);
    PAGE.has_waited.store(1, Ordering::Relaxed);
    PAGE.still.store(1, Ordering::Relaxed);
    PAGE.plain_polls.store(1, Ordering::Relaxed);
    PAGE.left.store(NONE_LEFT, Ordering::Relaxed);
    PAGE.original.store(1, Ordering::Release);
}

/// Asks the kernel to wipe the page in every copy.
///
/// # Errors
/// When the kernel does not wipe pages (Linux before 4.14, emulators, pages larger than 4 KiB).
pub fn map() -> Result<(), Errno> {
    memory::wipe_on_fork((&raw const PAGE) as usize)?;
    WIPED.store(true, Ordering::Release);
    Ok(())
}

/// Does the kernel wipe it?
#[inline(always)]
#[must_use]
pub fn is_wiped_by_kernel() -> bool {
    WIPED.load(Ordering::Acquire)
}

/// Does what the kernel does, where it does not.
#[cold]
pub fn wipe() {
    let lists = PAGE.children.iter().chain(&PAGE.found).chain(&PAGE.held_back).chain(&PAGE.ancestors);
    let lists = lists.chain(&PAGE.alive).chain(&PAGE.reported).chain(&PAGE.borrowed).chain(&PAGE.handled);
    let lists = lists.chain(&PAGE.silenced).chain(&PAGE.silenced_back).chain(&PAGE.silenced_by);
    let lists = lists.chain(&PAGE.reaped).chain(&PAGE.entered_again).chain(&PAGE.servants);
    let words = [
        &PAGE.original,
        &PAGE.pid,
        &PAGE.forked,
        &PAGE.mender,
        &PAGE.aside,
        &PAGE.born,
        &PAGE.survivor,
        &PAGE.told,
        &PAGE.calm,
        &PAGE.passes,
        &PAGE.has_waited,
        &PAGE.still,
        &PAGE.plain_polls,
        &PAGE.left,
        &PAGE.first_wait,
        &PAGE.waited,
        &PAGE.lost,
        &PAGE.tainted,
        &PAGE.tried,
        &PAGE.lacking,
        &PAGE.claims,
        &PAGE.threaded,
        &PAGE.gate,
        &PAGE.gater,
        &PAGE.at_gate,
        &PAGE.clearing,
        &PAGE.reapings,
        &PAGE.deliveries,
        &PAGE.noted,
        &PAGE.ignoring,
        &PAGE.mentioned,
        &PAGE.service,
        &PAGE.unserved,
        &PAGE.reports,
        &PAGE.rotating,
        &PAGE.timed,
        &PAGE.passed,
        &PAGE.asked,
        &PAGE.epoch,
    ];
    for word in lists.chain(words) {
        word.store(0, Ordering::Release);
    }
    PAGE.handed_out.store(0, Ordering::Release);
}

/// The epoch's word, one instruction where the compiler would look the page up first.
#[inline(always)]
#[must_use]
pub fn epoch() -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        let epoch: u32;
        // SAFETY: loads a word of ours, which on this machine is an acquiring load.
        unsafe {
            asm!("mov {0:e}, dword ptr [rip + {1} + {2}]", out(reg) epoch, sym PAGE,
                 const offset_of!(Page, epoch), options(nostack, preserves_flags, readonly));
        }
        epoch
    }
    #[cfg(not(target_arch = "x86_64"))]
    PAGE.epoch.load(Ordering::Acquire)
}

/// [`Page::handed_out`], likewise.
#[inline(always)]
#[must_use]
pub fn handed_out() -> i32 {
    #[cfg(target_arch = "x86_64")]
    {
        let most: i32;
        // SAFETY: as in `epoch`.
        unsafe {
            asm!("mov {0:e}, dword ptr [rip + {1} + {2}]", out(reg) most, sym PAGE,
                 const offset_of!(Page, handed_out), options(nostack, preserves_flags, readonly));
        }
        most
    }
    #[cfg(not(target_arch = "x86_64"))]
    PAGE.handed_out.load(Ordering::Acquire)
}

/// This process has another thread, or is about to.
pub fn is_threaded_from_now_on() {
    PAGE.threaded.store(1, Ordering::Release);
    PAGE.handed_out.store(i32::MIN, Ordering::Release);
}
