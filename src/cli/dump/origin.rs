//! Where a process comes from: the library in it, the fork that made it, what that left behind, and what its log says.

use crate::cli::log_path;
use crate::cli::read::{Finding, Lines, Record};
use crate::cli::waits::memory::{self, Notes};
use crate::cli::waits::proc::{self, Mapping};
use crate::wire;
use serde::Serialize;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Findings that are shown.
const LATEST_MAX: usize = 10;

/// A thread of the parent.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    pub tid: u32,
    #[serde(skip)]
    pub own_tid: u32,
    pub name: String,
}

/// What is known.
#[derive(Debug, Serialize)]
pub struct Origin {
    pub parent: u32,
    pub parent_name: String,
    /// Is the library in it?
    pub library: bool,
    /// Was it made by a fork, and has it run no other program since? Nothing where only the library could tell.
    pub forked: Option<bool>,
    /// The parent is the same program: without the library, a sign of a fork and no proof.
    pub same_program: bool,
    /// Threads of the parent that a fork leaves behind. Those that have ended since are not known any more.
    pub left_behind: Vec<Person>,
}

/// Of this process.
pub fn of(pid: u32, mappings: &[Mapping], notes: &mut Notes) -> Origin {
    let (parent, name) = proc::stat(pid).map(|stat| (stat.parent, stat.name)).unwrap_or_default();
    let words = notes.words(pid, mappings);
    let program = |pid: u32| fs::read_link(format!("/proc/{pid}/exe")).ok();
    let same_program = parent != 0 && program(pid).is_some() && program(pid) == program(parent);
    let forked = words.map(|words| words.copy);
    let left_behind = if forked.unwrap_or(same_program) { people(parent, &name) } else { Vec::new() };
    Origin {
        parent,
        parent_name: proc::stat(parent).map(|stat| stat.name).unwrap_or_default(),
        library: mappings.iter().any(|mapping| mapping.file_name() == memory::LIBRARY),
        forked,
        same_program,
        left_behind,
    }
}

/// All threads of the parent but the one that a fork took along. Which one that was is not known from outside: most
/// often it is the first, and it gives its copy its name.
fn people(parent: u32, name: &str) -> Vec<Person> {
    let all = proc::threads(parent).into_iter().filter_map(|tid| {
        let stat = proc::thread_stat(parent, tid)?;
        Some(Person { tid, own_tid: proc::own_number(tid), name: stat.name })
    });
    let mut all = all.collect::<Vec<_>>();
    let forker = all.iter().position(|person| person.name == name).unwrap_or(0);
    if forker < all.len() {
        all.remove(forker);
    }
    all
}

/// What the log of a process says of it.
#[derive(Debug, Default, Serialize)]
pub struct Past {
    pub log: Option<PathBuf>,
    /// Why there is none, or why it cannot be read.
    pub no_log: String,
    /// The call that made the process, and when, in nanoseconds since 1970; where the log has it.
    pub forked_by: String,
    pub forked_ns: u64,
    pub findings: u64,
    /// The newest last.
    pub latest: VecDeque<Finding>,
}

/// Reads it: the full log that stands beside it first.
pub fn past(pid: u32) -> Past {
    let mut past = Past::default();
    let log = match log_path::of(pid) {
        Ok(log) => log,
        Err(why) => return Past { no_log: why, ..past },
    };
    let own = proc::own_number(pid);
    let mut full = OsString::from(&log);
    full.push(".1");
    let _ = past.read(Path::new(&full), own);
    if let Err(error) = past.read(&log, own) {
        past.no_log = match error.kind() {
            std::io::ErrorKind::NotFound => "nothing has been written yet".to_owned(),
            _ => format!("it cannot be read: {error}"),
        };
    }
    past.log = Some(log);
    past
}

impl Past {
    fn read(&mut self, log: &Path, own: u32) -> std::io::Result<()> {
        let file = File::open(log)?;
        if !file.metadata()?.is_file() {
            return Err(std::io::Error::other("it is no regular file"));
        }
        for line in Lines::new(BufReader::new(file)) {
            match line?.1 {
                Ok(Record::Finding(finding)) if finding.pid == own => {
                    self.findings += 1;
                    if self.latest.len() == LATEST_MAX {
                        self.latest.pop_front();
                    }
                    self.latest.push_back(*finding);
                }
                Ok(Record::Life(life)) if life.kind == wire::FORK && life.child == own => {
                    // Whatever had the number before was another process.
                    (self.findings, self.latest) = (0, VecDeque::new());
                    (self.forked_by, self.forked_ns) = (life.call, life.time_ns);
                }
                _ => {}
            }
        }
        Ok(())
    }
}
