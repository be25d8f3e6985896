//! vanished-threads: a child has one thread, whatever its parent had.
//!
//! Queues fill that nobody drains, and what the others held stays held. After such a fork only
//! async-signal-safe functions are promised to work (fork(2)); a child that calls another, or goes on
//! waiting for events, is told which threads it lacks: once for each place that forks, over all children.

use super::catalog::VANISHED_THREADS as ENTRY;
use super::holder::Gone;
use super::telling::{about, note};
use super::words::Who;
use crate::ident::{birth, page};
use crate::policy;
use crate::registry::threads;
use crate::report::{Finding, shared};
use crate::settings::Action;
use crate::sys::line::Line;
use crate::wire::Outcome;
use core::fmt::Write;
use core::sync::atomic::Ordering;

/// Threads that a finding names.
const NAMED: usize = 4;

/// This copy made `call`, the first that is not promised.
#[cold]
#[inline(never)]
pub fn met(call: &'static str) {
    let action = policy::action(ENTRY.place, ENTRY.default);
    if action == Action::Off || shared::was_said(birth::site()) {
        return;
    }
    let lost = page::get().lost.load(Ordering::Relaxed);
    let mut names = Line::<320>::new();
    let mut first = None;
    let mut named = 0;
    for thread in threads::vanished().filter(|thread| threads::was_lost_now(thread)) {
        // Each is asked for its name.
        if named < NAMED {
            let facts = Gone::from(thread).facts(0);
            first = first.or(Some(facts));
            let _cut_is_fine = write!(names, "{}{}", if named == 0 { "" } else { "; " }, Who(&facts));
        }
        named += 1;
    }
    if named > NAMED {
        let _cut_is_fine = write!(names, "; and {} more", named - NAMED);
    }
    let (outcome, end) = match action {
        Action::Die => (Outcome::Died, ": the process ends here"),
        _ => (Outcome::Reported, ""),
    };
    note(&Finding {
        lost,
        lock: first,
        ..about(
            &ENTRY,
            action,
            outcome,
            call,
            format_args!(
                "{call} in a forked child that lacks {lost} of its parent's threads ({}){end}",
                core::str::from_utf8(names.bytes()).unwrap_or("")
            ),
        )
    });
}
