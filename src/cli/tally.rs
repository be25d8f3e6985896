//! What is counted while logs are read.

use crate::cli::read::Finding;
use crate::wire::Outcome;
use std::collections::{BTreeMap, BTreeSet, HashSet};

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
    /// Of those read, how many a suppression silenced.
    pub suppressed: u64,
    /// Findings past what groups have room for, and those that went into a group without stacks for want of room.
    pub no_group: u64,
    pub stackless: u64,
    /// Times that a finding names a stack which is not there, and stacks that made room for others.
    pub no_stack: u64,
    pub stacks_dropped: u64,
    /// Records of processes past those there is room for.
    pub no_process: u64,
}

impl Tally {
    /// A sentence for each thing that is not shown, or not whole.
    pub fn gaps(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let mut say = |count: u64, one: &str, many: &str| {
            if count > 0 {
                sentences.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        };
        say(self.unread, "line could not be read", "lines could not be read");
        say(
            self.held_back,
            "finding more was counted and not written (`limit`)",
            "findings more were counted and not written (`limit`)",
        );
        say(
            self.no_stack,
            "stack that a finding names is not in the log",
            "stacks that findings name are not in the log",
        );
        // Those of processes that have ended go first; it matters once one is missed.
        say(
            if self.no_stack > 0 { self.stacks_dropped } else { 0 },
            "stack was forgotten for want of room before the log ended",
            "stacks were forgotten for want of room before the log ended",
        );
        say(
            self.stackless,
            "finding is shown without its stacks: there are too many different ones",
            "findings are shown without their stacks: there are too many different ones",
        );
        say(
            self.no_group,
            "finding is counted here alone: there are too many different ones",
            "findings are counted here alone: there are too many different ones",
        );
        say(
            self.no_process,
            "record is of a process that is not shown: there are too many",
            "records are of processes that are not shown: there are too many",
        );
        sentences
    }
}

/// The findings that some filters let through.
#[derive(Debug, Default)]
pub struct Shown {
    /// As many as a table has room for, or all if they are to be sorted for a program.
    pub rows: Vec<Row>,
    /// All of them, and what came of them.
    pub count: u64,
    pub outcomes: BTreeMap<String, u64>,
    pub pids: HashSet<u32>,
    pub held_back: u64,
    /// Those that a suppression silenced, besides.
    pub silenced: u64,
    /// What is to be said on standard error, fit for a terminal.
    pub remarks: Vec<String>,
}

/// One of them.
#[derive(Debug, Default)]
pub struct Row {
    pub finding: Finding,
    /// Its group's [`number`](crate::cli::history::Group::number).
    pub group: Option<usize>,
    /// As it was read; empty unless it is to be written so.
    pub line: Box<[u8]>,
}
