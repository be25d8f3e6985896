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
    let limit = u64::from(limit);
    let count = u64::from(add(page::get().found.get(place)));
    if limit == 0 || count <= limit || is_power_of_ten(count) {
        return May::Say { held_back: take_held_back(place) };
    }
    let _so_far = add(page::get().held_back.get(place));
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
    page::get().held_back.get(place).map_or(0, |count| u64::from(count.swap(0, Ordering::AcqRel)))
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
}
