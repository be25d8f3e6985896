//! A cancel that came too late, and a close of what is in use: wait until the operation has really ended.
//!
//! Waited by looking, since libc's own way to wait is a cancellation point and a signal ends it: 20 us at first, then
//! twice as long each time up to 1 ms. Signals are handled meanwhile; no lock is held. The bound is `cancel_wait_ms`, for closes
//! in a row less and less: a read of a pipe that nobody writes to never ends.
//!
//! # Safety
//! Blocks that the program has just handed to a cancel.
#![allow(unsafe_code)]

use super::super::catalog::LATE_COMPLETION as ENTRY;
use super::super::telling::is_reported;
use super::{let_through, say};
use crate::ident::epoch;
use crate::policy;
use crate::registry::{marks, requests, table};
use crate::settings::Action;
use crate::sys::requests::{Block, Kind};
use crate::sys::{options, process};
use crate::wire::Outcome;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

/// A cancel that was answered with "not canceled".
#[derive(Clone, Copy)]
pub struct NotCanceled {
    /// Of what.
    pub kind: Kind,
    /// The descriptor of a transfer.
    pub fd: i32,
    /// The address of the block, 0 for all of the descriptor's.
    pub block: usize,
    /// The function that was called.
    pub call: &'static str,
}

impl NotCanceled {
    /// Has what was to be canceled ended since, so that the answer is another? `let_through` returns when libc, too, is
    /// through with the request.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn has_ended(self, let_through: impl FnOnce()) -> bool {
        let Self { kind, fd, block, call } = self;
        let action = policy::action(ENTRY.place, ENTRY.default);
        if table::capacity() == 0 || action == Action::Off || epoch::is_visitor() {
            return false;
        }
        let epoch = epoch::now();
        let is_under_way = || match block {
            0 => requests::under_way(fd, epoch).is_some(),
            // SAFETY: the program's own argument of this very call, of which libc said that it is in use.
            address => unsafe { Block { kind, address }.is_under_way() },
        };
        let shown = if block == 0 { requests::under_way(fd, epoch).unwrap_or(0) } else { block };
        let waited = if action == Action::Repair && shown != 0 {
            wait_while(full_us(), is_under_way)
        } else {
            Waited::InVain
        };
        let (outcome, done) = match (waited, action) {
            (Waited::Us(us), _) => {
                let_through();
                if us == 0 {
                    return true;
                }
                (Outcome::Repaired, Done::Waited(us))
            }
            (Waited::InVain, Action::Die) => (Outcome::Died, Done::Dies),
            (Waited::InVain, _) => (Outcome::Reported, Done::GoesOn),
        };
        if outcome != Outcome::Reported || !is_reported(shown) {
            let what = Under { kind, block: shown };
            say(action, outcome, call, fd, format_args!("{call} could not cancel {what}: {done}"));
        }
        outcome == Outcome::Repaired
    }
}

/// The program is about to close `fd`, of which requests have been made, through `call`.
#[cold]
#[inline(never)]
pub fn closing(fd: i32, call: &'static str) {
    let epoch = epoch::now();
    if epoch == 0 || requests::epoch() != epoch || epoch::is_visitor() {
        return;
    }
    let action = policy::action(ENTRY.place, ENTRY.default);
    if let Some(block) = requests::under_way(fd, epoch).filter(|_| action != Action::Off) {
        let waited = if action == Action::Repair {
            wait_for_closing(|| requests::under_way(fd, epoch).is_some())
        } else {
            Waited::InVain
        };
        let (outcome, done) = match (waited, action) {
            (Waited::Us(us), _) => {
                let_through();
                (Outcome::Repaired, Done::Waited(us))
            }
            (Waited::InVain, Action::Die) => (Outcome::Died, Done::Dies),
            (Waited::InVain, _) => (Outcome::Reported, Done::GoesOn),
        };
        let what = Under { kind: Kind::Transfer, block };
        say(action, outcome, call, fd, format_args!("{call} of fd {fd}, in use by {what}: {done}"));
    }
    marks::take_off(fd, marks::IN_FLIGHT);
}

/// How a wait ended.
#[derive(Clone, Copy)]
enum Waited {
    /// Well, after so many microseconds; 0 where there was nothing to wait for.
    Us(u64),
    /// It is still under way.
    InVain,
}

fn full_us() -> u64 {
    u64::from(options::get().cancel_wait_ms) * 1000
}

/// A program that ends closes a thousand idle connections in a row, each with a read that ends with it: nobody is to
/// wait for all of them. So each close that has waited in vain halves the time of the next, until one is not in vain.
fn wait_for_closing(is_under_way: impl Fn() -> bool) -> Waited {
    const LEAST_US: u64 = 1000;
    static IN_VAIN: AtomicU32 = AtomicU32::new(0);
    let full = full_us();
    let halved = full.checked_shr(IN_VAIN.load(Ordering::Relaxed)).unwrap_or(0);
    let waited = wait_while(halved.max(LEAST_US.min(full)), is_under_way);
    match waited {
        Waited::Us(_) => IN_VAIN.store(0, Ordering::Relaxed),
        Waited::InVain => {
            IN_VAIN.fetch_add(1, Ordering::Relaxed);
        }
    }
    waited
}

fn wait_while(limit: u64, is_under_way: impl Fn() -> bool) -> Waited {
    const FIRST_US: u64 = 20;
    const LONGEST_US: u64 = 1000;
    if !is_under_way() {
        return Waited::Us(0);
    }
    let begun = process::now_us();
    let mut pause = FIRST_US;
    loop {
        let waited = process::now_us() - begun;
        if !is_under_way() {
            return Waited::Us(waited.max(1));
        }
        if waited >= limit {
            return Waited::InVain;
        }
        process::sleep_us(pause.min(limit - waited));
        pause = (pause * 2).min(LONGEST_US);
    }
}

struct Under {
    kind: Kind,
    block: usize,
}

impl fmt::Display for Under {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.block) {
            (Kind::Lookup, block) => write!(out, "the getaddrinfo_a request at {block:#x}"),
            (Kind::Transfer, 0) => out.write_str("an AIO request that forkproof did not see made"),
            (Kind::Transfer, block) => write!(out, "the AIO request at {block:#x}"),
        }
    }
}

enum Done {
    Waited(u64),
    GoesOn,
    Dies,
}

impl fmt::Display for Done {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waited(us) => {
                write!(out, "waited {}.{:02} ms until it had ended", us / 1000, us % 1000 / 10)
            }
            Self::GoesOn => {
                out.write_str("it is under way and will write to its block and buffer: do not free them yet")
            }
            Self::Dies => out.write_str("the process ends here"),
        }
    }
}
