//! `forkproof inspect`: which findings of which logs are shown. How, is decided in `render`.

mod choice;

use super::history::History;
use super::read::{Finding, Text};
use super::render::report::View;
use super::render::source::Root;
use super::tally::{OUTCOMES, Row, Shown};
use super::{Trouble, complain, exec, logs, render, status, symbols};
use crate::wire::Outcome;
use choice::Choice;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof inspect fork.log                      every finding, by process
  forkproof inspect --group fork.log              equal findings once, counted
  forkproof inspect --outcome=failed fork.*.log   what could not be mended
  forkproof inspect -v --function=reload fork.log with stacks; one has such a name
  forkproof inspect --json --pid=4711 fork.log    for programs

A filter given more than once takes any of its values; different filters must all hold. Findings that a suppression \
silenced are counted, and shown with --suppressed. --json writes one finding a line, as it was read, so its output can \
be inspected again. A line that is no record (torn, not JSON, from a newer forkproof) is named on standard error and \
counted. A log whose first record says that it took the place of a full one is read after FILE.1.

Exit status, as grep(1): 0 findings were shown, 1 there were none to show, 2 usage, 125 a log could not be read.";

/// Show what is in a log: findings by process, and a summary
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Inspect {
    /// Logs to read; `-` or none for standard input
    #[arg(value_name = "LOG")]
    logs: Vec<PathBuf>,

    /// Only findings in this process
    #[arg(long, value_name = "PID")]
    pid: Vec<u32>,

    /// Only findings with this name
    #[arg(long, value_name = "SLUG")]
    slug: Vec<String>,

    /// Only findings about this descriptor
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    fd: Vec<i32>,

    /// Only findings that ended like this
    #[arg(long, value_name = "OUTCOME", value_parser = PossibleValuesParser::new(OUTCOMES.map(Outcome::word)))]
    outcome: Vec<String>,

    /// Only findings in a thread of this name
    #[arg(long, value_name = "NAME")]
    comm: Vec<String>,

    /// Only findings with a function in a stack that matches; `*`, ^ and $ as in suppressions
    #[arg(long, value_name = "PATTERN")]
    function: Vec<String>,

    /// Also findings that a suppression silenced
    #[arg(long)]
    suppressed: bool,

    /// Lines of SLUG:PATTERN that silence findings here
    #[arg(long, value_name = "FILE")]
    suppressions: Vec<PathBuf>,

    /// Name the lines of --suppressions that silenced nothing (also with -v)
    #[arg(long, requires = "suppressions")]
    unused_suppressions: bool,

    /// Show equal findings once
    #[arg(long)]
    group: bool,

    /// In which order
    #[arg(long, value_enum, value_name = "KEY")]
    sort: Option<Key>,

    /// With stacks
    #[arg(short, long)]
    verbose: bool,

    /// Write JSON lines instead of the table
    #[arg(long, conflicts_with = "group")]
    json: bool,

    #[command(flatten)]
    symbols: symbols::Options,
}

/// What findings are sorted by; equal ones by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Key {
    /// The oldest first
    Time,
    /// The most frequent first
    Count,
    Slug,
    Pid,
    /// The harmless first
    Outcome,
}

/// `forkproof inspect`.
pub fn inspect(inspect: &Inspect) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    let stdin = [PathBuf::from("-")];
    let logs = if inspect.logs.is_empty() { &stdin[..] } else { &inspect.logs[..] };
    if inspect.logs.is_empty() && io::stdin().is_terminal() {
        let sentence = "no log was named, and standard input is a terminal; try forkproof inspect FILE";
        return Err(Trouble::new(status::USAGE, sentence));
    }
    let mut choice = Choice::new(inspect)?;
    let rest = logs::each(logs, |line, record| choice.record(line, record))?;
    choice.flush()?;
    let (mut shown, mut history) = choice.finish(rest.unread);
    let status = match (rest.unreadable, shown.count) {
        (true, _) => status::TROUBLE,
        (false, 0) => status::NOTHING,
        (false, _) => status::OK,
    };
    inspect.sort(&mut shown.rows, &history);
    if inspect.json {
        let lines = shown.rows.iter().map(|row| render::json::raw(&row.line));
        render::print(&lines.collect::<String>())?;
    } else {
        inspect.sort_groups(&mut history);
        render::print(&inspect.text(&shown, &history))?;
    }
    shown.remarks.iter().for_each(|remark| complain(remark));
    Ok(status)
}

impl Inspect {
    /// What needs stacks: they are read and kept only for it.
    fn needs_groups(&self) -> bool {
        self.group
            || self.verbose
            || !self.function.is_empty()
            || !self.suppressions.is_empty()
            || self.sort == Some(Key::Count)
    }

    fn wants(&self, finding: &Finding<Text<'_>>) -> bool {
        fn among<T: PartialEq<U>, U: ?Sized>(wanted: &[T], value: &U) -> bool {
            wanted.is_empty() || wanted.iter().any(|wanted| wanted == value)
        }
        among(&self.pid, &finding.pid)
            && among(&self.slug, &*finding.slug)
            && among(&self.fd, &finding.fd)
            && among(&self.outcome, &*finding.outcome)
            && among(&self.comm, &*finding.comm)
    }

    fn text(&self, shown: &Shown, history: &History) -> String {
        let mut text =
            if self.group { render::text::groups(history) } else { render::text::findings(&shown.rows) };
        if self.verbose {
            let view = View { verbose: true, root: &Root::new(None), logs: &[] };
            for group in &history.groups {
                text.push('\n');
                text.push_str(&render::report::block(history, group, &view, true));
            }
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text + &render::text::summary(shown, &history.tally)
    }

    fn sort(&self, rows: &mut [Row], history: &History) {
        rows.sort_by_key(|row| row.finding.time_ns);
        match self.sort {
            None | Some(Key::Time) => {}
            Some(Key::Count) => {
                let counts = history.groups.iter().map(|group| (group.number, group.count));
                let counts = counts.collect::<HashMap<_, _>>();
                rows.sort_by_key(|row| Reverse(row.group.and_then(|group| counts.get(&group)).copied()));
            }
            Some(Key::Slug) => rows.sort_by(|one, other| one.finding.slug.cmp(&other.finding.slug)),
            Some(Key::Pid) => rows.sort_by_key(|row| row.finding.pid),
            Some(Key::Outcome) => rows.sort_by_key(|row| harm(&row.finding.outcome)),
        }
    }

    /// Groups come by time.
    fn sort_groups(&self, history: &mut History) {
        let groups = &mut history.groups;
        match self.sort {
            None | Some(Key::Time) => {}
            Some(Key::Count) => groups.sort_by_key(|group| Reverse(group.count)),
            Some(Key::Slug) => groups.sort_by(|one, other| one.first.slug.cmp(&other.first.slug)),
            Some(Key::Pid) => groups.sort_by_key(|group| group.first.pid),
            Some(Key::Outcome) => groups.sort_by_key(|group| harm(&group.first.outcome)),
        }
    }
}

fn harm(outcome: &str) -> Option<usize> {
    OUTCOMES.iter().position(|known| known.word() == outcome)
}
