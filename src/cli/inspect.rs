//! `forkproof inspect`: which findings of which logs are shown. How, is decided in `render`.

use super::read::{Finding, Lines, Record};
use super::tally::{OUTCOMES, Tally};
use super::{Trouble, complain, exec, harmless, render, status};
use crate::wire::Outcome;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

/// Unreadable lines that are named one by one; past it they are only counted.
const NAMED_MAX: u64 = 10;

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof inspect fork.log                      every finding, by process
  forkproof inspect --outcome=failed fork.*.log   what could not be mended
  forkproof inspect --json --pid=4711 fork.log    for programs

A filter given more than once takes any of its values; different filters must all hold. --json writes one finding \
a line, in the log's own format, so its output can be inspected again. A line that is no finding (torn, not JSON, \
from a newer forkproof) is named on standard error and counted.

Exit status, as grep(1): 0 findings were shown, 1 there were none to show, 2 usage, 125 a log could not be read.";

/// Show what is in a log: findings by process, and a summary
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
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

    /// Write JSON lines instead of the table
    #[arg(long)]
    json: bool,
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
    let (mut shown, mut tally, mut unreadable) = (Vec::new(), Tally::default(), false);
    for log in logs {
        let name = if log.as_os_str() == "-" { "standard input".to_owned() } else { harmless::path(log) };
        let outcome = open(log).and_then(|log| inspect.read(log, &name, &mut shown, &mut tally));
        if let Err(error) = outcome {
            unreadable = true;
            complain(&format!("{name}: {error}"));
        }
    }
    if tally.unread > NAMED_MAX {
        complain(&format!("{} more lines are no findings", tally.unread - NAMED_MAX));
    }
    shown.sort_by_key(|finding: &Finding| finding.time_ns);
    let status = match (unreadable, shown.is_empty()) {
        (true, _) => status::TROUBLE,
        (false, true) => status::NOTHING,
        (false, false) => status::OK,
    };
    let text =
        if inspect.json { render::json::lines(&shown) } else { render::text::findings(&shown, &tally) };
    render::print(&text).map(|()| status)
}

fn open(log: &Path) -> io::Result<Box<dyn BufRead>> {
    if log.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(log)?)))
}

impl Inspect {
    fn read(
        &self,
        log: impl BufRead,
        name: &str,
        shown: &mut Vec<Finding>,
        tally: &mut Tally,
    ) -> io::Result<()> {
        for line in Lines::new(log) {
            match line? {
                (_, Ok(Record::Stack(_) | Record::Life(_))) => {}
                (_, Ok(Record::Finding(finding))) => {
                    tally.read += 1;
                    tally.slugs.insert(finding.slug.clone());
                    if self.wants(&finding) {
                        tally.held_back = tally.held_back.saturating_add(finding.held_back);
                        shown.push(*finding);
                    }
                }
                (number, Err(reason)) => {
                    tally.unread += 1;
                    if tally.unread <= NAMED_MAX {
                        complain(&format!("{name}:{number}: {}", harmless::text(&reason.to_string())));
                    }
                }
            }
        }
        Ok(())
    }

    fn wants(&self, finding: &Finding) -> bool {
        fn among<T: PartialEq>(wanted: &[T], value: &T) -> bool {
            wanted.is_empty() || wanted.contains(value)
        }
        among(&self.pid, &finding.pid)
            && among(&self.slug, &finding.slug)
            && among(&self.fd, &finding.fd)
            && among(&self.outcome, &finding.outcome)
    }
}
