//! Holding a signal back between the end of its handler and the next moment at which the program idles.
//!
//! The signal's bit is set in the mask that the kernel restores when the handler is done; a wait takes it away first, so
//! that what came meanwhile is delivered there, and then waits plainly. (To wait with the signal unblocked and block it
//! afterwards does not do: a wait with something ready returns before it looks at signals.) Only the main thread does
//! so: on another, a trampoline sends the signal on to it.
//!
//! The bit is ours. The program's view of its mask is without it, what it asks for is kept beside it, and what it makes
//! or becomes (threads, processes, programs) does not get it. A time limit takes it away where nothing idles
//! (`time_limit`). Where it came back with a mask that was restored behind us, by sigreturn or a jump, the next idle
//! moment takes it away as well, unless the program ever blocked the signal itself.

use super::{Delivery, Idle, Restarts, WATCHED, bit, holds, time_limit};
use crate::hazards::stolen_child_status::Whom;
use crate::ident::epoch;
use crate::ident::thread::{self, Word};
use crate::registry::handlers;
use crate::sys::context::Context;
use crate::sys::signals::{self, Mask};
use crate::sys::{fd, process};
use core::ffi::{c_int, c_long};
use core::sync::atomic::{AtomicU64, Ordering};
use libc::siginfo_t;

/// States of a thread, bits of `Word::Deferring`.
///
/// Something is made that gets our mask: what arrives is kept.
const KEEPING: u64 = 1;
/// This program is about to be replaced: nothing is held back any more.
const ENDING: u64 = 2;
/// It has held something back.
const EVER: u64 = 4;
/// A watched handler ran.
const RAN: u64 = 8;
/// One has run since the program last idled, and not in a wait that ends because of it: what an interpreter makes of it is
/// still to come. A wait that begins now ends at once, as if the signal had come in it, and nothing is let through after.
const FRESH: u64 = 16;

/// Watched signals that the program itself blocks on the main thread, as far as we saw.
static BLOCKED: AtomicU64 = AtomicU64::new(0);
/// Those that it ever blocked there.
static BLOCKED_EVER: AtomicU64 = AtomicU64::new(0);
/// What arrived while something was made: which, and each one's siginfo. The main thread's alone.
static KEPT: AtomicU64 = AtomicU64::new(0);
static KEPT_INFO: Infos = [const { [const { AtomicU64::new(0) }; INFO] }; 64];
/// What other threads sent on.
static LEFT_BESIDE: Infos = [const { [const { AtomicU64::new(0) }; INFO] }; 64];
const INFO: usize = size_of::<siginfo_t>() / size_of::<u64>();
type Infos = [[AtomicU64; INFO]; 64];

/// To be called before the program begins.
pub fn open() {
    let Mask(blocked) = signals::blocked();
    let watched = blocked & WATCHED.load(Ordering::Relaxed);
    BLOCKED.store(watched, Ordering::Relaxed);
    BLOCKED_EVER.store(watched, Ordering::Relaxed);
}

#[inline(always)]
fn state() -> u64 {
    thread::get(Word::Deferring)
}

#[inline(always)]
fn set_state(on: u64, off: u64) {
    thread::set(Word::Deferring, state() & !off | on);
}

/// Signals that are blocked by us alone.
#[inline(always)]
fn ours() -> u64 {
    thread::get(Word::Deferred) & !thread::get(Word::OwnBlocked)
}

fn is_main_thread() -> bool {
    process::pid() == process::thread()
}

/// Nothing is held back on this thread from now on; what waited arrives at the caller's next `unblock`.
fn forget() {
    thread::set(Word::Deferred, 0);
    thread::set(Word::OwnBlocked, 0);
}

/// `signal` is delivered to this thread.
#[cold]
#[inline(never)]
pub fn arriving(signal: i32, info: *mut siginfo_t) -> Delivery {
    if state() & KEEPING != 0 {
        keep(signal, info);
        return Delivery::Kept;
    }
    set_state(RAN, 0);
    // SAFETY: the kernel's, for the handler.
    #[allow(unsafe_code)]
    let code = unsafe { (*info).si_code };
    if is_main_thread() {
        if code == libc::SI_QUEUE {
            unpack(signal, info);
        }
        if !epoch::is_visitor() {
            begins(signal);
        }
        return Delivery::Run;
    }
    // What was sent to this very thread is for it.
    if code == libc::SI_TKILL || BLOCKED.load(Ordering::Relaxed) & bit(signal) != 0 {
        return Delivery::Run;
    }
    if forwarded(signal, info, code) { Delivery::Kept } else { Delivery::Run }
}

/// Sends it on to the main thread. The kernel lets nobody send another thread what only the kernel says (`si_code` of 0
/// and up, `rt_tgsigqueueinfo(2)`): so that is left beside, and put in its place there.
fn forwarded(signal: i32, info: *mut siginfo_t, code: c_int) -> bool {
    let mut words = [0_u64; INFO];
    // SAFETY: a whole siginfo, the kernel's.
    #[allow(unsafe_code)]
    let whole = unsafe { core::slice::from_raw_parts(info.cast::<u64>(), INFO) };
    if code < 0 {
        words.copy_from_slice(whole);
        return signals::queue_to(process::pid(), signal, &words);
    }
    // Two threads at once: for a signal that does not queue one of the two counts.
    if let Some(slots) = slots(&LEFT_BESIDE, signal) {
        for (slot, &word) in slots.iter().zip(whole) {
            slot.store(word, Ordering::Relaxed);
        }
    }
    let pid = process::pid();
    let [first, second, third, fourth, ..] = &mut words;
    *first = u64::from(signal.cast_unsigned());
    *second = u64::from(libc::SI_QUEUE.cast_unsigned());
    *third = u64::from(pid);
    *fourth = mark();
    signals::queue_to(pid, signal, &words)
}

/// What tells our own message from others.
fn mark() -> u64 {
    (&raw const LEFT_BESIDE).addr() as u64
}

/// Puts what another thread was told in the place of its message.
fn unpack(signal: i32, info: *mut siginfo_t) {
    // SAFETY: as above; the handler's to change.
    #[allow(unsafe_code)]
    let words = unsafe { core::slice::from_raw_parts_mut(info.cast::<u64>(), INFO) };
    if let [_, _, _, value, ..] = words
        && *value == mark()
        && let Some(slots) = slots(&LEFT_BESIDE, signal)
    {
        for (word, slot) in words.iter_mut().zip(slots) {
            *word = slot.load(Ordering::Relaxed);
        }
    }
}

fn slots(infos: &'static Infos, signal: i32) -> Option<&'static [AtomicU64; INFO]> {
    infos.get(usize::try_from(signal - 1).ok()?)
}

/// The handler runs, here, with its signal blocked whatever the program said or says of that.
fn begins(signal: i32) {
    let own = thread::get(Word::OwnBlocked);
    if handlers::get(signal).is_interruptible() {
        signals::also_block(Mask(bit(signal)));
        thread::set(Word::OwnBlocked, own & !bit(signal));
    } else {
        thread::set(Word::OwnBlocked, own | bit(signal));
    }
    thread::set(Word::Deferred, thread::get(Word::Deferred) | bit(signal));
    set_state(EVER, 0);
}

/// Handlers of `running` may be left by a jump: their signals are what the program makes of them.
pub fn left(running: u64) {
    let held = ours() & running;
    BLOCKED_EVER.fetch_or(running, Ordering::Relaxed);
    thread::set(Word::Deferred, thread::get(Word::Deferred) & !running);
    thread::set(Word::OwnBlocked, thread::get(Word::OwnBlocked) & !running);
    signals::unblock(Mask(held));
}

#[cold]
fn keep(signal: i32, info: *const siginfo_t) {
    for (offset, slot) in slots(&KEPT_INFO, signal).into_iter().flatten().enumerate() {
        // SAFETY: a whole siginfo, the kernel's.
        #[allow(unsafe_code)]
        slot.store(unsafe { info.cast::<u64>().add(offset).read() }, Ordering::Relaxed);
    }
    KEPT.fetch_or(bit(signal), Ordering::Relaxed);
}

/// Its handler has returned, to `context`.
#[cold]
#[inline(never)]
pub fn handled(signal: i32, context: Context) {
    if !is_main_thread() || epoch::is_visitor() {
        return;
    }
    let mask = context.mask();
    let deferred = thread::get(Word::Deferred) & !bit(signal);
    thread::set(Word::OwnBlocked, thread::get(Word::OwnBlocked) & !bit(signal));
    thread::set(Word::Deferred, deferred);
    // Blocked by the program before; or nothing is held back any more; or the wait that was interrupted begins again, and
    // the program still idles.
    if mask & bit(signal) != 0
        || state() & ENDING != 0
        || handlers::get(signal).restarts() && context.about_to_call().is_some_and(waits_again)
        || !time_limit::begin()
    {
        return;
    }
    thread::set(Word::Deferred, deferred | bit(signal));
    context.set_mask(mask | bit(signal));
    if !context.is_interrupted_call() {
        set_state(FRESH, 0);
    }
}

fn waits_again(number: usize) -> bool {
    const WAITS: [c_long; 9] = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_wait4,
        libc::SYS_waitid,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_recvmmsg,
    ];
    WAITS.into_iter().any(|wait| usize::try_from(wait) == Ok(number))
}

/// The time limit has come, in the handler that goes back to `context`.
pub(super) fn expired(context: Context) {
    context.set_mask(context.mask() & !ours());
    forget();
    set_state(0, FRESH);
}

/// The program idles now.
#[cold]
#[inline(never)]
pub fn idle(restarts: Restarts) -> Idle {
    if state() & EVER == 0 || super::in_handler() || epoch::is_visitor() {
        return Idle::Go;
    }
    if state() & FRESH != 0 {
        set_state(0, FRESH);
        let ends = match restarts {
            Restarts::Never => true,
            Restarts::Perhaps => !all_restart(ours()),
            Restarts::Suspends => false,
        };
        if ends && !signals::are_pending(Mask(ours())) {
            return Idle::Interrupted;
        }
    }
    loop {
        time_limit::end();
        let held = ours();
        let never_its_own = WATCHED.load(Ordering::Relaxed) & !BLOCKED_EVER.load(Ordering::Relaxed);
        forget();
        set_state(0, RAN | ENDING);
        signals::unblock(Mask(held | never_its_own));
        set_state(0, FRESH);
        if state() & RAN == 0 {
            return Idle::Go;
        }
        if restarts != Restarts::Perhaps || !all_restart(held | never_its_own) {
            return Idle::Interrupted;
        }
    }
}

fn all_restart(mask: u64) -> bool {
    (1..=64).filter(|&signal| mask & bit(signal) != 0).all(|signal| handlers::get(signal).restarts())
}

/// As [`idle`], before a read of `fd`, which may not have to wait: to read what is there is no idling.
#[cold]
#[inline(never)]
pub fn reads(fd: i32) -> Idle {
    if state() & EVER != 0 && fd::would_wait(fd) { idle(Restarts::Perhaps) } else { Idle::Go }
}

/// As [`reads`], before a wait for children.
#[cold]
#[inline(never)]
pub fn waits(whom: Whom) -> Idle {
    let child = if let Whom::One(child) = whom { child } else { 0 };
    if state() & EVER != 0 && !process::has_ended_child(child) { idle(Restarts::Perhaps) } else { Idle::Go }
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
        BLOCKED_EVER.fetch_or(set, Ordering::Relaxed);
    }
    let now = BLOCKED.load(Ordering::Relaxed);
    let now = match how {
        libc::SIG_BLOCK => now | set,
        libc::SIG_UNBLOCK => now & !set,
        _ => set,
    };
    BLOCKED.store(now, Ordering::Relaxed);
}

/// Makes `real`, which makes something that gets this thread's mask, with the mask as the program has it. What arrives
/// meanwhile comes afterwards.
#[inline(always)]
pub fn with_own_mask<R>(real: impl FnOnce() -> R) -> R {
    let held = if holds() && ours() != 0 { lift() } else { 0 };
    let answer = real();
    if held != 0 {
        lower(held);
    }
    answer
}

#[cold]
#[inline(never)]
fn lift() -> u64 {
    let held = ours();
    if epoch::is_visitor() {
        signals::unblock(Mask(held));
        return 0;
    }
    set_state(KEEPING, 0);
    signals::unblock(Mask(held));
    held
}

#[cold]
#[inline(never)]
fn lower(held: u64) {
    // Unless the time limit has come.
    signals::also_block(Mask(held & thread::get(Word::Deferred)));
    set_state(0, KEEPING);
    let kept = KEPT.swap(0, Ordering::Relaxed);
    for (signal, info) in (1..=64).zip(&KEPT_INFO).filter(|(signal, _)| kept & bit(*signal) != 0) {
        signals::queue(signal, &info.each_ref().map(|word| word.load(Ordering::Relaxed)));
    }
}

/// Another program takes this one's place, if it can: it gets the mask as the program has it.
#[cold]
#[inline(never)]
pub fn ending() {
    if state() & EVER == 0 {
        return;
    }
    let held = ours();
    if !epoch::is_visitor() {
        time_limit::end();
        set_state(ENDING, 0);
        forget();
    }
    signals::unblock(Mask(held));
}

/// This is a child: nothing waits for it yet.
pub fn born() {
    if state() & EVER == 0 {
        return;
    }
    time_limit::end();
    let held = ours();
    forget();
    signals::unblock(Mask(held));
}

/// The main thread ends before its process.
pub fn leaves() {
    if holds() && is_main_thread() {
        BLOCKED.store(u64::MAX, Ordering::Relaxed);
    }
}
