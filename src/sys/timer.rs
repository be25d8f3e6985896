//! A timer that sends the calling thread a signal, for a while (`timer_create(2)`).
//!
//! # Safety
//! The kernel reads structures on our stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain};
use super::process;

/// A running timer. Not stopped by being dropped: nothing with a destructor may stand below the program's calls.
#[derive(Clone, Copy)]
pub struct Timer(i32);

/// `struct sigevent` as the kernel has it, 64 bytes.
#[repr(C)]
struct Event {
    value: usize,
    signal: i32,
    notify: i32,
    thread: i32,
    padding: [i32; 11],
}

impl Timer {
    /// Sends `signal` with `value` to the calling thread, first after `first_ms`, then every `next_ms` milliseconds.
    ///
    /// # Errors
    /// The kernel's: no timers left (`RLIMIT_SIGPENDING`), or not allowed.
    pub fn start(signal: i32, value: usize, first_ms: u64, next_ms: u64) -> Result<Self, Errno> {
        let thread = process::thread().cast_signed();
        let event = Event { value, signal, notify: libc::SIGEV_THREAD_ID, thread, padding: [0; 11] };
        let mut id = 0_i32;
        let arguments = [
            libc::CLOCK_MONOTONIC.cast_unsigned() as usize,
            (&raw const event) as usize,
            (&raw mut id) as usize,
            0,
            0,
            0,
        ];
        // SAFETY: the kernel reads the event and writes the id, both ours.
        unsafe { call(libc::SYS_timer_create, arguments) }?;
        let timer = Self(id);
        let [next, first] = [next_ms, first_ms].map(|ms| [ms / 1000, ms % 1000 * 1_000_000]);
        let times = [next, first];
        let arguments = [super::call::register(id), 0, times.as_ptr() as usize, 0, 0, 0];
        // SAFETY: the kernel reads a struct itimerspec, four words of ours.
        if let Err(errno) = unsafe { call(libc::SYS_timer_settime, arguments) } {
            timer.stop();
            return Err(errno);
        }
        Ok(timer)
    }

    /// What the kernel calls it.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The one with that number.
    #[must_use]
    pub const fn of(number: i32) -> Self {
        Self(number)
    }

    /// No signal comes from it any more.
    pub fn stop(self) {
        let _gone_already = plain(libc::SYS_timer_delete, super::call::register(self.0), 0, 0);
    }
}
