//! For people: findings that are alike as one, with their stacks and what to change.

#[cfg(test)]
mod tests;

use super::change::change;
use super::frames;
use super::text::{HEADING, style};
use crate::catalog;
use crate::cli::harmless;
use crate::cli::history::{Group, History};
use std::fmt::Write;

/// Columns of prose; places in source are never broken, so that terminals can link them.
const WIDTH: usize = 78;

/// Blocks that are shown: a reader acts on the first, and is told of the rest.
const BLOCKS_MAX: usize = 100;

/// Processes that are named in a block.
const PROCESSES_MAX: usize = 4;

/// One block a group, and a summary; `verbose` shows every group and frame. Symbols are looked up before, by
/// [`Symbols::history`](crate::cli::symbols::Symbols::history). Not for those that a suppression silenced.
#[allow(dead_code)]
pub fn text(history: &History, verbose: bool) -> String {
    let mut text = String::new();
    let most = if verbose { usize::MAX } else { BLOCKS_MAX };
    let shown = history.groups.iter().filter(|group| group.first.suppressed.is_empty());
    for group in shown.clone().take(most) {
        text.push_str(&block(history, group, verbose));
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
    if let Some(group) = shown.clone().next() {
        let explain = format!("forkproof explain {}", harmless::text(&group.first.slug));
        let width = explain.chars().count().max("forkproof suppress LOG".len());
        let _ = writeln!(text, "\n{explain:width$}   what it means, what else to do");
        let _ = writeln!(text, "{:width$}   lines that accept these findings", "forkproof suppress LOG");
    }
    text
}

/// One group: what happened, where, what to change.
pub fn block(history: &History, group: &Group, verbose: bool) -> String {
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
    let _ = writeln!(text, "  {colour}{outcome}{colour:#} {}", met(history, group));
    if !first.text.is_empty() {
        text.push_str(&wrapped(&harmless::text(&first.text), 2));
    }
    let stacks = [
        ("used here", &group.used, ""),
        ("forked here", &group.forked, &*first.forked_at),
        ("made here", &group.made, &*first.made_at),
        ("held here", &group.holder, &*first.holder_at),
    ];
    for (what, stack, place) in stacks {
        let who = match what {
            "used here" if !first.call.is_empty() => format!(" ({})", harmless::text(&first.call)),
            "held here" if first.holder != 0 => {
                let name = harmless::text(&first.holder_name);
                format!(" (thread {}{}{name})", first.holder, if name.is_empty() { "" } else { " " })
            }
            _ => String::new(),
        };
        match stack {
            Some(stack) => {
                let _ = writeln!(text, "\n  {what}{who}:");
                text.push_str(&frames::stack(stack, verbose));
            }
            None if !place.is_empty() => {
                let _ = writeln!(text, "\n  {what}{who}:\n    {}", harmless::text(place));
            }
            None => {}
        }
    }
    let change = change(group);
    if !change.is_empty() {
        let _ = writeln!(text, "\n  {HEADING}what to change{HEADING:#}");
        for sentence in change {
            text.push_str(&wrapped(&frames::harmless_all(&sentence), 4));
        }
    }
    text
}

/// How often, and where.
fn met(history: &History, group: &Group) -> String {
    let mut text = match group.count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    let names = group.processes.iter().filter_map(|place| history.processes.get(*place));
    let names = names.take(PROCESSES_MAX).map(|process| {
        let name = harmless::text(&process.comm);
        format!("{}{}{name}", process.pid, if name.is_empty() { "" } else { " " })
    });
    let names = names.collect::<Vec<_>>().join(", ");
    if !names.is_empty() {
        let _ = write!(text, " in {names}");
    }
    if group.processes.len() > PROCESSES_MAX {
        let _ =
            write!(text, " and {}", counted((group.processes.len() - PROCESSES_MAX) as u64, "more process"));
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
