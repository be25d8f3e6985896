//! reentrant-sigchld: a signal's handler is entered again while it is still at work.
//!
//! The kernel blocks a signal while its handler runs, unless it was told not to (`SA_NODEFER`), or the handler unblocks it
//! itself. And interpreters undo that: their handler in C only sets a flag and returns, and the function that the program
//! wrote is called later, as an ordinary call, with the signal unblocked (Python's signal module). The death of a second
//! child then runs it in the middle of the first run, between any two of its steps.
//!
//! Said: a handler in C that is entered while it runs on the same thread (here), and the other kind (`again`). Asked to
//! repair, forkproof keeps such a signal blocked from the end of its handler to the next moment at which the program
//! idles (`deferral`), which is when programs with an event loop expect signals. That changes when a
//! program gets its signals, so it is never done unasked.
//!
//! Frames are known by address. A handler may be left by a jump, so an address is believed only while what interrupted
//! the program there still stands in it, and the jumps of libc's take it away.
//!
//! # Safety
//! The kernel hands a handler its `siginfo_t` and the `ucontext_t` it goes back to; they lie in the handler's own frame.
#![allow(unsafe_code)]

mod again;
pub mod deferral;
pub mod mask;
mod siginfos;
mod time_limit;

use super::catalog::REENTRANT_SIGCHLD as ENTRY;
use super::stolen_child_status::Whom;
use super::telling::tell;
use super::words::{Place, Signal};
use crate::ident::thread::{self, Word};
use crate::ident::{epoch, page};
use crate::policy;
use crate::registry::{handlers, table};
use crate::report::Lock;
use crate::settings::Action;
use crate::sys::context::Context;
use crate::sys::{memory, options};
use crate::wire::Outcome;
use core::ffi::c_void;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The signals that are looked after: bit `signal - 1`.
static WATCHED: AtomicU64 = AtomicU64::new(0);
/// Are they held back?
static HOLDS: AtomicBool = AtomicBool::new(false);

/// What becomes of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// The program's handler runs now.
    Run,
    /// It does not: the signal was sent on to another thread, or kept for later.
    Kept,
}

/// Does a wait start again by itself after a handler with `SA_RESTART` (signal(7))?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restarts {
    /// With that flag, yes.
    Perhaps,
    /// It never does.
    Never,
    /// Nor does this, and it lets through what the program itself blocks.
    Suspends,
}

/// May a wait begin?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Idle {
    /// Yes.
    Go,
    /// A signal that was held back has been handled: answer `EINTR`.
    Interrupted,
}

/// To be called when the settings are known.
pub fn open() {
    let action = policy::action(ENTRY.place, ENTRY.default);
    if action == Action::Off {
        return;
    }
    WATCHED.store(options::get().defer_signals, Ordering::Relaxed);
    if action == Action::Repair {
        HOLDS.store(true, Ordering::Relaxed);
        mask::open();
        page::get().still.store(0, Ordering::Relaxed);
        page::get().calm.store(0, Ordering::Relaxed);
        page::get().plain_polls.store(0, Ordering::Relaxed);
    }
}

/// Is `signal` one of those that are looked after? Asked by every handler's trampoline, so a load and a test.
#[inline(always)]
#[must_use]
pub fn watches(signal: i32) -> bool {
    WATCHED.load(Ordering::Relaxed) & bit(signal) != 0
}

#[inline(always)]
const fn bit(signal: i32) -> u64 {
    1_u64.wrapping_shl(signal.wrapping_sub(1).cast_unsigned())
}

/// Are signals held back? Then each wait may be the moment at which they arrive.
#[inline(always)]
#[must_use]
pub fn holds() -> bool {
    HOLDS.load(Ordering::Relaxed)
}

/// The handler of `signal` is about to run on this thread; `context` is what the kernel goes back to.
#[inline(always)]
pub fn begins(signal: i32, context: *mut c_void) {
    let page = page::get();
    // Counted, not ordered: two threads at once may count one.
    page.deliveries.store(page.deliveries.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    // SAFETY: the kernel's, in the frame of the trampoline that calls us.
    let at = unsafe { Context::at(context) };
    let here = context.addr() as u64;
    let outer = thread::get(Word::Running);
    if outer <= here {
        // None, or one that was left: a handler runs below what it interrupted.
        thread::put([
            (Word::Running, here),
            (Word::RunningFor, bit(signal)),
            (Word::RunningAt, at.instruction() as u64),
        ]);
        again::interrupted(at.stack());
    } else if thread::get(Word::RunningFor) & bit(signal) == 0 {
        thread::set(Word::RunningFor, thread::get(Word::RunningFor) | bit(signal));
    } else {
        entered_again(signal, outer);
    }
}

/// It has returned.
#[inline(always)]
pub fn ends(signal: i32, context: *mut c_void) {
    if thread::get(Word::Running) == context.addr() as u64 {
        thread::put([(Word::Running, 0)]);
    } else {
        thread::set(Word::RunningFor, thread::get(Word::RunningFor) & !bit(signal));
    }
}

/// As [`begins`], where signals are held back: it may have to wait.
#[cold]
#[inline(never)]
pub fn arriving(signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) -> Delivery {
    if deferral::arriving(signal, info) == Delivery::Kept {
        return Delivery::Kept;
    }
    begins(signal, context);
    Delivery::Run
}

/// As [`ends`], where signals are held back.
#[cold]
#[inline(never)]
pub fn handled(signal: i32, context: *mut c_void) {
    ends(signal, context);
    // SAFETY: as in `begins`.
    deferral::handled(signal, unsafe { Context::at(context) });
}

/// The calling thread jumps, perhaps out of a handler.
#[inline(always)]
pub fn jumps() {
    if thread::get(Word::Running) != 0 {
        thread::set(Word::Running, 0);
        if holds() {
            deferral::left(thread::get(Word::RunningFor));
        }
    }
}

/// Does a handler in C of a watched signal run on this thread, as far as is known?
#[inline(always)]
fn in_handler() -> bool {
    thread::get(Word::Running) != 0
}

/// A handler of `signal` has been entered on this thread since the one whose context lies at `outer` was interrupted.
#[cold]
#[inline(never)]
fn entered_again(signal: i32, outer: u64) {
    let mut interrupted_at = [0];
    let place = usize::try_from(outer).unwrap_or(0).wrapping_add(Context::INSTRUCTION);
    if memory::words(place, &mut interrupted_at).is_none()
        || interrupted_at.map(|at| at as u64) != [thread::get(Word::RunningAt)]
    {
        return;
    }
    let handler = handlers::get(signal).function();
    say(
        signal,
        "sigaction",
        format_args!(
            "{} arrives while its handler {} is at work on this thread: it is entered again",
            Signal(signal),
            Place(handler)
        ),
    );
}

/// Said once for each signal and process.
fn say(signal: i32, call: &'static str, text: fmt::Arguments<'_>) {
    if table::capacity() == 0 || epoch::is_visitor() || is_told(signal) {
        return;
    }
    let action = policy::action(ENTRY.place, ENTRY.default);
    let (outcome, end) = match action {
        Action::Die => (Outcome::Died, "; the process ends here"),
        _ => (Outcome::Reported, ""),
    };
    tell(&ENTRY, action, outcome, call, Lock::default(), format_args!("{text}{end}"));
}

fn is_told(signal: i32) -> bool {
    let place = usize::try_from(signal).unwrap_or(0);
    let word = page::get().entered_again.get(place / 32);
    word.is_none_or(|word| word.fetch_or(1 << (place % 32), Ordering::Relaxed) >> (place % 32) & 1 != 0)
}

/// The program is about to wait for as long as it takes: what was held back is delivered here.
#[inline]
pub fn idle(restarts: Restarts) -> Idle {
    if holds() { deferral::idle(restarts) } else { Idle::Go }
}

/// As [`idle`], in a call that does not wait in the end: it goes on.
#[inline]
pub fn passes() {
    let _goes_on = idle(Restarts::Never);
}

/// As [`idle`], before a call that waits until `fd` has something, if `may_wait`.
#[inline]
pub fn reads(fd: i32, may_wait: bool) -> Idle {
    if holds() && may_wait { deferral::reads(fd) } else { Idle::Go }
}

/// As [`idle`], before a wait for children, made at `site`, that lasts until one has ended if `may_wait`.
#[inline]
pub fn waits(call: &'static str, site: usize, may_wait: bool, whom: Whom) -> Idle {
    if !may_wait {
        again::looks(call, site);
        return Idle::Go;
    }
    if holds() { deferral::waits(whom) } else { Idle::Go }
}
