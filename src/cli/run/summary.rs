//! A run in one line, and what of it nobody saw.

use super::logfile::Log;
use crate::cli::harmless;
use crate::cli::history::{History, Process};
use crate::cli::library::Library;
use crate::cli::render::words::program;
use crate::cli::tally::OUTCOMES;
use crate::cli::target;
use crate::cli::waits::proc;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Processes that are named one by one; past it they are only counted.
const NAMED: usize = 5;

/// `2 findings in 5 processes (1 repaired, 1 reported, 0 suppressed)`
pub fn line(history: &History) -> String {
    let plural =
        |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut outcomes = BTreeMap::new();
    for group in &history.groups {
        *outcomes.entry(group.first.outcome.as_str()).or_insert(0_u64) += group.count;
    }
    let findings = outcomes.values().sum::<u64>();
    let known =
        OUTCOMES.iter().filter_map(|outcome| outcomes.remove_entry(outcome.word())).collect::<Vec<_>>();
    let mut parts = known
        .into_iter()
        .chain(outcomes)
        .map(|(outcome, count)| format!("{count} {}", harmless::text(outcome)))
        .collect::<Vec<_>>();
    parts.push(format!("{} suppressed", history.tally.suppressed));
    if history.tally.held_back != 0 {
        parts.push(format!("{} more held back by `limit`", history.tally.held_back));
    }
    let processes = u64::try_from(history.processes.len()).unwrap_or(u64::MAX);
    format!(
        "{} in {} ({})",
        plural(findings, "finding", "findings"),
        plural(processes, "process", "processes"),
        parts.join(", ")
    )
}

/// A sentence for each process in which another program took over without the library.
pub fn unseen(history: &History, library: &Library) -> Vec<String> {
    let mut sentences = Vec::new();
    let blind = history.processes.iter().filter(|process| is_blind(process)).collect::<Vec<_>>();
    for process in blind.iter().take(NAMED) {
        sentences.push(format!(
            "process {}{} went on as a program without forkproof in it{}",
            process.pid,
            forked_from(process, history),
            why(process, library)
        ));
    }
    if blind.len() > NAMED {
        sentences.push(format!("{} more processes went on as such programs", blind.len() - NAMED));
    }
    sentences
}

/// The processes that go on after the program's end: known from the log, or (a daemon of which nobody told) by having
/// this log open.
pub fn running(history: &History, log: &Log) -> BTreeSet<u32> {
    let known = history.processes.iter().filter(|process| is_running(process)).map(|process| process.pid);
    known.chain(log.writers()).collect()
}

/// A sentence about them; empty if there are none.
pub fn later(running: &BTreeSet<u32>, log: &Log) -> String {
    if running.is_empty() {
        return String::new();
    }
    let named = running.iter().take(NAMED).map(u32::to_string).collect::<Vec<_>>().join(", ");
    let more = if running.len() > NAMED { ", ..." } else { "" };
    let (what, run) = if running.len() == 1 { ("process", "runs") } else { ("processes", "run") };
    let log = log.name();
    format!(
        "{} {what} still {run} ({named}{more}): what is found there later is not in this, but in {log}",
        running.len()
    )
}

/// An exec that no start of the library followed: said by the process itself, or known by how it was made. A child of
/// vfork(2) writes nothing (its memory is its parent's); where only its end is known, it became a program that was not
/// ours. An exec that failed looks the same; the shells' statuses for it tell.
fn is_blind(process: &Process) -> bool {
    let unanswered = process.execs.last().is_some_and(|(_, exe)| exe.is_empty());
    let silent = process.exe.is_empty() && process.execs.is_empty() && process.count == 0;
    let spawned = match &*process.made_by {
        "" => process.end.is_some(),
        call => ["vfork", "posix_spawn", "posix_spawnp", "popen", "system"].contains(&call),
    };
    let failed = process.end.is_some_and(|(_, status)| matches!(status >> 8, 126 | 127));
    (unanswered || silent && spawned) && !failed
}

/// The program that it was before, in brackets.
fn forked_from(process: &Process, history: &History) -> String {
    match program(process, history) {
        "" => String::new(),
        name => format!(" ({})", harmless::text(name)),
    }
}

/// The reason, where the process is still there to be asked.
fn why(process: &Process, library: &Library) -> String {
    let program =
        (process.end.is_none()).then(|| fs::read_link(format!("/proc/{}/exe", process.pid)).ok()).flatten();
    let Some(program) = program else {
        return String::new();
    };
    match target::check(&program, library) {
        Err(trouble) => format!(": {}", trouble.sentence),
        Ok(_) => format!(": {} was started without LD_PRELOAD in its environment", harmless::path(&program)),
    }
}

fn is_running(process: &Process) -> bool {
    process.end.is_none() && proc::stat(process.pid).is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::sample;

    #[test]
    fn a_run_is_one_line() {
        let expected =
            "3 findings in 2 processes (2 reported, 1 repaired, 0 suppressed, 7 more held back by `limit`)";
        assert_eq!(line(&sample()), expected);
    }

    #[test]
    fn an_exec_without_a_start_is_blind_unless_it_failed() {
        let mut history = sample();
        assert_eq!(history.processes.iter().map(is_blind).collect::<Vec<_>>(), [false, true]);
        history.processes[1].end = Some((1, 127 << 8));
        assert!(!is_blind(&history.processes[1]));
        let process = |made_by: &str, exe: &str, end| {
            let (made_by, exe) = (made_by.to_owned(), exe.to_owned());
            is_blind(&Process { exe, made_by, end, ..Process::default() })
        };
        assert!(process("posix_spawn", "", None) && process("", "", Some((1, 0))));
        assert!(!process("posix_spawn", "/bin/true", None) && !process("fork", "", Some((1, 0))));
        assert!(!process("vfork", "", Some((1, 127 << 8))));
    }
}
