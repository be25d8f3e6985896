//! shared-timerfd: a forked child reads or sets its parent's timerfd.
//!
//! The expiration, the interval and the count of ticks lie in the open file (`timerfd_create(2)`): a child's read takes
//! the parent's tick, its `timerfd_settime` disarms the parent. All of it can be read from fdinfo without touching
//! the timer, so the child gets one of its own: clock, flags, what is left, interval, ticks. It fires a few
//! microseconds late rather than early, since what is left is measured before it is set. One case cannot be
//! read: a timer with an interval that has expired stands still until it is read, and fdinfo does not say when it
//! would have gone on. `timerfd_gettime` makes the kernel count; a read answers the same afterwards, and
//! an edge-triggered parent may hear of the timer once more.

use super::catalog::SHARED_TIMERFD;
use super::shared_descriptor::{Kind, Refused};
use crate::registry::fds;
use crate::sys::call::Errno;
use crate::sys::timerfd::{self, Timer};
use crate::sys::{fd, process};

pub(super) const KIND: Kind = Kind {
    flag: fds::TIMER,
    entry: SHARED_TIMERFD,
    noun: "timerfd",
    link: b"anon_inode:[timerfd]",
    harm: "what one process reads or sets, the other has lost",
    way: |way, _| Some(way),
    copy: Some(copy),
};

fn copy(number: i32) -> Result<i32, Refused> {
    let Measured { timer, at } = measure(number)?;
    let fresh = timerfd::create(timer.clock).map_err(Refused::Failed)?;
    let set = set(fresh, timer, at);
    if set.is_err() {
        fd::close(fresh);
    }
    set.map(|()| fresh)
}

struct Measured {
    timer: Timer,
    /// By `CLOCK_MONOTONIC`, in nanoseconds.
    at: u64,
}

fn measure(number: i32) -> Result<Measured, Refused> {
    const LOOKS: u32 = 8;
    const PROMPT_NS: u64 = 50_000;
    let mut is_idle = false;
    for look in 1..=LOOKS {
        let before = process::clock_ns(libc::CLOCK_MONOTONIC);
        let timer = match timerfd::state(number) {
            Ok(Some(timer)) => timer,
            // Emulators and kernels before Linux 3.17 show less.
            Ok(None) | Err(Errno(libc::ENOENT | libc::ENOTDIR | libc::EACCES)) => {
                return Err(Refused::Inexact("its state cannot be read from /proc"));
            }
            Err(errno) => return Err(Refused::Failed(errno)),
        };
        let at = process::clock_ns(libc::CLOCK_MONOTONIC);
        let stands = timer.left == 0;
        if stands && timer.ticks != 0 && timer.interval != 0 {
            timerfd::count(number).map_err(Refused::Failed)?;
        } else if stands && timer.ticks == 0 && !is_idle {
            // Or it has just run out, and the kernel is about to count it.
            is_idle = true;
        } else if at - before < PROMPT_NS || stands || look == LOOKS {
            return Ok(Measured { timer, at });
        }
    }
    Err(Refused::Inexact("it expires faster than it can be read"))
}

fn set(fresh: i32, timer: Timer, at: u64) -> Result<(), Refused> {
    let now = process::clock_ns(libc::CLOCK_MONOTONIC);
    // Late is set to expire at once; 0 would disarm it.
    let left = if timer.left == 0 { 0 } else { (timer.left + at).saturating_sub(now).max(1) };
    let is_absolute = timer.flags & libc::TFD_TIMER_ABSTIME != 0;
    let value = if is_absolute && left != 0 { process::clock_ns(readable(timer.clock)) + left } else { left };
    timerfd::set(fresh, timer.flags, value, timer.interval).map_err(Refused::Failed)?;
    if timer.ticks == 0 {
        return Ok(());
    }
    timerfd::set_ticks(fresh, timer.ticks).map_err(|errno| match errno {
        Errno(libc::ENOTTY) => {
            Refused::Inexact("it has ticks that nobody has read, which this kernel cannot copy")
        }
        errno => Refused::Failed(errno),
    })
}

/// The clocks that wake a sleeping machine are the others; where there is no such device they cannot be read.
const fn readable(clock: i32) -> i32 {
    match clock {
        libc::CLOCK_REALTIME_ALARM => libc::CLOCK_REALTIME,
        libc::CLOCK_BOOTTIME_ALARM => libc::CLOCK_BOOTTIME,
        other => other,
    }
}
