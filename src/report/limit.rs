//! How much one process may say of one slug, and the count of what it did not.
//!
//! Counts lie in the page that a copy finds wiped, so a child starts anew without anybody resetting them.

use crate::ident::page;
use core::sync::atomic::{AtomicU32, Ordering};

/// May a finding be written?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum May {
    /// Yes, and so many before it were not.
    Say {
        /// Findings counted and not mentioned yet.
        held_back: u64,
    },
    /// No; it has been counted.
    Hold,
}

/// Counts one finding of the hazard at `place`. Past `limit` (0: none) only each tenfold count is written, so
/// that a process that ends by a signal has told the order of magnitude.
#[must_use]
pub fn ask(place: usize, limit: u32) -> May {
    let page = page::get();
    let all = add(page.found.get(place));
    let silenced = page.silenced.get(place).map_or(0, |count| count.load(Ordering::Acquire));
    decide(all.saturating_sub(silenced), limit, page.held_back.get(place))
}

/// As [`ask`], of one that the suppression in `line` silences: those have a limit of their own, and keep no other from
/// being said.
#[must_use]
pub fn ask_silenced(place: usize, limit: u32, line: usize) -> May {
    let page = page::get();
    let count = add(page.silenced.get(place));
    let _counted_with_the_others = add(page.found.get(place));
    if let Some(by) = page.silenced_by.get(place) {
        by.store(u32::try_from(line).unwrap_or(0), Ordering::Release);
    }
    decide(count, limit, page.silenced_back.get(place))
}

fn decide(count: u32, limit: u32, held_back: Option<&AtomicU32>) -> May {
    if limit == 0 || count <= limit || is_power_of_ten(count.into()) {
        return May::Say { held_back: take(held_back) };
    }
    let _so_far = add(held_back);
    May::Hold
}

/// Has this process counted any of the hazard at `place`?
#[must_use]
pub fn any(place: usize) -> bool {
    page::get().found.get(place).is_some_and(|count| count.load(Ordering::Acquire) != 0)
}

/// Findings held back and not mentioned; they count as mentioned from now on.
#[must_use]
pub fn take_held_back(place: usize) -> u64 {
    take(page::get().held_back.get(place))
}

/// As [`take_held_back`], of those that were silenced, and the line that silenced the last.
#[must_use]
pub fn take_silenced_back(place: usize) -> (u64, usize) {
    let line = page::get().silenced_by.get(place).map_or(0, |line| line.load(Ordering::Acquire));
    (take(page::get().silenced_back.get(place)), usize::try_from(line).unwrap_or(0))
}

fn take(count: Option<&AtomicU32>) -> u64 {
    count.map_or(0, |count| u64::from(count.swap(0, Ordering::AcqRel)))
}

fn add(count: Option<&AtomicU32>) -> u32 {
    count.map_or(0, |count| count.fetch_add(1, Ordering::AcqRel).saturating_add(1))
}

fn is_power_of_ten(mut count: u64) -> bool {
    while count >= 10 && count.is_multiple_of(10) {
        count /= 10;
    }
    count == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_limit_only_tenfold_counts_are_said_and_nothing_is_lost() {
        let place = crate::settings::HAZARDS_MAX - 1;
        let mut said = 0;
        for _ in 0..1234 {
            if let May::Say { held_back } = ask(place, 20) {
                said += 1 + held_back;
            }
        }
        assert_eq!(said + take_held_back(place), 1234);
    }

    #[test]
    fn those_that_are_silenced_keep_no_other_from_being_said() {
        let place = crate::settings::HAZARDS_MAX - 2;
        let mut silenced = 0;
        for _ in 0..55 {
            if let May::Say { held_back } = ask_silenced(place, 20, 3) {
                silenced += 1 + held_back;
            }
        }
        for _ in 0..20 {
            assert_eq!(ask(place, 20), May::Say { held_back: 0 });
        }
        assert_eq!(ask(place, 20), May::Hold);
        assert_eq!(take_silenced_back(place), (55 - silenced, 3));
        assert_eq!((silenced, take_held_back(place)), (20, 1));
    }
}
