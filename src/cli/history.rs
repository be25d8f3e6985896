//! What the logs of a run say together: its processes as a tree, and its findings, those that are alike as one.

mod depot;
mod lives;
mod order;
#[cfg(test)]
mod tests;

use super::read::{Finding, Record};
use super::stack::{Place, Stack};
use super::tally::Tally;
use crate::wire;
use depot::Depot;
use lives::Lives;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Deref;

/// Groups that have their stacks; as many again may have none.
const GROUPS_MAX: usize = 4000;
/// What the texts and stacks of groups may take together, in bytes, roughly.
const SIZE_MAX: usize = 32 << 20;
/// Marks of all processes together, and pairs of a group and a process.
const MARKS_MAX: usize = 1_000_000;
const MET_MAX: usize = 500_000;
/// Slugs that are listed, and bytes of all the words that findings repeat.
const SLUGS_MAX: usize = 200;
const WORDS_SIZE_MAX: usize = 1 << 20;

/// A text of a record, kept or not.
pub trait Kept: Deref<Target = str> + Into<String> + Hash + serde::Serialize {}

impl<S: Deref<Target = str> + Into<String> + Hash + serde::Serialize> Kept for S {}

/// Everything that is shown of a run.
#[derive(Debug, Default)]
pub struct History {
    /// A parent stands before its children.
    pub processes: Vec<Process>,
    /// In the order of their first findings.
    pub groups: Vec<Group>,
    /// What was counted on the way.
    pub tally: Tally,
}

/// One process, from the records that name it.
#[derive(Debug, Default)]
pub struct Process {
    pub pid: u32,
    /// Id of its parent; 0 if unknown.
    pub ppid: u32,
    /// Place of its parent in [`History::processes`].
    pub parent: Option<usize>,
    /// The last name it was seen under.
    pub comm: String,
    pub exe: String,
    pub argv: Vec<String>,
    /// The call that made it, empty if unknown.
    pub made_by: String,
    /// Nanoseconds since 1970 of the first and the last record that names it.
    pub first_ns: u64,
    pub last_ns: u64,
    /// When it became another program, and which (empty until that said so); past some dozens no more are kept.
    pub execs: Vec<(u64, String)>,
    /// When it ended, and how: a wait status (wait(2)).
    pub end: Option<(u64, i32)>,
    /// Findings in it, by place in [`History::groups`], each with its time; past some thousands only counted.
    pub findings: Vec<(u64, usize)>,
    /// All of them.
    pub count: u64,
}

/// Findings with the same slug, outcome, call and stacks.
#[derive(Debug, Default)]
pub struct Group {
    /// The first of them.
    pub first: Finding,
    pub made: Option<Stack>,
    pub forked: Option<Stack>,
    pub used: Option<Stack>,
    pub holder: Option<Stack>,
    /// How many were written, and how many more were only counted.
    pub count: u64,
    pub held_back: u64,
    pub last_ns: u64,
    /// Places in [`History::processes`] of those that met it, in order.
    pub processes: Vec<usize>,
    /// Its place in the order of reading: what [`Builder::place`] answered.
    pub number: usize,
}

impl Group {
    /// The user's own place in the first stack that has one: used, made, forked, held.
    pub fn own(&self) -> Option<Place<'_>> {
        self.stacks().find_map(Stack::own)
    }

    /// The same; where the user has no part in it, the nearest to it that is known.
    pub fn place(&self) -> Option<Place<'_>> {
        self.own().or_else(|| self.stacks().find_map(Stack::nearest))
    }

    fn stacks(&self) -> impl Iterator<Item = &Stack> {
        [&self.used, &self.made, &self.forked, &self.holder].into_iter().flatten()
    }
}

/// Puts records together, in whatever order they come: the logs of several processes are read one after the other.
///
/// What is kept has bounds, whatever the logs hold; what is past them is counted in [`Tally`].
#[derive(Debug, Default)]
pub struct Builder {
    lives: Lives,
    depot: Depot,
    words: HashMap<Box<str>, u32>,
    words_size: usize,
    groups: Vec<Group>,
    by_key: HashMap<Key, usize>,
    /// By process and slug: the group of its latest finding.
    latest: HashMap<(u64, u32), usize>,
    met: HashSet<(usize, usize)>,
    marks: usize,
    size: usize,
    tally: Tally,
}

/// Slug, outcome, call, suppression; and the stacks by their content, 0 for none.
type Key = ([u32; 4], [u64; 4]);

impl Builder {
    /// One record more.
    pub fn add<S: Kept>(&mut self, record: Record<S>) {
        self.place(record);
    }

    /// The same. For a finding the place of its group in the order of reading, if it found room in one.
    pub fn place<S: Kept>(&mut self, record: Record<S>) -> Option<usize> {
        match record {
            Record::Stack(stack) => {
                let owner = self.lives.owner(stack.pid, stack.time_ns);
                self.depot.put(owner, &stack);
                None
            }
            Record::Life(life) => {
                self.lives.life(life);
                None
            }
            Record::Finding(finding) => self.finding(*finding),
        }
    }

    /// The group at this place in the order of reading.
    pub fn group(&mut self, place: usize) -> Option<&mut Group> {
        self.groups.get_mut(place)
    }

    /// What they make together.
    pub fn finish(mut self) -> History {
        self.tally.no_process = self.lives.turned_away();
        self.tally.stacks_dropped = self.depot.dropped();
        order::history(self.lives.into_processes(), self.groups, self.tally)
    }

    fn finding<S: Kept>(&mut self, finding: Finding<S>) -> Option<usize> {
        let (pid, time_ns, held_back) = (finding.pid, finding.time_ns, finding.held_back);
        if *finding.text == *wire::REST
            && let Some(group) = self.rest(&finding)
        {
            return Some(group);
        }
        let process = self.lives.finding(&finding);
        let owner = process.map_or_else(|| Lives::stranger(pid), |place| place as u64);
        self.tally.read = self.tally.read.saturating_add(1);
        self.tally.held_back = self.tally.held_back.saturating_add(held_back);
        if !finding.suppressed.is_empty() {
            self.tally.suppressed = self.tally.suppressed.saturating_add(1);
        }
        if self.tally.slugs.len() < SLUGS_MAX && !self.tally.slugs.contains(&*finding.slug) {
            self.tally.slugs.insert(finding.slug.to_string());
        }
        let ids = [finding.made_stack, finding.forked_stack, finding.used_stack, finding.holder_stack];
        let stacks = ids.map(|id| {
            let content = if id == 0 { None } else { self.depot.find(owner, id) };
            if id != 0 && content.is_none() {
                self.tally.no_stack = self.tally.no_stack.saturating_add(1);
            }
            content.unwrap_or_default()
        });
        let slug = self.word(&finding.slug);
        let Some(group) = self.group_of(finding, stacks) else {
            self.tally.no_group = self.tally.no_group.saturating_add(1);
            return None;
        };
        let entry = self.groups.get_mut(group)?;
        entry.count = entry.count.saturating_add(1);
        entry.held_back = entry.held_back.saturating_add(held_back);
        entry.last_ns = entry.last_ns.max(time_ns);
        if let Some(slug) = slug.filter(|_| self.latest.len() < MET_MAX) {
            self.latest.insert((owner, slug), group);
        }
        if let Some(place) = process {
            if entry.processes.last() != Some(&place)
                && self.met.len() < MET_MAX
                && self.met.insert((group, place))
            {
                entry.processes.push(place);
            }
            if self.marks < MARKS_MAX && self.lives.mark(place, time_ns, group) {
                self.marks += 1;
            }
        }
        Some(group)
    }

    /// What a process counted and did not write: more of its latest of that slug, none of which it tells apart.
    fn rest<S: Kept>(&mut self, finding: &Finding<S>) -> Option<usize> {
        let owner = self.lives.owner(finding.pid, finding.time_ns);
        let slug = self.word(&finding.slug)?;
        let group = *self.latest.get(&(owner, slug))?;
        let entry = self.groups.get_mut(group)?;
        let more = finding.held_back.saturating_add(1);
        entry.held_back = entry.held_back.saturating_add(more);
        self.tally.held_back = self.tally.held_back.saturating_add(more);
        Some(group)
    }

    /// The group for a finding: the one it equals, or a new one while there is room; past it, one without stacks.
    fn group_of<S: Kept>(&mut self, finding: Finding<S>, mut stacks: [u64; 4]) -> Option<usize> {
        let words = [
            self.word(&finding.slug)?,
            self.word(&finding.outcome)?,
            self.word(&finding.call)?,
            self.word(&finding.suppressed)?,
        ];
        if let Some(&group) = self.by_key.get(&(words, stacks)) {
            let first = &mut self.groups.get_mut(group)?.first;
            if finding.time_ns < first.time_ns {
                *first = finding.owned();
            }
            return Some(group);
        }
        if (self.groups.len() >= GROUPS_MAX || self.size >= SIZE_MAX) && stacks != [0; 4] {
            self.tally.stackless = self.tally.stackless.saturating_add(1);
            stacks = [0; 4];
            if let Some(&group) = self.by_key.get(&(words, stacks)) {
                return Some(group);
            }
        }
        if self.groups.len() >= GROUPS_MAX.saturating_mul(2) || self.size >= SIZE_MAX.saturating_mul(2) {
            return None;
        }
        let first = finding.owned();
        self.size += first.size();
        let [made, forked, used, holder] = stacks.map(|stack| {
            let (stack, size) = self.depot.open(stack)?;
            self.size += size;
            Some(stack)
        });
        let number = self.groups.len();
        self.groups.push(Group { first, made, forked, used, holder, number, ..Group::default() });
        self.by_key.insert((words, stacks), number);
        Some(number)
    }

    /// The number of a word that findings repeat; none when there are too many of them.
    fn word(&mut self, word: &str) -> Option<u32> {
        if let Some(&number) = self.words.get(word) {
            return Some(number);
        }
        self.words_size += word.len() + 64;
        if self.words_size > WORDS_SIZE_MAX {
            return None;
        }
        let number = u32::try_from(self.words.len()).ok()?;
        self.words.insert(word.into(), number);
        Some(number)
    }
}
