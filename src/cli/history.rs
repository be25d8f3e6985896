//! What the logs of a run say together: its processes as a tree, and its findings, those that are alike as one.

use super::read::{Finding, Life, Record};
use super::stack::{Place, Stack};
use super::tally::Tally;
use crate::wire;
use std::collections::HashMap;

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
    /// When it became another program, and which (empty until that said so).
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
}

impl Group {
    /// The user's own place in the first stack that has one: used, made, forked, held.
    pub fn own(&self) -> Option<Place<'_>> {
        let stacks = [&self.used, &self.made, &self.forked, &self.holder];
        stacks.into_iter().flatten().find_map(Stack::own)
    }
}

/// Puts records together in the order of the log.
#[derive(Debug, Default)]
pub struct Builder {
    history: History,
    by_pid: HashMap<u32, usize>,
    stacks: HashMap<(u32, u32), Stack>,
    by_key: HashMap<Key, usize>,
}

type Key = (String, String, String, String, [Option<Stack>; 4]);

impl Builder {
    /// One record more.
    pub fn add(&mut self, record: Record) {
        match record {
            Record::Stack(stack) => {
                self.stacks.insert((stack.pid, stack.id), stack.into());
            }
            Record::Life(life) => self.life(life),
            Record::Finding(finding) => self.finding(*finding),
        }
    }

    /// What they make together.
    pub fn finish(self) -> History {
        self.history
    }

    fn life(&mut self, life: Life) {
        let place = self.process(life.pid, life.ppid, life.time_ns);
        if life.child != 0 {
            let child =
                self.process(life.child, if life.kind == wire::FORK { life.pid } else { 0 }, life.time_ns);
            let Some(child) = self.history.processes.get_mut(child) else { return };
            match &*life.kind {
                wire::FORK => child.made_by = life.call,
                _ => child.end = Some((life.time_ns, life.status)),
            }
            return;
        }
        let Some(process) = self.history.processes.get_mut(place) else { return };
        match &*life.kind {
            wire::START => {
                match process.execs.last_mut() {
                    Some((_, exe)) if exe.is_empty() => exe.clone_from(&life.exe),
                    _ if !process.exe.is_empty() => process.execs.push((life.time_ns, life.exe.clone())),
                    _ => {}
                }
                process.comm = life.comm;
                process.exe = life.exe;
                process.argv = life.argv;
            }
            wire::EXEC => process.execs.push((life.time_ns, String::new())),
            wire::EXIT => process.end = Some((life.time_ns, life.status << 8)),
            _ => {}
        }
    }

    fn finding(&mut self, finding: Finding) {
        let place = self.process(finding.pid, finding.ppid, finding.time_ns);
        let stack = |id: u32| self.stacks.get(&(finding.pid, id)).cloned();
        let ids = [finding.made_stack, finding.forked_stack, finding.used_stack, finding.holder_stack];
        let stacks = ids.map(stack);
        let key = (
            finding.slug.clone(),
            finding.outcome.clone(),
            finding.call.clone(),
            finding.suppressed.clone(),
            stacks.clone(),
        );
        let groups = &mut self.history.groups;
        let group = *self.by_key.entry(key).or_insert_with(|| {
            let [made, forked, used, holder] = stacks;
            groups.push(Group { first: finding.clone(), made, forked, used, holder, ..Group::default() });
            groups.len() - 1
        });
        self.history.tally.read += 1;
        self.history.tally.slugs.insert(finding.slug);
        self.history.tally.held_back += finding.held_back;
        if let Some(group) = groups.get_mut(group) {
            group.count += 1;
            group.held_back += finding.held_back;
            group.last_ns = group.last_ns.max(finding.time_ns);
            if !group.processes.contains(&place) {
                group.processes.push(place);
            }
        }
        if let Some(process) = self.history.processes.get_mut(place) {
            process.comm = finding.comm;
            process.count += 1;
            process.findings.push((finding.time_ns, group));
        }
    }

    /// The place of the process `pid`, which lived at `time_ns`.
    fn process(&mut self, pid: u32, ppid: u32, time_ns: u64) -> usize {
        let processes = &mut self.history.processes;
        let place = *self.by_pid.entry(pid).or_insert_with(|| {
            processes.push(Process { pid, first_ns: time_ns, ..Process::default() });
            processes.len() - 1
        });
        let parent = self.by_pid.get(&ppid).copied().filter(|&parent| parent < place);
        if let Some(process) = processes.get_mut(place) {
            process.last_ns = process.last_ns.max(time_ns);
            if process.ppid == 0 {
                process.ppid = ppid;
            }
            process.parent = process.parent.or(parent);
        }
        place
    }
}
