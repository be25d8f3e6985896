//! For people: findings that are alike as one, with their stacks and what to change.

#[cfg(test)]
mod tests;

use super::source::Root;
use super::text::{HEADING, style};
use super::{change, frames};
use crate::catalog;
use crate::cli::harmless;
use crate::cli::history::{Group, History};
use crate::cli::shell;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// Columns of prose; places in source are never broken, so that terminals can link them.
const WIDTH: usize = 78;

/// Blocks that are shown: a reader acts on the first, and is told of the rest.
const BLOCKS_MAX: usize = 100;

/// Processes that are named in a block.
const PROCESSES_MAX: usize = 4;

/// Characters of a finding's sentence.
const SENTENCE_MAX: usize = 600;

/// Slugs whose pages are named at the end, and logs that a command there may have.
const PAGES_MAX: usize = 5;
const LOGS_MAX: usize = 4;

/// How a report is shown.
pub struct View<'a> {
    /// Every group, and every frame of every stack.
    pub verbose: bool,
    /// What source files are named from.
    pub root: &'a Root,
    /// The logs that it was made of, as far as they will be there when it is read.
    pub logs: &'a [PathBuf],
}

/// One block a group, and a summary. Symbols are looked up before, by
/// [`Symbols::history`](crate::cli::symbols::Symbols::history). Not for those that a suppression silenced.
pub fn text(history: &History, view: &View<'_>) -> String {
    let mut text = String::new();
    let most = if view.verbose { usize::MAX } else { BLOCKS_MAX };
    let shown = history.groups.iter().filter(|group| group.first.suppressed.is_empty());
    let mut told = BTreeSet::new();
    for group in shown.clone().take(most) {
        text.push_str(&block(history, group, view, told.insert(&*group.first.slug)));
        text.push('\n');
    }
    let groups = shown.clone().count();
    if groups > most {
        let _ = writeln!(text, "{} more kinds of findings; -v shows them\n", groups - most);
    }
    let findings = shown.clone().fold(0_u64, |sum, group| sum.saturating_add(group.count));
    let _ = write!(text, "{} of {}", counted(findings, "finding"), counted(groups as u64, "kind"));
    let _ = write!(text, ", {} in the log", counted(history.processes.len() as u64, "process"));
    if history.tally.suppressed > 0 {
        let _ = write!(text, "; {} suppressed", history.tally.suppressed);
    }
    text.push('\n');
    for gap in history.tally.gaps() {
        let _ = writeln!(text, "{gap}");
    }
    if text.contains("> ") {
        text.push_str("`>` marks the innermost line of a stack that is the program's own\n");
    }
    text + &next(&told, view.logs)
}

/// Commands to go on with, as a shell takes them.
fn next(slugs: &BTreeSet<&str>, logs: &[PathBuf]) -> String {
    let own = shell::own();
    let mut text = String::new();
    for (number, slug) in
        slugs.iter().filter(|slug| catalog::SLUGS.contains(slug)).take(PAGES_MAX).enumerate()
    {
        text.push_str(if number == 0 { "\nwhat it means, and what else to do:\n" } else { "" });
        let _ = writeln!(text, "  {own} explain {slug}");
    }
    let can_be_named = (1..=LOGS_MAX).contains(&logs.len()) && !logs.iter().any(|log| log.as_os_str() == "-");
    if can_be_named && !slugs.is_empty() {
        let logs = logs.iter().map(|log| shell::file(log)).collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "lines that accept these findings:\n  {own} suppress {logs}");
    }
    text
}

/// One group: what happened, where, what to change; `whole` with what holds of all of this slug.
pub fn block(history: &History, group: &Group, view: &View<'_>, whole: bool) -> String {
    let first = &group.first;
    let mut text = String::new();
    let title = catalog::ALL.iter().find(|entry| entry.slug == first.slug).map_or("", |entry| entry.title);
    let slug = harmless::text(&first.slug);
    let colon = if title.is_empty() { "" } else { ": " };
    let head = wrapped(&format!("{slug}{colon}{title}"), 0);
    for (number, line) in head.lines().enumerate() {
        let line = if number == 0 { line.to_owned() } else { format!("  {line}") };
        let _ = writeln!(text, "{HEADING}{line}{HEADING:#}");
    }
    let outcome = harmless::text(&first.outcome);
    let colour = style(&first.outcome);
    let met = wrapped(&format!("{outcome} {}", met(history, group)), 2);
    let met = met.strip_prefix(&format!("  {outcome}")).unwrap_or(&met);
    let _ = write!(text, "  {colour}{outcome}{colour:#}{met}");
    if !first.text.is_empty() {
        text.push_str(&wrapped(&harmless::cut(&first.text, SENTENCE_MAX), 2));
    }
    // In the order in which it happened.
    let stacks = [
        (made(group), &group.made, &*first.made_at),
        (holder(group), &group.holder, &*first.holder_at),
        ("forked here".to_owned(), &group.forked, &*first.forked_at),
        (used(group), &group.used, ""),
    ];
    for (what, stack, place) in stacks {
        match stack {
            Some(stack) => {
                let _ = writeln!(text, "\n  {what}:");
                text.push_str(&frames::stack(stack, view.root, view.verbose));
            }
            None if !place.is_empty() => {
                let _ = writeln!(text, "\n  {what}:\n    {}", harmless::text(place));
            }
            None => {}
        }
    }
    let mut change = change::here(group, view.root);
    if whole {
        change.push(change::always(group));
    }
    if change.iter().any(|sentence| !sentence.is_empty()) {
        let _ = writeln!(text, "\n  {HEADING}what to change{HEADING:#}");
        for sentence in change {
            text.push_str(&wrapped(&frames::harmless_all(&sentence), 4));
        }
    }
    text
}

/// Where the thing was made: of signals' findings a handler is known instead.
fn made(group: &Group) -> String {
    let handler = matches!(&*group.first.slug, "shared-wakeup" | "handler-in-child" | "reentrant-sigchld");
    if handler && group.made.is_none() { "the signal's handler" } else { "made here" }.to_owned()
}

/// Where the other thread was.
fn holder(group: &Group) -> String {
    let first = &group.first;
    let thread = match (first.holder, harmless::text(&first.holder_name)) {
        (0, _) => String::new(),
        (id, name) if name.is_empty() => format!(" ({id})"),
        (id, name) => format!(" ({id} {name})"),
    };
    match &*first.slug {
        "vanished-threads" | "lost-wait" => {
            format!("a thread of the parent's{thread} that is not in the child")
        }
        "interrupted-resolver" => format!("another thread{thread} was here at the fork"),
        _ => format!("held here, by thread{thread}"),
    }
}

/// Where the process met it.
fn used(group: &Group) -> String {
    match &*group.first.call {
        "" => "used here".to_owned(),
        "fork" => "forked here".to_owned(),
        call => format!("used here, in {}", harmless::text(call)),
    }
}

/// How often, and where.
fn met(history: &History, group: &Group) -> String {
    let mut text = match group.count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    let names = group.processes.iter().filter_map(|place| history.processes.get(*place));
    let names = names.take(PROCESSES_MAX).map(|process| match harmless::text(&process.comm) {
        name if name.is_empty() => process.pid.to_string(),
        name => format!("{} ({name})", process.pid),
    });
    let names = names.collect::<Vec<_>>().join(", ");
    if !names.is_empty() {
        let processes = if group.processes.len() == 1 { "process" } else { "processes" };
        let _ = write!(text, " in {processes} {names}");
    }
    if group.processes.len() > PROCESSES_MAX {
        let _ = write!(text, " and {}", format_args!("{} more", group.processes.len() - PROCESSES_MAX));
    }
    if group.held_back > 0 {
        let _ = write!(text, "; {} more held back by `limit`", group.held_back);
    }
    text
}

fn counted(count: u64, what: &str) -> String {
    let ending = match (count, what.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        _ => "s",
    };
    format!("{count} {what}{ending}")
}

/// Lines of prose that begin with `indent` spaces; a word that is longer than a line is left whole.
fn wrapped(text: &str, indent: usize) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            lines.push('\n');
            column = 0;
        }
        if column == 0 {
            lines.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
    }
    if column > 0 {
        lines.push('\n');
    }
    lines
}
