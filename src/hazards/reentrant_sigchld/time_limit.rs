//! A program that does not idle gets its signal all the same, after `defer_ms`: a timer's handler lets it through.
//!
//! The timer needs a signal. One is borrowed that would be thrown away if it came when all is over (signal(7)): first of
//! all SIGURG. It is borrowed only while something is held back, and no wait of the program's begins meanwhile, so none
//! ends with EINTR because of it.
//!
//! # Safety
//! A signal handler, installed with the frame to return through.
#![allow(unsafe_code)]

use super::deferral;
use crate::sys::context::Context;
use crate::sys::signals::{self, Action};
use crate::sys::timer::Timer;
use crate::sys::{options, process};
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use libc::siginfo_t;

/// Thrown away where nobody handles them.
const HARMLESS: [c_int; 2] = [libc::SIGURG, libc::SIGWINCH];

/// The signal that is borrowed, 0 for none. The main thread's alone, like all of this.
static BORROWED: AtomicI32 = AtomicI32::new(0);
static TIMER: AtomicI32 = AtomicI32::new(0);
/// The process whose timer it is.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Begins, unless it has begun. `false` where there is no timer: then nothing may be held back.
pub fn begin() -> bool {
    if BORROWED.load(Ordering::Relaxed) != 0 {
        return true;
    }
    let blocked = signals::blocked();
    let free = |&signal: &c_int| {
        let handler = signals::action(signal, None).map_or(libc::SIG_IGN, |action| action.handler);
        handler == libc::SIG_DFL && !signals::contains(blocked, signal)
    };
    let Some(signal) = HARMLESS.into_iter().find(free) else { return false };
    let action = Action::ours(mark());
    if signals::action(signal, Some(&action)).is_err() {
        return false;
    }
    let Ok(timer) = Timer::start(signal, mark(), u64::from(options::get().defer_ms), 0) else {
        let _as_it_was = signals::action(signal, Some(&Action::default()));
        return false;
    };
    TIMER.store(timer.number(), Ordering::Relaxed);
    OWNER.store(process::pid(), Ordering::Relaxed);
    BORROWED.store(signal, Ordering::Relaxed);
    true
}

/// Ends, if it has begun.
pub fn end() {
    let signal = BORROWED.swap(0, Ordering::Relaxed);
    if signal == 0 {
        return;
    }
    // A child has the handler, and no timer.
    if OWNER.load(Ordering::Relaxed) == process::pid() {
        Timer::of(TIMER.load(Ordering::Relaxed)).stop();
    }
    // What the program has installed since stays.
    if signals::action(signal, None).is_ok_and(|action| action.handler == mark()) {
        let _as_it_was = signals::action(signal, Some(&Action::default()));
    }
}

/// What tells our signal from others: the address of its handler.
fn mark() -> usize {
    came as *const () as usize
}

extern "C" fn came(_: c_int, info: *const siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's, for this handler.
    let is_ours =
        unsafe { (*info).si_code == libc::SI_TIMER && (*info).si_value().sival_ptr.addr() == mark() };
    if is_ours {
        end();
        // SAFETY: as above.
        deferral::expired(unsafe { Context::at(context) });
    }
}
