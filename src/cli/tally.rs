//! What is counted while logs are read.

use crate::wire::Outcome;
use std::collections::BTreeSet;

/// Every outcome, the harmless first.
pub const OUTCOMES: [Outcome; 5] =
    [Outcome::Reported, Outcome::Repaired, Outcome::Poisoned, Outcome::Failed, Outcome::Died];

/// Everything that is counted on the way.
#[derive(Debug, Default)]
pub struct Tally {
    /// Findings before the filters.
    pub read: usize,
    /// The slugs among them.
    pub slugs: BTreeSet<String>,
    /// Lines that are no finding.
    pub unread: u64,
    /// Findings that were counted and not written: each record names those since the one before it.
    pub held_back: u64,
    /// Findings that a suppression left out, those held back with them included.
    pub suppressed: u64,
}
