//! Counts in words.

use crate::cli::history::{Group, History};

/// `1 finding`, `2 findings`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How often a group was met, and in which processes: by id where there are few.
pub fn times(group: &Group, history: &History) -> String {
    const NAMED: usize = 5;
    let mut text = counted(group.count, "time", "times");
    if group.held_back != 0 {
        text += &format!(" and {} more that `limit` held back", group.held_back);
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
