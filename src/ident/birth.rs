//! How this process came to be: the `fork` that made it, as far as we saw it.
//!
//! Known to the thread that survived the fork. To write it where all threads see it would cost every
//! child a page; most of them exec.

use super::thread::{self, Word};
use super::{kin, page};
use crate::sys::process;
use crate::sys::signals::{self, Mask};
use core::sync::atomic::Ordering;

/// Above the bits of an address, of which the kernel gives programs 47 on x86-64 and 48 on aarch64 unless they ask for
/// more: the number of the stack there.
const STACK: u32 = 48;

/// This thread is about to fork for the caller at `site`, with the stack that has the number `stack`. Every function of libc that runs atfork handlers is hooked
/// and says so: what an earlier fork left here is never taken for this one's.
#[inline(always)]
pub fn forking(site: usize, stack: u16) {
    thread::set(Word::Calling, site as u64 | u64::from(stack) << STACK);
    let _known_from_now_on = kin::id();
    thread::set(
        Word::Company,
        thread::get(Word::Company) | u64::from(page::get().threaded.load(Ordering::Relaxed)),
    );
}

/// libc's fork has made this process, and is about to run other libraries' atfork handlers in it.
#[inline(always)]
pub fn handlers_run() {
    thread::set(Word::InFork, 1);
}

/// They have run, if there were any: the program goes on.
#[inline(always)]
pub fn returned() {
    thread::set(Word::InFork, 0);
}

/// Does this thread run such a handler?
#[must_use]
pub fn in_handlers() -> bool {
    thread::get(Word::InFork) != 0
}

/// Did the forks that led here leave no other thread behind? Told without a look at the records: in a new process
/// that is a page fault. `false` where it is not known.
#[inline(always)]
#[must_use]
pub fn was_alone() -> bool {
    thread::get(Word::Company) == 0 && was_seen()
}

/// A signal handler inherited from the parent must not run in the child before the child knows that it is one.
#[inline(always)]
pub fn hold_signals() {
    thread::set(Word::Held, signals::hold_for_fork().0);
}

/// The fork is over, on either side. What a handler that ran meanwhile left to be held back
/// (`hazards::reentrant_sigchld`) stays so.
#[inline(always)]
pub fn release_signals() {
    let held_back = thread::get(Word::Deferred) & !thread::get(Word::OwnBlocked);
    signals::restore(Mask(thread::get(Word::Held) | held_back));
}

/// This is the child, on the thread that forked.
#[inline(always)]
pub fn born() {
    let pid = process::pid();
    thread::set(Word::Site, thread::get(Word::Calling));
    thread::set(Word::BornIn, u64::from(pid));
    kin::born(pid);
}

/// Did libc's fork make this process, on this thread? It never shares descriptors.
#[must_use]
pub fn was_seen() -> bool {
    thread::get(Word::BornIn) == u64::from(process::pid())
}

/// Return address of the `fork` that made this process, 0 if unknown.
#[must_use]
pub fn site() -> usize {
    let address = thread::get(Word::Site) & ((1 << STACK) - 1);
    if was_seen() { usize::try_from(address).unwrap_or(0) } else { 0 }
}

/// The number of its stack there, 0 for none.
#[must_use]
pub fn stack() -> u16 {
    let number = thread::get(Word::Site) >> STACK;
    if was_seen() { u16::try_from(number).unwrap_or(0) } else { 0 }
}
