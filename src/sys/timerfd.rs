//! Timer descriptors, raw (`timerfd_create(2)`).
//!
//! # Safety
//! Two system calls read or write a structure on our stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain, register};
use super::fdinfo;

/// `_IOW('T', 0, u64)`: how many expirations nobody has read yet. Linux 3.17, `CONFIG_CHECKPOINT_RESTORE`.
const SET_TICKS: usize = 0x4008_5400;

/// A timer as the kernel shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timer {
    /// `CLOCK_MONOTONIC` or another.
    pub clock: i32,
    /// Expirations counted and not read.
    pub ticks: u64,
    /// `TFD_TIMER_ABSTIME`, `TFD_TIMER_CANCEL_ON_SET`.
    pub flags: i32,
    /// Nanoseconds to the next expiration; 0: it does not run.
    pub left: u64,
    /// Nanoseconds from each to the next, 0 for none.
    pub interval: u64,
}

/// What `number` is set to, `None` if it is no timer. A look: unlike `timerfd_gettime`, which counts what has
/// expired and starts the timer again.
pub fn state(number: i32) -> Result<Option<Timer>, Errno> {
    fdinfo::read(number, &mut [0; fdinfo::MAX]).map(parse)
}

fn parse(text: &str) -> Option<Timer> {
    Some(Timer {
        clock: fdinfo::field(text, "clockid")?.parse().ok()?,
        ticks: fdinfo::field(text, "ticks")?.parse().ok()?,
        flags: i32::from_str_radix(fdinfo::field(text, "settime flags")?, 8).ok()?,
        left: span(fdinfo::field(text, "it_value")?)?,
        interval: span(fdinfo::field(text, "it_interval")?)?,
    })
}

/// `(1, 500000000)`
fn span(text: &str) -> Option<u64> {
    let (seconds, nanos) = text.strip_prefix('(')?.strip_suffix(')')?.split_once(", ")?;
    seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos.parse().ok()?)
}

/// A timer that does not run, close-on-exec.
pub fn create(clock: i32) -> Result<i32, Errno> {
    let how = libc::TFD_CLOEXEC.cast_unsigned() as usize;
    let fresh = plain(libc::SYS_timerfd_create, register(clock), how, 0)?;
    i32::try_from(fresh).map_err(|_| Errno(libc::EMFILE))
}

/// `timerfd_settime(2)`, in nanoseconds.
pub fn set(number: i32, flags: i32, value: u64, interval: u64) -> Result<(), Errno> {
    const SECOND: u64 = 1_000_000_000;
    let wanted = [interval / SECOND, interval % SECOND, value / SECOND, value % SECOND];
    let arguments = [register(number), register(flags), wanted.as_ptr() as usize, 0, 0, 0];
    // SAFETY: the kernel reads a struct itimerspec, four 64-bit words, on our stack.
    unsafe { call(libc::SYS_timerfd_settime, arguments) }.map(|_| ())
}

/// Counts what a timer with an interval has missed and starts it again (`timerfd_gettime(2)`).
pub fn count(number: i32) -> Result<(), Errno> {
    let mut now = [0_u64; 4];
    let place = now.as_mut_ptr() as usize;
    // SAFETY: the kernel writes a struct itimerspec, four 64-bit words, on our stack.
    unsafe { call(libc::SYS_timerfd_gettime, [register(number), place, 0, 0, 0, 0]) }.map(|_| ())
}

/// So many expirations wait to be read.
pub fn set_ticks(number: i32, ticks: u64) -> Result<(), Errno> {
    let place = (&raw const ticks) as usize;
    // SAFETY: the kernel reads one 64-bit word on our stack.
    unsafe { call(libc::SYS_ioctl, [register(number), SET_TICKS, place, 0, 0, 0]) }.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd;

    #[test]
    fn what_was_set_is_read_back() {
        let timer = create(libc::CLOCK_MONOTONIC).unwrap();
        set(timer, 0, 5_000_000_007, 1_000_000_003).unwrap();
        let now = state(timer).unwrap().unwrap();
        assert_eq!(
            (now.clock, now.ticks, now.flags, now.interval),
            (libc::CLOCK_MONOTONIC, 0, 0, 1_000_000_003)
        );
        assert!((4_000_000_000..=5_000_000_007).contains(&now.left));
        set(timer, libc::TFD_TIMER_ABSTIME, 1, 3_600_000_000_000).unwrap();
        assert_eq!(state(timer).unwrap().unwrap().flags, libc::TFD_TIMER_ABSTIME);
        fd::close(timer);
        assert_eq!(state(0).ok().flatten(), None);
        assert!(state(timer).is_err());
    }
}
