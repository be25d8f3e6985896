//! What the view shows, kept small however long a run is: processes, sums, and the latest findings.

use crate::cli::read::{Finding, Life, Record};
use crate::wire;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Processes that are kept; past it a tenth is forgotten, those that have ended first.
const PROCESSES_MAX: usize = 2000;
/// Findings that are kept.
pub const LATEST_MAX: usize = 100;
/// Words of outcomes that are counted apart: a log may hold any.
const OUTCOMES_MAX: usize = 8;
/// Over how long the rate is taken.
const RATE: Duration = Duration::from_secs(10);

/// One process.
#[derive(Debug, Default)]
pub struct Seen {
    pub ppid: u32,
    pub comm: String,
    /// The call that made it, empty if unknown.
    pub made_by: String,
    /// Nanoseconds since 1970 of the first and the last record that names it.
    pub first_ns: u64,
    pub last_ns: u64,
    pub findings: u64,
    /// How it ended: a wait status (wait(2)).
    pub end: Option<i32>,
}

/// All of it.
#[derive(Debug, Default)]
pub struct State {
    pub processes: HashMap<u32, Seen>,
    /// Processes that are not kept any more.
    pub forgotten: u64,
    /// The newest last.
    pub latest: VecDeque<Finding>,
    pub outcomes: BTreeMap<String, u64>,
    pub found: u64,
    pub held_back: u64,
    pub unread: u64,
    recent: VecDeque<(Instant, u64)>,
}

impl State {
    /// One record more.
    pub fn add(&mut self, record: Record, now: Instant) {
        match record {
            Record::Finding(finding) => self.finding(*finding, now),
            Record::Life(life) if life.kind != wire::ROTATED => self.life(life),
            Record::Life(_) | Record::Stack(_) => {}
        }
    }

    /// Findings a second, of late.
    pub fn rate(&mut self, now: Instant) -> f64 {
        while self.recent.front().is_some_and(|(then, _)| now.saturating_duration_since(*then) > RATE) {
            self.recent.pop_front();
        }
        let count = self.recent.iter().map(|(_, count)| count).sum::<u64>();
        f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / RATE.as_secs_f64()
    }

    fn finding(&mut self, finding: Finding, now: Instant) {
        self.found += 1;
        self.held_back = self.held_back.saturating_add(finding.held_back);
        match self.recent.back_mut() {
            Some((then, count)) if now.saturating_duration_since(*then) < RATE / 20 => *count += 1,
            _ => self.recent.push_back((now, 1)),
        }
        let known = self.outcomes.contains_key(&finding.outcome) || self.outcomes.len() < OUTCOMES_MAX;
        let outcome = if known { finding.outcome.clone() } else { "others".to_owned() };
        *self.outcomes.entry(outcome).or_default() += 1;
        let process = self.process(finding.pid, finding.ppid, finding.time_ns);
        process.findings += 1;
        process.comm.clone_from(&finding.comm);
        if self.latest.len() == LATEST_MAX {
            self.latest.pop_front();
        }
        self.latest.push_back(finding);
    }

    fn life(&mut self, life: Life) {
        let comm = self.process(life.pid, life.ppid, life.time_ns).comm.clone();
        match &*life.kind {
            wire::FORK => {
                let child = self.process(life.child, life.pid, life.time_ns);
                if child.end.take().is_some() {
                    // The id comes again: another process.
                    *child = Seen { ppid: life.pid, first_ns: life.time_ns, ..Seen::default() };
                }
                child.made_by = life.call;
                if child.comm.is_empty() {
                    child.comm = comm;
                }
            }
            wire::REAP => self.process(life.child, 0, life.time_ns).end = Some(life.status),
            wire::EXIT => self.process(life.pid, 0, life.time_ns).end = Some(life.status << 8),
            wire::START => {
                let process = self.process(life.pid, 0, life.time_ns);
                process.comm = life.comm;
                process.end = None;
            }
            _ => {}
        }
    }

    fn process(&mut self, pid: u32, ppid: u32, time_ns: u64) -> &mut Seen {
        if self.processes.len() >= PROCESSES_MAX && !self.processes.contains_key(&pid) {
            self.forget();
        }
        let process =
            self.processes.entry(pid).or_insert_with(|| Seen { first_ns: time_ns, ..Seen::default() });
        process.last_ns = process.last_ns.max(time_ns);
        if process.ppid == 0 {
            process.ppid = ppid;
        }
        process
    }

    fn forget(&mut self) {
        let key = |(&pid, seen): (&u32, &Seen)| (seen.end.is_none(), seen.last_ns, pid);
        let mut oldest = self.processes.iter().map(key).collect::<Vec<_>>();
        oldest.sort_unstable();
        for (_, _, pid) in oldest.into_iter().take(PROCESSES_MAX / 10) {
            self.processes.remove(&pid);
            self.forgotten += 1;
        }
    }

    /// Every process with its depth, parents before children, each generation in the order of its birth.
    pub fn tree(&self) -> Vec<(usize, u32, &Seen)> {
        let mut children: HashMap<Option<u32>, Vec<(u64, u32)>> = HashMap::new();
        for (&pid, seen) in &self.processes {
            let parent = Some(seen.ppid).filter(|ppid| *ppid != pid && self.processes.contains_key(ppid));
            children.entry(parent).or_default().push((seen.first_ns, pid));
        }
        for pids in children.values_mut() {
            pids.sort_unstable();
        }
        let mut rows = Vec::new();
        let roots = children.remove(&None).unwrap_or_default();
        let mut to_show = roots.into_iter().rev().map(|(_, pid)| (0, pid)).collect::<Vec<_>>();
        loop {
            while let Some((depth, pid)) = to_show.pop() {
                if let Some(seen) = self.processes.get(&pid) {
                    rows.push((depth, pid, seen));
                }
                let below = children.remove(&Some(pid)).unwrap_or_default();
                to_show.extend(below.into_iter().rev().map(|(_, pid)| (depth + 1, pid)));
            }
            // A damaged log may make two processes each other's parents: those hang at no root, and come last.
            let Some((_, pid)) = children.values().flatten().min().copied() else { break };
            for pids in children.values_mut() {
                pids.retain(|&(_, other)| other != pid);
            }
            to_show.push((0, pid));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fork(pid: u32, child: u32, time_ns: u64) -> Record {
        let kind = wire::FORK.to_owned();
        Record::Life(Life { kind, pid, child, time_ns, call: "fork".to_owned(), ..Life::default() })
    }

    fn finding(pid: u32) -> Record {
        Record::Finding(Box::new(Finding { pid, outcome: format!("o{pid}"), ..Finding::default() }))
    }

    #[test]
    fn children_stand_below_their_parents() {
        let mut state = State::default();
        let now = Instant::now();
        for (pid, child, time) in [(10, 11, 1), (10, 13, 2), (11, 12, 3)] {
            state.add(fork(pid, child, time), now);
        }
        let rows = state.tree().iter().map(|&(depth, pid, _)| (depth, pid)).collect::<Vec<_>>();
        assert_eq!(rows, [(0, 10), (1, 11), (2, 12), (1, 13)]);
    }

    #[test]
    fn a_long_run_stays_small() {
        let mut state = State::default();
        let now = Instant::now();
        for pid in 1..10_000 {
            state.add(finding(pid), now);
        }
        assert!(state.processes.len() <= PROCESSES_MAX && state.latest.len() == LATEST_MAX);
        assert_eq!((state.found, state.outcomes.values().sum::<u64>()), (9_999, 9_999));
        assert_eq!(state.forgotten + state.processes.len() as u64, 9_999);
        assert!((state.rate(now) - 999.9).abs() < 0.1);
        assert!(state.rate(now + 2 * RATE) == 0.0);
    }

    proptest! {
        #[test]
        fn each_process_is_shown_once(forks in prop::collection::vec((0_u32..9, 0_u32..9), 0..30)) {
            let mut state = State::default();
            for (time, (pid, child)) in (1..).zip(forks) {
                state.add(fork(pid, child, time), Instant::now());
            }
            prop_assert_eq!(state.tree().len(), state.processes.len());
        }
    }
}
