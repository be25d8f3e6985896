//! forkproof-internal: something of our own could not be done.
//!
//! The program's call is never affected; what is affected is what we can promise, so it is said once
//! for each reason and process.

use super::catalog::FORKPROOF_INTERNAL as ENTRY;
use super::telling::about;
use crate::ident::epoch;
use crate::policy;
use crate::report::{self, Finding};
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::signals;
use crate::wire::Outcome;
use core::fmt;
use core::panic::UnwindSafe;
use core::sync::atomic::{AtomicU32, Ordering};

/// What could not be done.
#[derive(Clone, Copy)]
pub enum Trouble {
    /// The kernel does not wipe pages on fork.
    NoWipe,
    /// No memory for the tables.
    NoTables,
    /// `log_path` cannot be opened.
    NoLog,
    /// A number is beyond the tables.
    NumberTooHigh,
    /// More instances at once than there are records.
    TooManyPollers,
    /// More rings at once than there are records.
    TooManyRings,
    /// More requests of POSIX AIO at once than there are records.
    TooManyRequests,
    /// A panic of our own was caught.
    Panic,
    /// A program begins a parallel region that no library has.
    NoRegion,
}

/// The epoch in which each trouble was last mentioned.
static SAID: [AtomicU32; Trouble::NoRegion as usize + 1] =
    [const { AtomicU32::new(0) }; Trouble::NoRegion as usize + 1];

impl Trouble {
    const fn text(self) -> &'static str {
        match self {
            Self::NoWipe => {
                "this kernel does not wipe pages on fork: children of _Fork and raw clone will not be noticed"
            }
            Self::NoTables => {
                "no address space for the tables: nothing is tracked, every call passes through"
            }
            Self::NoLog => "log_path cannot be opened for appending: findings go to stderr alone",
            Self::NumberTooHigh => {
                "a descriptor number beyond the tables is used with epoll and is not tracked"
            }
            Self::TooManyPollers => "more than 4095 epoll instances at once: the newest are not tracked",
            Self::TooManyRings => {
                "more than 64 io_uring rings, or AIO contexts, at once: the newest are not tracked"
            }
            Self::TooManyRequests => {
                "more AIO requests at once than there are records, about 1000: the newest are not waited for when their descriptor is closed"
            }
            Self::Panic => "a step of a repair panicked and was left undone; please report this",
            Self::NoRegion => {
                "the program calls a function of OpenMP's that no loaded library has: it ends here"
            }
        }
    }
}

/// Does work of ours of which a panic must not reach the program; `false` if it panicked.
pub fn caught(fd: i32, work: impl FnOnce() + UnwindSafe) -> bool {
    let done = std::panic::catch_unwind(work).is_ok();
    if !done {
        met(Trouble::Panic, fd, None);
    }
    done
}

/// Mentions it, once a process.
#[cold]
pub fn met(trouble: Trouble, fd: i32, errno: Option<Errno>) {
    let epoch = epoch::now().max(1);
    let Some(said) = SAID.get(trouble as usize) else { return };
    if said.swap(epoch, Ordering::Relaxed) == epoch
        || policy::action(ENTRY.place, ENTRY.default) == Action::Off
    {
        return;
    }
    let reason = Reason(errno);
    let held = signals::hold();
    report::note(
        &Finding {
            fd,
            errno,
            ..about(
                &ENTRY,
                Action::Report,
                Outcome::Reported,
                "forkproof",
                format_args!("{}{reason}", trouble.text()),
            )
        },
        held,
    );
    signals::restore(held);
}

struct Reason(Option<Errno>);

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |errno| write!(out, " ({errno})"))
    }
}
