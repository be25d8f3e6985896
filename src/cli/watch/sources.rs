//! Which files are logs to follow: those that were named, those in a folder, those of a process and its children.

use super::follow::Entry;
use crate::cli::log_path::{self, Template};
use crate::cli::read::Record;
use crate::cli::waits::{proc, tree::Tree};
use crate::wire;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a log is still looked at after its process has ended.
const AFTER_THE_END: Duration = Duration::from_secs(5);

/// How often a living process is asked where its log is.
const ANEW: Duration = Duration::from_secs(2);

/// No wait is asked about here.
const NEVER: Duration = Duration::from_secs(1 << 32);

/// Where logs come from.
pub enum Source {
    /// A file, which need not be there yet.
    File(PathBuf),
    /// Every log in it, also those that come.
    Folder(PathBuf),
    /// Those of a process and its descendants.
    Process(Box<Kin>),
}

impl Source {
    /// The files that are to be followed now. In a folder, whatever is there: what is no log is told by its start.
    pub fn files(&mut self, now: Instant) -> Vec<PathBuf> {
        match self {
            Self::File(path) => vec![path.clone()],
            Self::Folder(path) => {
                let mut files = fs::read_dir(path)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|entry| entry.path())
                    .collect::<Vec<_>>();
                files.sort();
                files
            }
            Self::Process(kin) => kin.files(now),
        }
    }

    /// Only logs, or anything that somebody put into a folder?
    pub fn is_sure(&self) -> bool {
        !matches!(self, Self::Folder(_))
    }

    /// Can nothing more come?
    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Process(kin) if kin.alive.is_empty() && !kin.told_of_more)
    }

    /// Is this line of those that are asked for? A log may be that of other processes too.
    pub fn wants(&mut self, entry: &Entry) -> bool {
        match self {
            Self::Process(kin) => kin.wants(entry),
            _ => true,
        }
    }
}

/// A process and its descendants, alive and not.
pub struct Kin {
    tree: Tree,
    alive: HashSet<u32>,
    /// The log of each living process, and when it was asked for it: a program that it becomes may have another.
    logs: HashMap<u32, (PathBuf, Instant)>,
    /// The logs of those that have ended, and when that was seen.
    left: HashMap<PathBuf, Instant>,
    /// As their logs have them.
    numbers: HashSet<u32>,
    template: Template,
    /// A log has named a process since the last look, and that one's own log has not been looked for.
    told_of_more: bool,
}

impl Kin {
    /// That of `root`; or why it has no log.
    pub fn of(root: u32) -> Result<Self, String> {
        let template = log_path::template(root)?;
        let number = proc::own_number(root);
        let log = template.path(number);
        Ok(Self {
            tree: Tree::new(root, NEVER),
            alive: HashSet::from([root]),
            logs: HashMap::from([(root, (log, Instant::now()))]),
            left: HashMap::new(),
            numbers: HashSet::from([number]),
            template,
            told_of_more: false,
        })
    }

    fn files(&mut self, now: Instant) -> Vec<PathBuf> {
        self.told_of_more = false;
        self.tree.look(now);
        let alive = self.tree.pids();
        for &pid in &alive {
            if !self.alive.contains(&pid) {
                self.numbers.insert(proc::own_number(pid));
            }
            let known = self.logs.get(&pid);
            if known.is_some_and(|(_, asked)| now.saturating_duration_since(*asked) < ANEW) {
                continue;
            }
            match log_path::of(pid) {
                Ok(log) => self.logs.insert(pid, (log, now)),
                // Whatever it has become has none, but what it was has written.
                Err(_) => self.logs.get_mut(&pid).map(|(log, asked)| {
                    *asked = now;
                    (log.clone(), now)
                }),
            };
        }
        let (living, ended) = self.logs.drain().partition(|(pid, _)| alive.contains(pid));
        self.logs = living;
        self.left.extend(HashMap::<u32, (PathBuf, Instant)>::into_values(ended).map(|(log, _)| (log, now)));
        self.left.retain(|_, seen| now.saturating_duration_since(*seen) < AFTER_THE_END);
        self.alive = alive;
        self.logs.values().map(|(log, _)| log).chain(self.left.keys()).cloned().collect()
    }

    /// By its number, or by that of a parent: what lives shorter than our pace is in no list of the kernel's.
    fn wants(&mut self, entry: &Entry) -> bool {
        let (pid, ppid, child) = match &entry.what {
            Ok(Record::Finding(finding)) => (finding.pid, finding.ppid, 0),
            Ok(Record::Stack(stack)) => (stack.pid, 0, 0),
            Ok(Record::Life(life)) if life.kind == wire::ROTATED => return true,
            Ok(Record::Life(life)) => (life.pid, life.ppid, life.child),
            Err(_) => return true,
        };
        if !self.numbers.contains(&pid) && !self.numbers.contains(&ppid) {
            return false;
        }
        self.numbers.insert(pid);
        if child != 0 && self.numbers.insert(child) {
            self.left.insert(self.template.path(child), Instant::now());
            self.told_of_more = true;
        }
        true
    }
}
