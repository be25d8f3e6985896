//! `forkproof report`: all that the logs of a run say, in one text, for people or for another program.

use super::history::{Builder, History};
use super::read::Lines;
use super::render::source::Root;
use super::{Trouble, complain, exec, harmless, inspect, render, status, suppressed};
use clap::{Args, ValueEnum};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof report -o fork.json fork.log             by the extension: .json
  forkproof report --format json fork.*.log | jq .groups

Findings that a suppression silenced are left out, and counted. A line of a log that cannot be read is named on \
standard error and counted.

Exit status: 0 the report is written, N findings are in it and --error-exitcode=N was given, 2 usage, 125 a log \
could not be read or the report not be written.";

/// Put the logs of a run together: processes, findings and their stacks, as one text or file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Report {
    /// Logs to read; `-` for standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,

    /// What to write; without it the extension of -o decides
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,

    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The folder to which names of source files are made relative [default: the current one]
    #[arg(long, value_name = "DIR")]
    source_root: Option<PathBuf>,

    /// End with this status when there are findings that nothing suppresses
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    error_exitcode: Option<u8>,
}

/// What a report can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object with processes, findings and stacks (docs/report.md)
    Json,
}

impl Format {
    /// What a file of this name is expected to hold.
    pub fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn render(self, history: &History, _root: &Root) -> String {
        match self {
            Self::Json => render::json::report(history),
        }
    }
}

/// `forkproof report`.
pub fn report(report: &Report) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    let format = report.format()?;
    let (history, unreadable) = read(&report.logs);
    let history = suppressed::left_out(history, |group| !group.first.suppressed.is_empty());
    let root = Root::new(report.source_root.as_deref());
    write(&format.render(&history, &root), report.output.as_deref())?;
    Ok(match report.error_exitcode {
        _ if unreadable => status::TROUBLE,
        Some(status) if !history.groups.is_empty() => status,
        _ => status::OK,
    })
}

impl Report {
    fn format(&self) -> Result<Format, Trouble> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let sentence = match &self.output {
            None => "say --format=FORMAT, or -o FILE with an extension that says it".to_owned(),
            Some(file) => match Format::of(file) {
                Some(format) => return Ok(format),
                None => format!(
                    "{}: its extension does not say what to write; add --format=FORMAT",
                    harmless::path(file)
                ),
            },
        };
        Err(Trouble::new(status::USAGE, sentence))
    }
}

/// What the logs say, and whether one of them could not be read.
pub fn read(logs: &[PathBuf]) -> (History, bool) {
    let (mut builder, mut unread, mut unreadable) = (Builder::default(), 0, false);
    for log in logs {
        let name = if log.as_os_str() == "-" { "standard input".to_owned() } else { harmless::path(log) };
        let outcome = inspect::open(log).and_then(|log| {
            for line in Lines::new(log) {
                match line? {
                    (_, Ok(record)) => builder.add(record),
                    (number, Err(reason)) => {
                        unread += 1;
                        if unread <= inspect::NAMED_MAX {
                            complain(&format!("{name}:{number}: {}", harmless::text(&reason.to_string())));
                        }
                    }
                }
            }
            io::Result::Ok(())
        });
        if let Err(error) = outcome {
            unreadable = true;
            complain(&format!("{name}: {error}"));
        }
    }
    if unread > inspect::NAMED_MAX {
        complain(&format!("{} more lines could not be read", unread - inspect::NAMED_MAX));
    }
    let mut history = builder.finish();
    history.tally.unread += unread;
    (history, unreadable)
}

/// To the file, or to standard output.
pub fn write(text: &str, file: Option<&Path>) -> Result<(), Trouble> {
    let Some(file) = file else { return render::print(text) };
    fs::write(file, text).map_err(|error| {
        Trouble::new(status::TROUBLE, format!("cannot write {}: {error}", harmless::path(file)))
    })
}
