//! reentrant-sigchld: a signal's handler is entered again while it is still at work.

use core::ffi::c_void;

/// What becomes of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// The program's handler runs now.
    Run,
    /// It does not: the signal was sent on to another thread, or kept for later.
    Kept,
}

/// Is `signal` one of those that are looked after? Asked by every handler's trampoline, so a load and a test.
#[inline(always)]
#[must_use]
pub fn watches(_signal: i32) -> bool {
    false
}

/// May signals be held back in this process? Then every wait is looked at.
#[must_use]
pub fn holds() -> bool {
    false
}

/// `signal` is delivered to this thread, in its handler's place.
pub fn arriving(_signal: i32, _info: *mut libc::siginfo_t, _context: *mut c_void) -> Delivery {
    Delivery::Run
}

/// The program's handler has returned; `context` is what the kernel goes back to.
pub fn handled(_signal: i32, _context: *mut c_void) {}

/// Does a wait start again by itself after a handler with `SA_RESTART` (signal(7))?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restarts {
    /// With that flag, yes.
    Perhaps,
    /// It never does.
    Never,
}

/// May a wait begin?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Idle {
    /// Yes.
    Go,
    /// A signal that was held back has been handled: answer `EINTR`.
    Interrupted,
}

/// The program is about to wait, in `call`: what was held back is delivered here.
#[cold]
#[inline(never)]
pub fn idle(_call: &'static str, _restarts: Restarts) -> Idle {
    Idle::Go
}
