//! The program's processes, and how long each of their threads has stood still.
//!
//! A look at all of them costs one short file a thread and two a process. Only what has stood still for long is asked
//! about, at growing intervals: who could end its wait may change while it waits.

use super::proc;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Longest time between two questions about one wait.
const RARELY: Duration = Duration::from_secs(60);

/// One process, by its id and its start: ids come again.
struct Process {
    start: u64,
    threads: HashMap<u32, Thread>,
    /// When its present wait is asked about next, and how long after that again.
    due: Option<(Instant, Duration)>,
}

/// One thread, and since when it has not run.
struct Thread {
    runs: u64,
    since: Instant,
}

pub struct Tree {
    members: HashMap<u32, Process>,
    patience: Duration,
}

impl Tree {
    /// The tree that `root` begins. A wait is long when it has lasted for `patience`.
    pub fn new(root: u32, patience: Duration) -> Self {
        let mut tree = Self { members: HashMap::new(), patience };
        tree.add(root);
        tree
    }

    fn add(&mut self, pid: u32) {
        if let Some(stat) = proc::stat(pid) {
            let process = Process { start: stat.start, threads: HashMap::new(), due: None };
            self.members.insert(pid, process);
        }
    }

    pub fn pids(&self) -> HashSet<u32> {
        self.members.keys().copied().collect()
    }

    /// Looks at every process once. Those whose present wait is to be asked about now.
    ///
    /// A process that has left its parent stays a member: its id and start are known from before.
    pub fn look(&mut self, now: Instant) -> Vec<u32> {
        let mut asked = Vec::new();
        let mut to_see = self.members.keys().copied().collect::<Vec<_>>();
        while let Some(pid) = to_see.pop() {
            let Some(process) = self.members.get_mut(&pid) else { continue };
            // Another start: another process, which has the id by now, and whose children are none of ours.
            let stat = proc::stat(pid).filter(|stat| stat.start == process.start);
            if stat.is_none_or(|stat| proc::has_ended(pid, &stat)) {
                self.members.remove(&pid);
                continue;
            }
            let tids = proc::threads(pid);
            process.note(pid, &tids, now);
            if process.is_due(now, self.patience) {
                asked.push(pid);
            }
            for child in tids.iter().flat_map(|&tid| proc::children(pid, tid)) {
                if !self.members.contains_key(&child) {
                    self.add(child);
                    to_see.push(child);
                }
            }
        }
        asked
    }

    /// For how long no thread of this process has run.
    pub fn lasted(&self, pid: u32, now: Instant) -> Duration {
        let since = self.members.get(&pid).and_then(Process::since);
        since.map_or(Duration::ZERO, |since| now.duration_since(since))
    }
}

impl Process {
    fn note(&mut self, pid: u32, tids: &[u32], now: Instant) {
        self.threads.retain(|tid, _| tids.contains(tid));
        for &tid in tids {
            let runs = proc::runs(pid, tid).unwrap_or_default();
            let thread = self.threads.entry(tid).or_insert(Thread { runs: u64::MAX, since: now });
            if thread.runs != runs {
                *thread = Thread { runs, since: now };
                self.due = None;
            }
        }
    }

    fn since(&self) -> Option<Instant> {
        self.threads.values().map(|thread| thread.since).max()
    }

    fn is_due(&mut self, now: Instant, patience: Duration) -> bool {
        let Some(since) = self.since() else { return false };
        let (due, pause) = self.due.unwrap_or((since + patience, patience));
        let is_due = now >= due;
        self.due =
            Some(if is_due { (now + pause, (pause * 2).min(RARELY.max(patience))) } else { (due, pause) });
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_that_stands_still_is_asked_about_at_growing_intervals() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        while proc::call(child.id(), child.id()).is_none() {
            std::thread::yield_now(); // until it reads
        }
        let patience = Duration::from_secs(5);
        let mut tree = Tree::new(child.id(), patience);
        let start = Instant::now();
        let asked = |tree: &mut Tree, seconds| tree.look(start + Duration::from_secs(seconds)).len();
        let counts = [0, 4, 5, 6, 9, 10, 15, 20, 25].map(|seconds| asked(&mut tree, seconds));
        assert_eq!(counts, [0, 0, 1, 0, 0, 1, 0, 1, 0]);
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(asked(&mut tree, 40), 0);
        assert!(tree.pids().is_empty());
    }

    #[test]
    fn children_belong_to_it_and_stay_when_their_parent_ends() {
        let script = "sleep 100 & echo $!; read line";
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = std::io::BufReader::new(shell.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        let sleeper: u32 = line.trim().parse().unwrap();
        let mut tree = Tree::new(shell.id(), Duration::from_secs(5));
        tree.look(Instant::now());
        assert!(tree.pids().contains(&sleeper));
        drop(shell.stdin.take());
        shell.wait().unwrap();
        tree.look(Instant::now());
        assert_eq!(tree.pids(), HashSet::from([sleeper]));
        Command::new("kill").arg(sleeper.to_string()).status().unwrap();
    }
}
