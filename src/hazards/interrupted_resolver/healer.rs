//! The healer: releases a lock of libc's own that a vanished thread left.
//!
//! While a call is under way that may meet such a lock, a timer sends this thread a signal. If it lands on a
//! futex wait that is private and has no time limit, on a word of libc's or the loader's (or in the one
//! function where libc waits for its own locks only), and no living thread can have taken that lock, then
//! nobody can ever end the wait: the word is set free. The kernel
//! begins the wait again, finds the word changed, and libc takes the lock as if it had just been released.
//! In any doubt nothing is touched, and the wait is reported.
//!
//! # Safety
//! A signal handler, and the words of libc's it has proved to belong to nobody.
#![allow(unsafe_code)]

use super::super::arrival::is_alone;
use super::super::catalog::INTERRUPTED_RESOLVER as ENTRY;
use super::super::holder::{self, Holder, culprit};
use super::super::telling::tell;
use super::super::words::{Place, Who};
use super::held;
use crate::ident::page;
use crate::ident::thread::{self, Word};
use crate::report::Lock;
use crate::settings::Action;
use crate::sys::data;
use crate::sys::pthread::{LibcMutex, LibcRwLock};
use crate::sys::signals::{self, Mask};
use crate::sys::stuck::{self, Wait};
use crate::sys::timer::Timer;
use crate::wire::Outcome;
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

/// The windows in which libc holds such locks are far shorter: who waits longer waits in vain, or for the network.
const FIRST_MS: u64 = 5;
const NEXT_MS: u64 = 20;
/// After so many signals a wait that is left alone is reported.
const PATIENCE: u32 = 50;
/// Real-time signals, which have no meaning of their own (signal(7)).
const LAST_SIGNAL: i32 = 64;
const FIRST_SIGNAL: i32 = 34;

/// A call under way, on its thread's stack.
struct Watch {
    call: &'static str,
    /// How often it was found in a wait that was left alone.
    left_alone: AtomicU32,
    /// A signal of the same number that is not the timer's, if one came.
    strange: Cell<[u64; SIGINFO]>,
    came: AtomicU32,
}

/// Words of `siginfo_t`.
const SIGINFO: usize = size_of::<libc::siginfo_t>() / size_of::<u64>();

/// Makes `work`, which is (part of) the program's `call`. Without a signal or a timer the call is made all the same,
/// and that is said.
#[cold]
#[inline(never)]
pub fn during(call: &'static str, work: &mut dyn FnMut()) {
    let blocked = signals::blocked();
    let Some(signal) = borrow_signal(blocked) else {
        say(call, Outcome::Reported, 0, "not watched, every real-time signal is on its way");
        return work();
    };
    let action = signals::Action::ours(mark());
    let Ok(old) = signals::action(signal, Some(&action)) else {
        give_back(signal);
        return work();
    };
    let Ok(timer) = Timer::start(signal, mark(), FIRST_MS, NEXT_MS) else {
        let _as_it_was = signals::action(signal, Some(&old));
        give_back(signal);
        say(call, Outcome::Reported, 0, "not watched, no timer can be had");
        return work();
    };
    let watch = Watch {
        call,
        left_alone: AtomicU32::new(0),
        strange: Cell::new([0; SIGINFO]),
        came: AtomicU32::new(0),
    };
    let outer = thread::get(Word::Watched);
    thread::set(Word::Watched, (&raw const watch).expose_provenance() as u64);
    signals::restore(signals::without(blocked, signal));
    work();
    timer.stop();
    thread::set(Word::Watched, outer);
    signals::restore(blocked);
    let _as_it_was = signals::action(signal, Some(&old));
    give_back(signal);
    if watch.came.load(Ordering::Relaxed) != 0 {
        signals::queue(signal, &watch.strange.get());
    }
}

/// A real-time signal that is not on its way: one that nobody handles or blocks if there is any. The program may
/// use all of them; what comes for it meanwhile is sent on afterwards. Each thread has one of its own: who is done
/// first puts the old action back, which may be to end the process.
fn borrow_signal(blocked: Mask) -> Option<i32> {
    let unused = |&signal: &i32| {
        let handler = signals::action(signal, None).map_or(libc::SIG_IGN, |action| action.handler);
        handler == libc::SIG_DFL && !signals::contains(blocked, signal)
    };
    let quiet = |&signal: &i32| !signals::is_pending(signal);
    let all = (FIRST_SIGNAL..=LAST_SIGNAL).rev().filter(quiet);
    let free = |signal: &i32| {
        let bit = 1 << (signal % 32);
        let word = borrowed(*signal);
        word.is_some_and(|word| word.fetch_or(bit, Ordering::AcqRel) & bit == 0)
    };
    all.clone().filter(unused).find(free).or_else(|| all.clone().find(free))
}

fn give_back(signal: i32) {
    if let Some(word) = borrowed(signal) {
        word.fetch_and(!(1 << (signal % 32)), Ordering::AcqRel);
    }
}

fn borrowed(signal: i32) -> Option<&'static AtomicU32> {
    page::get().borrowed.get(usize::from(signal > 63))
}

/// What tells our signals from others: the address of their handler.
fn mark() -> usize {
    ticked as *const () as usize
}

extern "C" fn ticked(_: c_int, info: *const libc::siginfo_t, context: *const c_void) {
    let place = thread::get(Word::Watched);
    // SAFETY: 0, or the address of a `Watch` further up this very stack: `during` takes it back when it returns.
    let watch =
        unsafe { core::ptr::with_exposed_provenance::<Watch>(usize::try_from(place).unwrap_or(0)).as_ref() };
    let Some(watch) = watch else { return };
    // SAFETY: the second argument of a handler with SA_SIGINFO (sigaction(2)): a siginfo, that many words.
    let words = unsafe { *info.cast::<[u64; SIGINFO]>() };
    // SAFETY: as above.
    let is_timers = unsafe { (*info).si_code } == libc::SI_TIMER;
    // Number, error and code; the timer and how often it was missed; then the value it was given.
    if !(is_timers && words.get(3) == Some(&(mark() as u64))) {
        watch.strange.set(words);
        watch.came.store(1, Ordering::Relaxed);
        return;
    }
    let Some(wait) = stuck::in_wait(context) else { return };
    let address = core::ptr::from_ref(wait.word).addr();
    let freed = match freed(&wait) {
        Ok(freed) => freed,
        Err(why) => {
            // A living thread may have it for a while; only who does not let go is worth a word.
            if watch.left_alone.fetch_add(1, Ordering::Relaxed) == PATIENCE {
                say(watch.call, Outcome::Reported, address, why);
            }
            return;
        }
    };
    if freed {
        say(watch.call, Outcome::Repaired, address, "freed");
    }
}

/// Frees the lock behind the wait, if that is certain to belong to nobody. `Ok(false)`: nothing is wrong.
fn freed(wait: &Wait<'_>) -> Result<bool, &'static str> {
    let now = wait.word.load(Ordering::Acquire);
    if now != wait.value {
        return Ok(false);
    }
    let in_data = data::place(wait.word).is_some();
    if !(in_data || wait.is_libcs) {
        // The program's own lock or condition: `orphaned_lock` has had its say.
        return Ok(false);
    }
    if wait.is_plain && now == 2 {
        if !(held::take(wait.word) || is_alone()) {
            return Err("left alone: another thread may have it");
        }
        release(wait.word);
        return Ok(true);
    }
    if !wait.is_plain && in_data && is_alone() {
        return release_rwlock(wait.word);
    }
    Err("left alone: no lock that is known")
}

/// Sets a lock of libc's free. If a thread id stands two words behind it, it is a mutex, and libc asserts that
/// nobody owns what it is about to take.
fn release(word: &AtomicU32) {
    // SAFETY: a word of libc's data with more data behind it; read only, unless an owner is found there.
    let mutex = unsafe { LibcMutex::at(core::ptr::from_ref(word).cast_mut().cast()) };
    let owner = mutex.owner.load(Ordering::Relaxed);
    if owner != 0 && is_elsewhere(owner) {
        mutex.count.store(0, Ordering::Relaxed);
        mutex.owner.store(0, Ordering::Relaxed);
        mutex.users.store(0, Ordering::Relaxed);
    }
    word.store(0, Ordering::Release);
}

/// Is it the id of a thread we know not to be here? Ours from before the fork as well: fork(2) in a callback of
/// `dl_iterate_phdr` leaves the callback's own lock in the parent's name.
fn is_elsewhere(id: u32) -> bool {
    match holder::of(id) {
        Holder::Here => false,
        Holder::Ours => true,
        Holder::Gone(gone) => gone.thread.is_some(),
    }
}

/// The word is one of the two that those sleep on who wait for an rwlock; a vanished writer stands in it.
fn release_rwlock(word: &AtomicU32) -> Result<bool, &'static str> {
    let address = core::ptr::from_ref(word).addr();
    for offset in [core::mem::offset_of!(LibcRwLock, phase), core::mem::offset_of!(LibcRwLock, writers_wait)]
    {
        let place = core::ptr::with_exposed_provenance_mut(address.wrapping_sub(offset));
        // SAFETY: words of libc's data around one of them; read only, unless a vanished writer is found there.
        let lock = unsafe { LibcRwLock::at(place) };
        let writer = lock.writer.load(Ordering::Relaxed);
        if writer != 0 && is_elsewhere(writer) {
            lock.reset(0);
            // The wait goes on only while its word is as it was.
            return Ok(true);
        }
    }
    Err("left alone: no lock that is known")
}

fn say(call: &'static str, outcome: Outcome, address: usize, done: &str) {
    let lock = Lock { address, ..culprit() };
    tell(
        &ENTRY,
        Action::Repair,
        outcome,
        call,
        lock,
        format_args!("{call} waits for {}, a lock that {} left: {done}", Place(address), Who(&lock)),
    );
}
