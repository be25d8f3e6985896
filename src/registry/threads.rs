//! The threads of this process, and of those it came from: what each is in the middle of.
//!
//! A record belongs to its thread, which alone writes it; a fork copies them all, so that a child knows
//! which threads it lacks and what they were doing. A thread that ends gives its record back, unless it is
//! cancelled: its record is swept by the next fork.
//!
//! # Safety
//! Pointers to statics.
#![allow(unsafe_code)]

use super::function::Function;
use crate::ident::thread::{self, Word};
use crate::ident::{epoch, kin, page};
use crate::sys::process;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// Threads known at once, in all generations together.
const MOST: usize = 4096;
/// Read locks kept for one thread.
const READS: usize = 6;
/// Stands for the id of a thread that has not begun.
const TO_COME: u32 = u32::MAX;

/// One thread. A static of zeroes: a record that is never used costs no page. All of them together must leave the
/// library smaller than 2 MiB: larger ones are put into page tables of their own, and each fork copies those.
#[repr(align(128))]
pub struct Thread {
    /// Its id, 0 for a free record.
    id: AtomicU32,
    /// The epoch of the process it lives in, or lived in.
    epoch: AtomicU32,
    /// The routine it was started with, 0 if unknown.
    pub start: AtomicUsize,
    /// That routine's argument, on its way to the thread; then what libc knows the thread by (`pthread_t`).
    pub argument: AtomicUsize,
    /// The function of the resolver family it is in, null for none.
    pub inside: AtomicPtr<Function>,
    /// The wait at the gate that saw it inside.
    pub seen: AtomicU32,
    /// 1 while it waits for a fork before it goes in.
    pub waiting: AtomicU32,
    /// How often it went in.
    pub entries: AtomicU32,
    /// The entry for which a fork has waited in vain.
    pub overstayed: AtomicU32,
    /// The entry from which it came out unseen.
    pub left: AtomicU32,
    /// Its stack pointer when it went in.
    pub frame: AtomicUsize,
    /// The rwlock it waits for, or is about to get, for writing; in a copy also the condition variable it waits for.
    pub waits_for: AtomicUsize,
    /// 1 if that lock was claimed and had no owner when this copy still had one thread: then it or another like it has
    /// the claim.
    pub pending: AtomicU32,
    /// How many of `reading` are in use.
    reads: AtomicU32,
    /// 1 when it held more read locks than there is room for.
    pub overflowed: AtomicU32,
    /// The rwlocks it holds for reading, one entry for each time.
    reading: [AtomicUsize; READS],
}

#[allow(clippy::declare_interior_mutable_const)] // the initial value of statics, nothing else
const UNUSED: Thread = Thread {
    id: AtomicU32::new(0),
    epoch: AtomicU32::new(0),
    start: AtomicUsize::new(0),
    argument: AtomicUsize::new(0),
    inside: AtomicPtr::new(core::ptr::null_mut()),
    seen: AtomicU32::new(0),
    waiting: AtomicU32::new(0),
    entries: AtomicU32::new(0),
    overstayed: AtomicU32::new(0),
    left: AtomicU32::new(0),
    frame: AtomicUsize::new(0),
    waits_for: AtomicUsize::new(0),
    pending: AtomicU32::new(0),
    reads: AtomicU32::new(0),
    overflowed: AtomicU32::new(0),
    reading: [const { AtomicUsize::new(0) }; READS],
};

static THREADS: [Thread; MOST] = [UNUSED; MOST];
/// The record of every thread that has ended and still makes calls: nobody looks at it.
static NOBODY: Thread = UNUSED;
/// How many forks had to wait, in this process and its ancestors.
static WAITS: AtomicU32 = AtomicU32::new(0);
/// The epoch of this copy's parent.
static PARENT: AtomicU32 = AtomicU32::new(0);
/// A thread may have ended without a word.
static UNSEEN: AtomicU32 = AtomicU32::new(0);
/// No record above this was ever used.
static USED: AtomicUsize = AtomicUsize::new(0);

impl Thread {
    /// Is it what libc knows as `handle`?
    #[must_use]
    pub fn is_known_as(&self, handle: usize) -> bool {
        let began = self.id() != 0 && self.start.load(Ordering::Relaxed) != 0;
        began && self.argument.load(Ordering::Relaxed) == handle
    }

    /// Its id, 0 while it has not begun.
    #[must_use]
    pub fn id(&self) -> u32 {
        match self.id.load(Ordering::Acquire) {
            TO_COME => 0,
            id => id,
        }
    }

    /// Does it live in this process, as far as we know?
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.id.load(Ordering::Acquire) != 0 && self.epoch.load(Ordering::Relaxed) == epoch::now()
    }

    /// Is it in a function of the resolver family, where it may hold libc's locks?
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.is_inside() && self.waiting.load(Ordering::SeqCst) == 0
    }

    /// Is it in a function of the resolver family, or waits to go into one?
    #[must_use]
    pub fn is_inside(&self) -> bool {
        !self.inside.load(Ordering::SeqCst).is_null()
            && self.left.load(Ordering::Relaxed) != self.entries.load(Ordering::Relaxed)
    }

    /// The function of the family it is in.
    #[must_use]
    pub fn function(&self) -> Option<&'static Function> {
        // SAFETY: null, or the `&'static Function` that `gate::enter` was given.
        unsafe { self.inside.load(Ordering::Acquire).as_ref() }
    }

    /// The thread ends, or never began.
    pub fn give_back(&self) {
        self.reads.store(0, Ordering::Relaxed);
        self.inside.store(core::ptr::null_mut(), Ordering::Relaxed);
        self.id.store(0, Ordering::Release);
    }

    /// It holds `lock` for reading, once more.
    #[inline]
    pub fn reads(&self, lock: usize) {
        let count = self.reads.load(Ordering::Relaxed);
        match self.reading.get(count as usize) {
            Some(entry) => {
                entry.store(lock, Ordering::Relaxed);
                self.reads.store(count + 1, Ordering::Release);
            }
            None => self.overflowed.store(1, Ordering::Relaxed),
        }
    }

    /// It lets go of `lock`, if it held that for reading.
    #[inline]
    pub fn reads_no_more(&self, lock: usize) {
        let count = self.reads.load(Ordering::Relaxed) as usize;
        let held = self.reading.get(..count).unwrap_or(&[]);
        let Some(place) = held.iter().rposition(|entry| entry.load(Ordering::Relaxed) == lock) else {
            return;
        };
        let (Some(entry), Some(last)) = (held.get(place), held.last()) else { return };
        entry.store(last.load(Ordering::Relaxed), Ordering::Relaxed);
        self.reads.store(u32::try_from(count - 1).unwrap_or(0), Ordering::Release);
    }

    /// Takes `lock` off the list of a thread that is not here, and answers how often it stood there: each entry is
    /// counted to one caller.
    #[must_use]
    pub fn forget(&self, lock: usize) -> u32 {
        let count = self.reads.load(Ordering::Acquire) as usize;
        let held = self.reading.get(..count).unwrap_or(&[]);
        let taken = held
            .iter()
            .filter(|entry| entry.compare_exchange(lock, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok());
        u32::try_from(taken.count()).unwrap_or(0)
    }

    /// How often it holds `lock` for reading.
    #[must_use]
    pub fn read_locks(&self, lock: usize) -> u32 {
        let count = self.reads.load(Ordering::Acquire) as usize;
        let held = self.reading.get(..count).unwrap_or(&[]);
        u32::try_from(held.iter().filter(|entry| entry.load(Ordering::Relaxed) == lock).count()).unwrap_or(0)
    }
}

/// The calling thread's record; one is found for a thread that has none.
#[inline]
#[must_use]
pub fn own() -> Option<&'static Thread> {
    known().or_else(claim_own)
}

/// The calling thread's record, if it has one.
#[inline(always)]
#[must_use]
pub fn known() -> Option<&'static Thread> {
    let place = usize::try_from(thread::get(Word::Record)).unwrap_or(0);
    // SAFETY: 0, or the address of one of the statics above.
    unsafe { core::ptr::with_exposed_provenance::<Thread>(place).as_ref() }
}

fn remember(thread: &'static Thread) {
    thread::set(Word::Record, core::ptr::from_ref(thread).expose_provenance() as u64);
}

#[cold]
#[inline(never)]
fn claim_own() -> Option<&'static Thread> {
    let thread = claim()?;
    begin(thread);
    Some(thread)
}

/// A record for a thread that is about to be started; `None` when there are too many.
#[must_use]
pub fn claim() -> Option<&'static Thread> {
    let free = |thread: &&Thread| {
        thread.id.load(Ordering::Relaxed) == 0
            && thread.id.compare_exchange(0, TO_COME, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    };
    let used = USED.load(Ordering::Acquire);
    let in_use = THREADS.get(..used).unwrap_or(&THREADS);
    let mut found = in_use.iter().find(free);
    // Every so often rather than each time: threads that ended otherwise than by returning.
    if found.is_none() && used >= 64 && (used.is_power_of_two() || used == MOST) {
        sweep();
        found = in_use.iter().find(free);
    }
    let thread = found.or_else(|| THREADS.iter().find(free))?;
    USED.fetch_max(place_of(thread), Ordering::AcqRel);
    for word in [
        &thread.entries,
        &thread.overstayed,
        &thread.left,
        &thread.waiting,
        &thread.seen,
        &thread.reads,
        &thread.overflowed,
        &thread.pending,
    ] {
        word.store(0, Ordering::Relaxed);
    }
    thread.inside.store(core::ptr::null_mut(), Ordering::Relaxed);
    thread.start.store(0, Ordering::Relaxed);
    thread.waits_for.store(0, Ordering::Relaxed);
    thread.epoch.store(epoch::now(), Ordering::Release);
    Some(thread)
}

/// Counts from 1.
fn place_of(thread: &Thread) -> usize {
    let bytes = core::ptr::from_ref(thread).addr().wrapping_sub(THREADS.as_ptr().addr());
    bytes / size_of::<Thread>() + 1
}

/// The calling thread is the one the record stands for.
pub fn begin(thread: &'static Thread) {
    remember(thread);
    thread.id.store(kin::id(), Ordering::Release);
}

/// A thread of this copy, which is the calling one, is known as `handle`: no thread that is not here is, any more.
pub fn takes_name(handle: usize) {
    for thread in vanished().filter(|thread| thread.is_known_as(handle)) {
        thread.argument.store(0, Ordering::Relaxed);
    }
}

/// May a thread of this process be known as `handle`? Also one that has not begun.
#[must_use]
pub fn may_be_here(handle: usize) -> bool {
    here().any(|thread| thread.id() == 0 || thread.is_known_as(handle))
}

/// The calling thread returns from its routine, or exits.
pub fn leaves() {
    let thread = known();
    remember(&NOBODY);
    if let Some(thread) = thread {
        thread.give_back();
    }
}

/// The calling thread jumps. From within the resolver family it can only be a signal handler that does so, and out of it.
pub fn jumps() {
    if let Some(thread) = known()
        && thread.is_inside()
    {
        thread.left.store(thread.entries.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// A thread is cancelled: from now on forks ask whether the threads they know of still live.
pub fn may_end_unseen() {
    UNSEEN.store(1, Ordering::Relaxed);
}

/// A fork is about to be made: what it copies should be true.
#[inline]
pub fn refresh() {
    if UNSEEN.load(Ordering::Relaxed) != 0 {
        sweep();
    }
}

/// This process is a copy, and this its only thread: its record is of this process from now on.
pub fn settle() {
    if let Some(thread) = own() {
        thread.id.store(kin::id(), Ordering::Relaxed);
        thread.epoch.store(epoch::now(), Ordering::Release);
    }
}

/// Every record in use.
pub fn all() -> impl Iterator<Item = &'static Thread> {
    let used = THREADS.get(..USED.load(Ordering::Acquire)).unwrap_or(&THREADS);
    used.iter().filter(|thread| thread.id.load(Ordering::Acquire) != 0)
}

/// The threads of this process.
pub fn here() -> impl Iterator<Item = &'static Thread> {
    all().filter(|thread| thread.is_here())
}

/// The threads that this process's ancestors had and it has not.
pub fn vanished() -> impl Iterator<Item = &'static Thread> {
    all().filter(|thread| !thread.is_here())
}

/// How many threads the fork that made this copy left behind. Asked before [`settle`].
#[must_use]
pub fn lost() -> u32 {
    let Some(me) = own() else { return 0 };
    let epoch = me.epoch.load(Ordering::Relaxed);
    PARENT.store(epoch, Ordering::Relaxed);
    let count = all().filter(|thread| !core::ptr::eq(*thread, me) && was_lost_now(thread)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Was it left behind by the fork that made this copy, and not by an earlier one?
#[must_use]
pub fn was_lost_now(thread: &Thread) -> bool {
    thread.epoch.load(Ordering::Relaxed) == PARENT.load(Ordering::Relaxed)
}

/// One more fork waits at the gate; answers the number of that wait.
pub fn next_wait() -> u32 {
    WAITS.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}

/// Did it come out of the resolver while the fork that made this copy waited for it?
#[must_use]
pub fn was_waited_for(thread: &Thread) -> bool {
    page::get().waited.load(Ordering::Relaxed) != 0
        && thread.seen.load(Ordering::Relaxed) == WAITS.load(Ordering::Relaxed)
}

/// Gives back the records of threads that have ended. Those of earlier generations stay: what they held is held.
fn sweep() {
    for thread in all() {
        let id = thread.id();
        if id != 0 && thread.is_here() && !process::has_thread(id) {
            thread.give_back();
        }
    }
}

const _: () = assert!(size_of::<Thread>() == 128);
