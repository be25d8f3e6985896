//! `forkproof report`: all that the logs of a run say, in one text, for people or for another program.

use super::history::{Builder, History};
use super::read::Lines;
use super::render::source::Root;
use super::{Trouble, complain, exec, harmless, inspect, render, status, suppressed};
use clap::{Args, ValueEnum};
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof report -o fork.sarif fork.log            for code scanning
  forkproof report -o junit.xml fork.*.log           for a CI server; .prom, .json: what they say
  forkproof report --format github --error-exitcode=1 fork.log
  forkproof report --format json fork.log | jq .groups

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
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit's XML: a group of findings is a test that failed
    Junit,
    /// Annotations for GitHub Actions; in a step of such a job its summary as well
    Github,
    /// Trace events, for ui.perfetto.dev
    Perfetto,
    /// Counts for Prometheus
    Prom,
}

impl Format {
    /// What a file of this name is expected to hold.
    pub fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "sarif" => Some(Self::Sarif),
            "xml" => Some(Self::Junit),
            "prom" => Some(Self::Prom),
            _ => None,
        }
    }

    fn render(self, history: &History, root: &Root) -> String {
        match self {
            Self::Json => render::json::report(history),
            Self::Sarif => render::sarif::report(history, root),
            Self::Junit => render::junit::report(history, root),
            Self::Github => render::github::annotations(history, root),
            Self::Perfetto => render::perfetto::report(history),
            Self::Prom => render::prom::report(history),
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
    if format == Format::Github {
        summarise(&history, &root)?;
    }
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

/// In a step of a job, GitHub shows what stands in this file on the page of the run.
fn summarise(history: &History, root: &Root) -> Result<(), Trouble> {
    const VARIABLE: &str = "GITHUB_STEP_SUMMARY";
    let Some(file) = env::var_os(VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let page = render::github::summary(history, root);
    let written = OpenOptions::new().append(true).create(true).open(&file);
    written.and_then(|mut file| file.write_all(page.as_bytes())).map_err(|error| {
        Trouble::new(
            status::TROUBLE,
            format!("cannot write {}, which {VARIABLE} names: {error}", harmless::path(&file)),
        )
    })
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
