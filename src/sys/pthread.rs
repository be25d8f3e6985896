//! glibc's locks, as they lie in the program's memory: `bits/struct_mutex.h`, `bits/struct_rwlock.h`,
//! `bits/thread-shared-types.h`, the same on every 64-bit machine since 2.25.
//!
//! # Safety
//! Each `at` makes a reference of an address the program passed to the very function that is to use it so.
#![allow(unsafe_code)]

use super::futex;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// `pthread_mutex_t`.
#[repr(C)]
pub struct LibcMutex {
    /// 0 free, 1 taken, 2 taken and waited for.
    pub lock: AtomicU32,
    /// How often a recursive mutex is taken.
    pub count: AtomicU32,
    /// Id of the thread that has it, 0 for none.
    pub owner: AtomicU32,
    /// Threads that have it or wait on a condition variable with it.
    pub users: AtomicU32,
    kind: AtomicU32,
}

/// The types of mutex that libc writes an owner into and that belong to one process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Normal and adaptive: unlocked without a look at the owner.
    Plain,
    /// Recursive and error-checking: only the owner may unlock it.
    Owned,
    /// Robust, priority-inheriting, priority-protected, process-shared: the kernel or another process has a part in it.
    Other,
}

impl LibcMutex {
    /// # Safety
    /// The program passed `place` to a function that takes a mutex.
    #[must_use]
    pub const unsafe fn at<'a>(place: *mut libc::pthread_mutex_t) -> &'a Self {
        // SAFETY: as above; a mutex is aligned, lives through the call, and is changed by many threads at once.
        unsafe { &*place.cast() }
    }

    /// Its type (`nptl/pthreadP.h`: two bits of type; 16 robust, 32 inherit, 64 protect, 128 shared).
    #[inline]
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.kind.load(Ordering::Relaxed) & 0xff {
            0 | 3 => Kind::Plain,
            1 | 2 => Kind::Owned,
            _ => Kind::Other,
        }
    }

    /// Makes `new` the owner, if it is still `old`.
    #[must_use]
    pub fn pass_on(&self, old: u32, new: u32) -> bool {
        self.owner.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

/// `pthread_rwlock_t`.
#[repr(C)]
pub struct LibcRwLock {
    /// Three bits of state, then the number of readers.
    pub readers: AtomicU32,
    /// Writers that wait.
    pub writers: AtomicU32,
    /// What those wait on who wait for the phase to change.
    pub phase: AtomicU32,
    /// What the writers wait on.
    pub writers_wait: AtomicU32,
    padding: [AtomicU32; 2],
    /// Id of the thread that has it for writing, 0 for none.
    pub writer: AtomicU32,
    shared: AtomicU32,
}

/// Bits below the count of readers (`nptl/pthread_rwlock_common.c`).
const READER_SHIFT: u32 = 3;
/// A writer has it, or is about to.
const WRITE_PHASE: u32 = 1;
/// Readers sleep on the word of the readers.
const READERS_WAIT: u32 = 4;
/// A writer has it, or waits until the readers are out.
const WRITE_LOCKED: u32 = 2;

impl LibcRwLock {
    /// # Safety
    /// The program passed `place` to a function that takes an rwlock.
    #[must_use]
    pub const unsafe fn at<'a>(place: *mut libc::pthread_rwlock_t) -> &'a Self {
        // SAFETY: as in `LibcMutex::at`.
        unsafe { &*place.cast() }
    }

    /// May other processes have a part in it?
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed) != 0
    }

    /// How often it is held for reading.
    #[must_use]
    pub fn read_locks(&self) -> u32 {
        self.readers.load(Ordering::Acquire) >> READER_SHIFT
    }

    /// Has a writer taken or claimed it?
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.readers.load(Ordering::Acquire) & WRITE_LOCKED != 0
    }

    /// Is the lock that these are the bytes of claimed by a writer that has not got it?
    #[must_use]
    pub fn is_claim_without_owner(bytes: &[u8; size_of::<Self>()]) -> bool {
        let word = |place: usize| {
            bytes
                .get(place..)
                .and_then(|bytes| bytes.first_chunk())
                .map_or(0, |bytes| u32::from_ne_bytes(*bytes))
        };
        word(core::mem::offset_of!(Self, readers)) & WRITE_LOCKED != 0
            && word(core::mem::offset_of!(Self, writer)) == 0
    }

    /// Takes back the claim of a writer that waits until the readers are out, and lets everybody look again.
    /// `false` when it has been handed the lock by now.
    #[must_use]
    pub fn drop_claim(&self) -> bool {
        let dropped = self.readers.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |readers| {
            (readers & WRITE_PHASE == 0).then_some(readers & !(WRITE_LOCKED | READERS_WAIT))
        });
        if dropped.is_ok() {
            self.writers_wait.store(0, Ordering::Release);
            for word in [&self.readers, &self.phase, &self.writers_wait] {
                futex::wake(word);
            }
        }
        dropped.is_ok()
    }

    /// Takes `count` waiting writers off.
    pub fn forget_writers(&self, count: u32) {
        let less = |writers: u32| Some(writers.saturating_sub(count));
        let _none_left = self.writers.fetch_update(Ordering::AcqRel, Ordering::Relaxed, less);
    }

    /// Makes `new` the writer, if it is still `old`.
    #[must_use]
    pub fn pass_on(&self, old: u32, new: u32) -> bool {
        self.writer.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Leaves `readers` read locks and nothing else. Nobody else may be using it.
    pub fn reset(&self, readers: u32) {
        for word in [&self.writers, &self.phase, &self.writers_wait, &self.writer] {
            word.store(0, Ordering::Relaxed);
        }
        self.readers.store(readers << READER_SHIFT, Ordering::Release);
    }
}

/// `pthread_cond_t`.
#[repr(C)]
pub struct Condition {
    /// Sequence numbers and the sizes of the two groups of waiters.
    groups: [AtomicU32; 9],
    /// Eight for each waiter, and three flags.
    references: AtomicU32,
    signals: [AtomicU32; 2],
}

const WAITER_SHIFT: u32 = 3;
const COND_SHARED: u32 = 1;
/// Shared, and which clock: what was asked for when it was made.
const COND_KEPT: u32 = 3;

impl Condition {
    /// # Safety
    /// The program passed `place` to a function that takes a condition variable of glibc 2.3.2 or later.
    #[must_use]
    pub const unsafe fn at<'a>(place: *mut libc::pthread_cond_t) -> &'a Self {
        // SAFETY: as in `LibcMutex::at`.
        unsafe { &*place.cast() }
    }

    /// How many wait for it; 0 for one that other processes share.
    #[must_use]
    pub fn waiters(&self) -> u32 {
        match self.references.load(Ordering::Acquire) {
            references if references & COND_SHARED != 0 => 0,
            references => references >> WAITER_SHIFT,
        }
    }

    /// Do other processes share it?
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.references.load(Ordering::Relaxed) & COND_SHARED != 0
    }

    /// Leaves no waiters and no signals. Nobody may be using it.
    pub fn reset(&self) {
        for word in self.groups.iter().chain(&self.signals) {
            word.store(0, Ordering::Relaxed);
        }
        self.references.fetch_and(COND_KEPT, Ordering::Release);
    }

    /// Takes `count` waiters off.
    pub fn forget(&self, count: u32) {
        self.references.fetch_sub(count << WAITER_SHIFT, Ordering::AcqRel);
    }
}

/// `sem_t`: glibc uses 16 of its 32 bytes. In the others we keep, of a semaphore that is a lock, who has it.
#[repr(C)]
pub struct Semaphore {
    /// The value, and above it the number of those who wait.
    value: AtomicU64,
    /// 0 for one of this process alone.
    shared: AtomicU32,
    padding: AtomicU32,
    mark: AtomicU32,
    /// Id of the thread that took it last and has not given it back, 0 for none.
    pub owner: AtomicU32,
}

/// What a marked semaphore carries; hooks in assembly compare with it.
pub const MARK: u32 = 0x4b50_6f46;
/// Where it carries that.
pub const MARK_AT: usize = 16;

impl Semaphore {
    /// # Safety
    /// The program passed `place` to a function that takes a semaphore.
    #[must_use]
    pub const unsafe fn at<'a>(place: *mut libc::sem_t) -> &'a Self {
        // SAFETY: as in `LibcMutex::at`.
        unsafe { &*place.cast() }
    }

    /// From now on it is known to be a lock, or not to be one.
    pub fn mark(&self, is_lock: bool) {
        if is_lock || self.mark.load(Ordering::Relaxed) == MARK {
            self.owner.store(0, Ordering::Relaxed);
            self.mark.store(if is_lock { MARK } else { 0 }, Ordering::Relaxed);
        }
    }

    /// May other processes have a part in it?
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed) != 0
    }

    /// Is it known to be a lock?
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.mark.load(Ordering::Relaxed) == MARK
    }

    /// Can it be taken?
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.value.load(Ordering::Acquire) & u64::from(u32::MAX) != 0
    }
}

/// `pthread_barrier_t`.
#[repr(C)]
pub struct Barrier {
    /// How many have come, in all rounds since it was last reset.
    come: AtomicU32,
    /// How many of them were of rounds that are over.
    over: AtomicU32,
    /// How many make a round.
    count: AtomicU32,
    /// 0 for one of this process alone.
    shared: AtomicU32,
}

impl Barrier {
    /// # Safety
    /// The program passed `place` to a function that takes a barrier.
    #[must_use]
    pub const unsafe fn at<'a>(place: *mut libc::pthread_barrier_t) -> &'a Self {
        // SAFETY: as in `LibcMutex::at`.
        unsafe { &*place.cast() }
    }

    /// Is it this process's own, and does one more not fill the round? Those count who came before a fork and are not here.
    #[must_use]
    pub fn lacks_more_than_one(&self) -> bool {
        let here = self.come.load(Ordering::Acquire).wrapping_sub(self.over.load(Ordering::Acquire));
        self.shared.load(Ordering::Relaxed) == 0
            && here.saturating_add(1) < self.count.load(Ordering::Relaxed)
    }
}

/// The guard of a C++ static that is made at first use (Itanium C++ ABI 3.3.3). libstdc++ uses its lower half.
/// In the upper we keep who makes it.
#[repr(C)]
pub struct Guard {
    /// The lowest byte: made. The next: being made.
    state: AtomicU32,
    /// Id of the thread that makes it, or made it.
    pub maker: AtomicU32,
}

impl Guard {
    /// # Safety
    /// The program passed `place` to `__cxa_guard_acquire`.
    #[must_use]
    pub const unsafe fn at<'a>(place: *mut u64) -> &'a Self {
        // SAFETY: as in `LibcMutex::at`.
        unsafe { &*place.cast() }
    }

    /// Is it being made?
    #[must_use]
    pub fn is_pending(&self) -> bool {
        let state = self.state.load(Ordering::Acquire);
        let [made, pending, ..] = state.to_le_bytes();
        made == 0 && pending != 0
    }

    /// Nobody makes it.
    pub fn reset(&self) {
        self.state.store(0, Ordering::Release);
        futex::wake_shared(&self.state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::{offset_of, size_of};

    #[test]
    fn our_words_lie_in_libcs() {
        assert!(size_of::<LibcMutex>() <= size_of::<libc::pthread_mutex_t>());
        assert!(size_of::<LibcRwLock>() <= size_of::<libc::pthread_rwlock_t>());
        assert!(size_of::<Condition>() <= size_of::<libc::pthread_cond_t>());
        assert!(size_of::<Barrier>() <= size_of::<libc::pthread_barrier_t>());
        assert!(size_of::<Semaphore>() <= size_of::<libc::sem_t>());
        assert_eq!(offset_of!(Semaphore, mark), MARK_AT);
    }

    #[test]
    fn libc_writes_where_we_read() {
        // SAFETY: a zeroed mutex is PTHREAD_MUTEX_INITIALIZER (glibc); it lives to the end of the test.
        let mut place: libc::pthread_mutex_t = unsafe { core::mem::zeroed() };
        // SAFETY: as above.
        let mutex = unsafe { LibcMutex::at(&raw mut place) };
        // SAFETY: as above.
        assert_eq!(unsafe { libc::pthread_mutex_lock(&raw mut place) }, 0);
        assert_eq!(mutex.owner.load(Ordering::Relaxed), crate::sys::process::thread());
        assert_eq!((mutex.lock.load(Ordering::Relaxed), mutex.kind()), (1, Kind::Plain));
        // SAFETY: as above.
        assert_eq!(unsafe { libc::pthread_mutex_unlock(&raw mut place) }, 0);

        // SAFETY: a zeroed rwlock is PTHREAD_RWLOCK_INITIALIZER (glibc).
        let mut place: libc::pthread_rwlock_t = unsafe { core::mem::zeroed() };
        // SAFETY: as above.
        let lock = unsafe { LibcRwLock::at(&raw mut place) };
        // SAFETY: as above.
        assert_eq!(unsafe { libc::pthread_rwlock_rdlock(&raw mut place) }, 0);
        assert_eq!((lock.read_locks(), lock.writer.load(Ordering::Relaxed)), (1, 0));
        // SAFETY: as above.
        assert_eq!(unsafe { libc::pthread_rwlock_unlock(&raw mut place) }, 0);
        // SAFETY: as above.
        assert_eq!(unsafe { libc::pthread_rwlock_wrlock(&raw mut place) }, 0);
        assert_eq!(lock.writer.load(Ordering::Relaxed), crate::sys::process::thread());
        assert!(lock.is_claimed());
    }

    #[test]
    fn a_barrier_tells_whether_one_more_fills_it() {
        for (count, lacks) in [(1, false), (2, true), (3, true)] {
            // SAFETY: any bytes are a place for a barrier.
            let mut place: libc::pthread_barrier_t = unsafe { core::mem::zeroed() };
            // SAFETY: as above.
            assert_eq!(unsafe { libc::pthread_barrier_init(&raw mut place, core::ptr::null(), count) }, 0);
            // SAFETY: just made.
            assert_eq!(unsafe { Barrier::at(&raw mut place) }.lacks_more_than_one(), lacks);
        }
    }

    #[test]
    fn what_is_private_is_told() {
        for shared in [0, 1] {
            // SAFETY: any bytes are a place for a semaphore.
            let mut place: libc::sem_t = unsafe { core::mem::zeroed() };
            // SAFETY: as above.
            assert_eq!(unsafe { libc::sem_init(&raw mut place, shared, 0) }, 0);
            // SAFETY: just made.
            let semaphore = unsafe { Semaphore::at(&raw mut place) };
            assert_eq!((semaphore.is_shared(), semaphore.is_free()), (shared != 0, false));
        }
    }
}
