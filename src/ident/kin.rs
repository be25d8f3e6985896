//! Which threads of the past the forking thread goes on as.
//!
//! POSIX says that a child's thread holds what the thread that forked held. libc writes the owner's id into a
//! lock, and the child has another id: so a thread keeps the ids it had in the processes before.
//! "Id" is what libc believes: after a raw clone that is still the parent's, and its locks work.

use super::page::{self, ANCESTORS};
use super::thread::{self, Word};
use crate::sys::process;
use core::sync::atomic::Ordering;

const WORDS: [Word; ANCESTORS / 2] = [Word::Ancestors0, Word::Ancestors1, Word::Ancestors2, Word::Ancestors3];

/// [`id`], if it was asked for before.
#[inline(always)]
#[must_use]
pub fn known() -> Option<u32> {
    Some(thread::low(Word::Id)).filter(|&id| id != 0)
}

/// Id of the calling thread, as libc has it.
#[inline]
#[must_use]
pub fn id() -> u32 {
    match thread::low(Word::Id) {
        0 => learn(),
        id => id,
    }
}

#[cold]
fn learn() -> u32 {
    let id = process::thread();
    thread::set(Word::Id, u64::from(id));
    id
}

/// This is the child of libc's fork, on the thread that survived it; `pid` is the process, and so the thread.
#[inline(always)]
pub fn born(pid: u32) {
    let mut passed_on = thread::get(Word::Id);
    for word in WORDS {
        let two = thread::get(word);
        thread::set(word, two << 32 | passed_on);
        passed_on = two >> 32;
    }
    thread::set(Word::Id, u64::from(pid));
}

/// Tells the process's other threads to come who came through the fork. Called on that thread, before there are
/// others.
pub fn settle() {
    let page = page::get();
    let ids = WORDS.into_iter().flat_map(|word| {
        let two = thread::get(word);
        [two & u64::from(u32::MAX), two >> 32]
    });
    for (slot, id) in page.ancestors.iter().zip(ids) {
        slot.store(u32::try_from(id).unwrap_or(0), Ordering::Relaxed);
    }
    page.survivor.store(id(), Ordering::Release);
}

/// The thread that came through the fork, 0 while the process has not settled.
#[inline]
#[must_use]
pub fn survivor() -> u32 {
    page::get().survivor.load(Ordering::Acquire)
}

/// Did that thread have this id in an ancestor of this process?
#[must_use]
pub fn was_survivor(id: u32) -> bool {
    page::get().ancestors.iter().any(|slot| slot.load(Ordering::Relaxed) == id)
}

/// How long the fork that made this process waited at the gate, in microseconds. Known to its surviving thread.
#[must_use]
pub fn waited_us() -> u64 {
    thread::get(Word::Waited)
}
