//! `forkproof suppress`: lines that silence what a log has, and which lines of a file silence nothing.

use super::accepted::Accepted;
use super::history::{Group, History};
use super::symbols::{self, Symbols};
use super::{Trouble, complain, exec, harmless, logs, render, status};
use crate::suppressions::LONGEST;
use clap::Args;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  forkproof suppress fork.log >> forkproof.supp         accept what was found
  forkproof run --suppressions forkproof.supp ./serve   run with it
  forkproof suppress --check forkproof.supp fork.log    lines of no use any more

A line is SLUG:PATTERN: it silences findings of that slug that have a module, a function, a source file, a call or a \
thread's name which matches. `*` is any text, ^ and $ are its ends. Delete the lines you do not mean.

Exit status: 0 lines were printed, or with --check all are of use; 1 there is nothing to silence, or with --check some \
line is of no use; 2 usage; 125 a file could not be read.";

/// Print suppressions for the findings of a log
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Suppress {
    /// Logs to read; `-` for standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,

    /// Name the lines of FILE that silence none of these findings, instead
    #[arg(long, value_name = "FILE")]
    check: Vec<PathBuf>,

    #[command(flatten)]
    symbols: symbols::Options,
}

/// `forkproof suppress`.
pub fn suppress(suppress: &Suppress) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    let mut accepted = Accepted::read(&suppress.check)?;
    let (mut history, unreadable) = logs::history(&suppress.logs);
    Symbols::new(&suppress.symbols).history(&mut history);
    let (text, found) = if accepted.is_empty() {
        let text = lines(&history);
        let found = !text.is_empty();
        (text, found)
    } else {
        for group in &history.groups {
            accepted.silences(group);
        }
        let unused = accepted.unused();
        let text = unused.iter().fold(String::new(), |text, line| text + line + "\n");
        (text, unused.is_empty())
    };
    render::print(&text)?;
    if !found && suppress.check.is_empty() {
        complain("there is nothing to silence in these logs");
    }
    Ok(match (unreadable, found) {
        (true, _) => status::TROUBLE,
        (false, true) => status::OK,
        (false, false) => status::NOTHING,
    })
}

/// A comment and a line for each group that nothing silences yet; one line for those that need the same.
pub fn lines(history: &History) -> String {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for group in history.groups.iter().filter(|group| group.first.suppressed.is_empty()) {
        let Some(line) = line(group) else { continue };
        let comment = comment(history, group);
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, comments)) => comments.push(comment),
            None => lines.push((line, vec![comment])),
        }
    }
    lines.into_iter().fold(String::new(), |mut text, (line, comments)| {
        for comment in comments {
            let _ = writeln!(text, "# {comment}");
        }
        text + &line + "\n"
    })
}

fn comment(history: &History, group: &Group) -> String {
    let process = group.processes.first().and_then(|place| history.processes.get(*place));
    let name = process.map(|process| format!("{} {}", process.pid, harmless::text(&process.comm)));
    let place = group.place().map(|place| harmless::text(&place.to_string()));
    let mut text = format!(
        "{} {} {}",
        group.count,
        if group.count == 1 { "finding" } else { "findings" },
        harmless::text(&group.first.outcome)
    );
    if let Some(name) = name {
        let _ = write!(text, " in {}", name.trim_end());
    }
    if let Some(place) = place {
        let _ = write!(text, ", {place}");
    }
    text
}

/// What silences a group, and little else: Python's function or file, else the module, else the call. The library has no
/// names of C functions while the program runs.
fn line(group: &Group) -> Option<String> {
    let slug = plain(&group.first.slug);
    let place = group.place();
    let module_of = |place: &str| place.rsplit_once("+0x").map(|(module, _)| module.to_owned());
    let text = place
        .map(|place| match (place.module, place.function) {
            // `<module>` and `<lambda>` are in every file.
            ("", function) if function.is_empty() || function.starts_with('<') => place.file.to_owned(),
            ("", function) => function.to_owned(),
            (module, _) => module.to_owned(),
        })
        .filter(|text| !text.is_empty())
        .or_else(|| module_of(&group.first.made_at))
        .or_else(|| Some(group.first.call.clone()).filter(|call| !call.is_empty()));
    let text = text.map_or_else(|| "*".to_owned(), |text| plain(&text));
    if slug.is_empty() || slug.contains([':', '*']) {
        return None;
    }
    let whole = format!("{slug}:^{text}$");
    if whole.len() <= LONGEST {
        return Some(whole);
    }
    let mut end = LONGEST.min(whole.len());
    while !whole.is_char_boundary(end) {
        end -= 1;
    }
    whole.get(..end).map(str::to_owned)
}

/// What would steer a terminal or end the line becomes what matches it.
fn plain(text: &str) -> String {
    let text = text.chars().map(|letter| if harmless::steers(letter) { '*' } else { letter });
    text.collect::<String>().trim().to_owned()
}
