//! A finding about a lock, said with the signals held, and for some things only once.

use super::catalog::{ADOPTED_LOCK, Entry};
use crate::ident::page;
use crate::report::{self, Finding, Lock};
use crate::settings::Action;
use crate::sys::signals;
use crate::wire::Outcome;
use core::fmt;
use core::sync::atomic::Ordering;

/// A finding of the hazard in `entry`.
pub const fn about<'a>(
    entry: &Entry,
    action: Action,
    outcome: Outcome,
    call: &'static str,
    text: fmt::Arguments<'a>,
) -> Finding<'a> {
    Finding::new(entry.place, entry.slug, action, outcome, call, text)
}

/// Says what `call` met and what came of it.
pub fn tell(
    entry: &Entry,
    action: Action,
    outcome: Outcome,
    call: &'static str,
    lock: Lock,
    text: fmt::Arguments<'_>,
) {
    note(&Finding {
        lock: Some(lock),
        quiet: entry.place == ADOPTED_LOCK.place && outcome == Outcome::Repaired,
        ..about(entry, action, outcome, call, text)
    });
}

/// Says it, with the signals held.
pub fn note(finding: &Finding<'_>) {
    let held = signals::hold();
    report::note(finding, held);
    signals::restore(held);
}

/// Has the thing at `address` been mentioned? A lock that is tried again and again is mentioned once.
pub fn is_reported(address: usize) -> bool {
    let page = page::get();
    let mark = u32::try_from(address & 0xffff_ffff).unwrap_or(0) | 1;
    if page.reported.iter().any(|slot| slot.load(Ordering::Relaxed) == mark) {
        return true;
    }
    let next = page.reports.fetch_add(1, Ordering::Relaxed) as usize % page::REPORTED;
    if let Some(slot) = page.reported.get(next) {
        slot.store(mark, Ordering::Relaxed);
    }
    false
}
