//! What several formats say in the same words.

use crate::cli::history::{Group, History, Process};
use std::fmt::Write;
use std::path::Path;

/// `1 finding`, `2 findings`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How often a group was met, and in which processes: by id where there are few.
pub fn times(group: &Group, history: &History) -> String {
    const NAMED: usize = 5;
    let mut text = counted(group.count, "time", "times");
    if group.held_back != 0 {
        let _ = write!(text, " and {} more that `limit` held back", group.held_back);
    }
    let pids = group.processes.iter().filter_map(|&place| history.processes.get(place));
    let named = pids.take(NAMED).map(|process| process.pid.to_string()).collect::<Vec<_>>().join(", ");
    let word = if group.processes.len() == 1 { "process" } else { "processes" };
    if group.processes.len() > NAMED {
        text + &format!(" in {} {word} ({named}, ...)", group.processes.len())
    } else {
        text + &format!(" in {word} {named}")
    }
}

/// A process' program: the name of its file, of the file it was forked with, what its thread is called, or nothing.
pub fn program<'a>(process: &'a Process, history: &'a History) -> &'a str {
    /// Children of children that no exec was seen in.
    const GENERATIONS: usize = 64;
    let parent = |process: &&'a Process| {
        let parent = process.parent.filter(|_| process.execs.is_empty())?;
        history.processes.get(parent).filter(|parent| parent.execs.is_empty())
    };
    let mut line = std::iter::successors(Some(process), parent).take(GENERATIONS);
    let file = line.find_map(|process| Path::new(&process.exe).file_name()?.to_str());
    file.unwrap_or(&process.comm)
}
