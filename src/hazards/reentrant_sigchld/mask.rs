//! The program's view of the main thread's mask while signals are held back (`deferral`): our bit is not in it.

use super::deferral::{is_main_thread, ours};
use super::{WATCHED, bit, holds};
use crate::ident::epoch;
use crate::ident::thread::{self, Word};
use crate::sys::signals::{self, Mask};
use core::ffi::c_int;
use core::sync::atomic::{AtomicU64, Ordering};

/// Watched signals that the program itself blocks on the main thread, as far as we saw.
static BLOCKED: AtomicU64 = AtomicU64::new(0);
/// Those that it ever blocked there.
static BLOCKED_EVER: AtomicU64 = AtomicU64::new(0);

/// To be called before the program begins.
pub fn open() {
    let Mask(blocked) = signals::blocked();
    let watched = blocked & WATCHED.load(Ordering::Relaxed);
    BLOCKED.store(watched, Ordering::Relaxed);
    BLOCKED_EVER.store(watched, Ordering::Relaxed);
}

pub(super) fn is_blocked(signal: i32) -> bool {
    BLOCKED.load(Ordering::Relaxed) & bit(signal) != 0
}

/// The program may have blocked these itself.
pub(super) fn note_blocked(signals: u64) {
    BLOCKED_EVER.fetch_or(signals, Ordering::Relaxed);
}

/// Watched signals that, if blocked, are so because of us.
pub(super) fn never_blocked() -> u64 {
    WATCHED.load(Ordering::Relaxed) & !BLOCKED_EVER.load(Ordering::Relaxed)
}

/// The main thread ends before its process.
pub fn leaves() {
    if holds() && is_main_thread() {
        BLOCKED.store(u64::MAX, Ordering::Relaxed);
    }
}

/// What the program does to its mask.
#[derive(Clone, Copy)]
pub struct Change {
    how: c_int,
    /// Our bits as of before.
    hidden: u64,
    deferred: u64,
}

impl Change {
    /// The program changes its mask by `set`, or only asks for it. Answers also the set that the kernel is to get.
    #[must_use]
    pub fn begin(how: c_int, set: Option<u64>) -> (Self, Option<u64>) {
        let deferred = thread::get(Word::Deferred);
        let change = Self { how, hidden: ours(), deferred };
        // A vfork child works on a mask of its own, with our bits in it like its parent's.
        if deferred == 0 || epoch::is_visitor() {
            return (Self { deferred: 0, ..change }, set);
        }
        let set = set.map(|set| match how {
            libc::SIG_UNBLOCK => set & !deferred,
            libc::SIG_SETMASK => set | deferred,
            _ => set,
        });
        (change, set)
    }

    /// It is done: the program asked for `set`.
    pub fn done(self, set: Option<u64>) {
        let Some(set) = set else { return };
        note(self.how, set);
        if self.deferred == 0 {
            return;
        }
        let own = thread::get(Word::OwnBlocked);
        let own = match self.how {
            libc::SIG_BLOCK => own | set & self.deferred,
            libc::SIG_UNBLOCK => own & !set,
            _ => set & self.deferred,
        };
        // The time limit may have come between.
        let over = self.deferred & !thread::get(Word::Deferred);
        thread::set(Word::OwnBlocked, own & !over);
        signals::unblock(Mask(over & !own));
    }

    /// A mask of the kernel's as the program is to see it.
    #[must_use]
    pub const fn seen(self, mask: u64) -> u64 {
        mask & !self.hidden
    }
}

/// Keeps what the main thread blocks.
fn note(how: c_int, set: u64) {
    let set = set & WATCHED.load(Ordering::Relaxed);
    if !is_main_thread() || epoch::is_visitor() {
        return;
    }
    if how != libc::SIG_UNBLOCK {
        note_blocked(set);
    }
    let now = BLOCKED.load(Ordering::Relaxed);
    let now = match how {
        libc::SIG_BLOCK => now | set,
        libc::SIG_UNBLOCK => now & !set,
        _ => set,
    };
    BLOCKED.store(now, Ordering::Relaxed);
}
