//! How much one process may say of one slug, and the count of what it did not.
//!
//! Counts carry the epoch, so a child starts anew without anybody resetting them.

use crate::ident::epoch;
use crate::settings::HAZARDS_MAX;
use crate::sys::options;
use core::sync::atomic::{AtomicU64, Ordering};

/// Epoch (32 bits), findings so far (32).
static FOUND: [AtomicU64; HAZARDS_MAX] = [const { AtomicU64::new(0) }; HAZARDS_MAX];
/// Epoch (32 bits), findings held back and not yet mentioned (32).
static HELD: [AtomicU64; HAZARDS_MAX] = [const { AtomicU64::new(0) }; HAZARDS_MAX];

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

/// Counts one finding of the hazard at `place`. Past the limit only each tenfold count is written, so
/// that a process that ends by a signal has told the order of magnitude.
#[must_use]
pub fn ask(place: usize) -> May {
    let limit = u64::from(options::get().limit);
    let count = add(FOUND.get(place), 1);
    if limit == 0 || count <= limit || is_power_of_ten(count) {
        return May::Say { held_back: take_held_back(place) };
    }
    let _so_far = add(HELD.get(place), 1);
    May::Hold
}

/// Findings held back and not mentioned; they count as mentioned from now on.
#[must_use]
pub fn take_held_back(place: usize) -> u64 {
    let Some(word) = HELD.get(place) else { return 0 };
    let taken = word.swap(0, Ordering::AcqRel);
    if taken >> 32 == u64::from(epoch::now()) { taken & 0xffff_ffff } else { 0 }
}

fn add(word: Option<&AtomicU64>, more: u64) -> u64 {
    let epoch = u64::from(epoch::now());
    let next = |old: u64| if old >> 32 == epoch { old.saturating_add(more) } else { epoch << 32 | more };
    let old = word.map(|word| word.fetch_update(Ordering::AcqRel, Ordering::Acquire, |old| Some(next(old))));
    next(old.and_then(Result::ok).unwrap_or(epoch << 32)) & 0xffff_ffff
}

fn is_power_of_ten(mut count: u64) -> bool {
    while count >= 10 && count % 10 == 0 {
        count /= 10;
    }
    count == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_limit_only_tenfold_counts_are_said_and_nothing_is_lost() {
        let place = HAZARDS_MAX - 1;
        let mut said = 0;
        for _ in 0..1234 {
            if let May::Say { held_back } = ask(place) {
                said += 1 + held_back;
            }
        }
        assert_eq!(said + take_held_back(place), 1234);
    }
}
