//! Which process a record is about. The kernel gives the id of a process that has ended to another, and the records of
//! parent and child may come in any order.

use super::{Kept, Process};
use crate::cli::read::{Finding, Life};
use crate::wire;
use std::collections::HashMap;

/// Processes that are kept; half as many again if they have findings.
const PROCESSES_MAX: usize = 40_000;
/// Letters of a name that are kept, and of a program's path. The kernel's own are shorter.
const NAME_MAX: usize = 64;
const EXE_MAX: usize = 256;
/// What command lines, and the programs a process became, may take together, in bytes, roughly.
const WORDS_MAX: usize = 16 << 20;
/// Findings of one process that have their time, and programs it became.
const MARKS_MAX: usize = 4096;
const EXECS_MAX: usize = 64;
/// Earlier processes of one id that are looked through.
const LIVES_MAX: usize = 16;
/// Two records about one event are not further apart: the parent tells of a fork once it runs again.
const SLACK_NS: u64 = 1_000_000_000;

/// Every process so far.
#[derive(Debug, Default)]
pub struct Lives {
    processes: Vec<Process>,
    extents: Vec<Extent>,
    /// The latest process of an id.
    latest: HashMap<u32, usize>,
    words: usize,
    turned_away: u64,
}

/// What tells the processes of one id apart.
#[derive(Debug, Default)]
struct Extent {
    /// When its parent told of it.
    born: Option<u64>,
    /// When its parent was told of its end: from then on the id was free.
    reaped: Option<u64>,
    /// The process before it with the same id.
    before: Option<usize>,
}

impl Lives {
    /// Who owns the stacks of the process `pid` that lived at `time_ns`.
    pub fn owner(&mut self, pid: u32, time_ns: u64) -> u64 {
        // A stack is there for the sake of a finding.
        self.at(pid, time_ns, true).map_or_else(|| Self::stranger(pid), |place| place as u64)
    }

    /// Who owns the stacks of a process that there is no room for.
    pub const fn stranger(pid: u32) -> u64 {
        (1 << 63) | pid as u64
    }

    /// Records that were about processes there was no room for.
    pub const fn turned_away(&self) -> u64 {
        self.turned_away
    }

    /// All of them, as they came.
    pub fn into_processes(self) -> Vec<Process> {
        self.processes
    }

    /// The process that met `finding`.
    pub fn finding<S: Kept>(&mut self, finding: &Finding<S>) -> Option<usize> {
        let place = self.at(finding.pid, finding.time_ns, true)?;
        let process = self.processes.get_mut(place)?;
        process.count = process.count.saturating_add(1);
        if process.ppid == 0 {
            process.ppid = finding.ppid;
        }
        // Its first thread's name is the process's.
        if (process.comm.is_empty() || finding.tid == finding.pid) && process.comm != *finding.comm {
            process.comm = cut(&finding.comm, NAME_MAX);
        }
        Some(place)
    }

    /// Notes when a process met which group; false when it has no room for that.
    pub fn mark(&mut self, place: usize, time_ns: u64, group: usize) -> bool {
        let process = self.processes.get_mut(place).filter(|process| process.findings.len() < MARKS_MAX);
        process.is_some_and(|process| {
            process.findings.push((time_ns, group));
            true
        })
    }

    /// One thing that happened to a process.
    pub fn life<S: Kept>(&mut self, life: Life<S>) {
        let (pid, time_ns) = (life.pid, life.time_ns);
        match &*life.kind {
            wire::FORK => {
                self.at(pid, time_ns, false);
                self.born(life.child, pid, time_ns, &life.call);
            }
            wire::REAP => {
                self.at(pid, time_ns, false);
                self.reaped(life.child, time_ns, life.status);
            }
            wire::START => self.started(life),
            wire::EXEC => {
                self.words = self.words.saturating_add(EXE_MAX);
                let room = self.words < WORDS_MAX;
                let process = self.at(pid, time_ns, false).and_then(|place| self.processes.get_mut(place));
                if let Some(process) = process.filter(|process| room && process.execs.len() < EXECS_MAX) {
                    process.execs.push((time_ns, String::new()));
                }
            }
            wire::EXIT => {
                let Some(place) = self.at(pid, time_ns, false) else { return };
                let reaped = self.extents.get(place).is_some_and(|extent| extent.reaped.is_some());
                if let Some(process) = self.processes.get_mut(place) {
                    // The parent's word says more: a signal may have come in between.
                    let status = process.end.filter(|_| reaped).map(|(_, status)| status);
                    process.end = Some((time_ns, status.unwrap_or((life.status & 0xff) << 8)));
                }
            }
            _ => {}
        }
    }

    fn born(&mut self, pid: u32, ppid: u32, time_ns: u64, call: &str) {
        let place = self.find(pid, time_ns).filter(|&place| {
            let (Some(process), Some(extent)) = (self.processes.get(place), self.extents.get(place)) else {
                return false;
            };
            match extent.born {
                Some(born) => born == time_ns && process.ppid == ppid,
                None => {
                    extent.reaped.is_none_or(|reaped| reaped >= time_ns)
                        && process.end.is_none_or(|(end, _)| end.saturating_add(SLACK_NS) >= time_ns)
                }
            }
        });
        let Some(place) = place.or_else(|| self.begin(pid, time_ns, false)) else { return };
        if let (Some(process), Some(extent)) = (self.processes.get_mut(place), self.extents.get_mut(place)) {
            extent.born = Some(time_ns);
            process.ppid = ppid;
            process.first_ns = process.first_ns.min(time_ns);
            process.last_ns = process.last_ns.max(time_ns);
            process.made_by = cut(call, NAME_MAX);
        }
    }

    fn reaped(&mut self, pid: u32, time_ns: u64, status: i32) {
        let Some(place) = self.at(pid, time_ns, false) else { return };
        if let (Some(process), Some(extent)) = (self.processes.get_mut(place), self.extents.get_mut(place)) {
            let end = process.end.map_or(time_ns, |(end, _)| end);
            process.end = Some((end, status));
            extent.reaped = Some(time_ns);
        }
    }

    fn started<S: Kept>(&mut self, life: Life<S>) {
        let ended = self.find(life.pid, life.time_ns).and_then(|place| self.processes.get(place));
        let ended = ended.is_some_and(|process| process.end.is_some_and(|(end, _)| end < life.time_ns));
        let place = if ended {
            self.begin(life.pid, life.time_ns, false)
        } else {
            self.at(life.pid, life.time_ns, false)
        };
        let Some(process) = place.and_then(|place| self.processes.get_mut(place)) else { return };
        let (exe, time_ns) = (cut(&life.exe, EXE_MAX), life.time_ns);
        let execs = process.execs.len();
        match process.execs.last_mut() {
            Some((_, program)) if program.is_empty() => program.clone_from(&exe),
            _ if !process.exe.is_empty() && execs < EXECS_MAX && self.words < WORDS_MAX => {
                process.execs.push((time_ns, exe.clone()));
            }
            _ => {}
        }
        if process.ppid == 0 {
            process.ppid = life.ppid;
        }
        process.comm = cut(&life.comm, NAME_MAX);
        let words = life.argv.iter().map(|word| word.len() + 40).sum::<usize>() + 2 * exe.len() + 60;
        process.exe = exe;
        self.words = self.words.saturating_add(words);
        process.argv =
            if self.words < WORDS_MAX { life.argv.into_iter().map(Into::into).collect() } else { Vec::new() };
    }

    /// The process of this id that lived at `time_ns`, made if there is none.
    fn at(&mut self, pid: u32, time_ns: u64, finding: bool) -> Option<usize> {
        let found = self.find(pid, time_ns).filter(|&place| {
            // One that its parent has buried tells nothing more.
            let reaped = self.extents.get(place).and_then(|extent| extent.reaped);
            reaped.is_none_or(|reaped| reaped.saturating_add(SLACK_NS) >= time_ns)
        });
        let place = found.or_else(|| self.begin(pid, time_ns, finding))?;
        let process = self.processes.get_mut(place)?;
        process.first_ns = process.first_ns.min(time_ns);
        process.last_ns = process.last_ns.max(time_ns);
        Some(place)
    }

    /// The latest that had begun by then, else the earliest.
    fn find(&self, pid: u32, time_ns: u64) -> Option<usize> {
        let mut place = *self.latest.get(&pid)?;
        for _ in 0..LIVES_MAX {
            let begun = self.processes.get(place).is_none_or(|process| process.first_ns <= time_ns);
            match self.extents.get(place).and_then(|extent| extent.before) {
                Some(before) if !begun => place = before,
                _ => break,
            }
        }
        Some(place)
    }

    fn begin(&mut self, pid: u32, time_ns: u64, finding: bool) -> Option<usize> {
        let most = if finding { PROCESSES_MAX + PROCESSES_MAX / 2 } else { PROCESSES_MAX };
        if self.processes.len() >= most {
            self.turned_away = self.turned_away.saturating_add(1);
            return None;
        }
        let place = self.processes.len();
        self.processes.push(Process { pid, first_ns: time_ns, last_ns: time_ns, ..Process::default() });
        // The processes of an id stand latest first.
        let later = self
            .latest
            .get(&pid)
            .copied()
            .filter(|&other| self.processes.get(other).is_some_and(|process| process.first_ns > time_ns));
        let before = match later.and_then(|later| self.extents.get_mut(later)) {
            Some(later) => later.before.replace(place),
            None => self.latest.insert(pid, place),
        };
        self.extents.push(Extent { before, ..Extent::default() });
        Some(place)
    }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
