//! `forkproof report`: all that the logs of a run say, in one text, for people or for another program.

use super::accepted::Accepted;
use super::history::History;
use super::render::report::View;
use super::render::source::Root;
use super::symbols::{self, Symbols};
use super::{Trouble, complain, exec, harmless, logs, render, status, suppressed};
use clap::{Args, ValueEnum};
use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof report fork.log                   for people
  forkproof report -o fork.html fork.*.log    as a page, with the processes
  forkproof report -o fork.sarif fork.log     for code scanning
  forkproof report -o junit.xml fork.*.log    for a CI server; also .prom, .json
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

    /// What to write; without it the extension of -o decides, and without -o it is text
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,

    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Every frame of every stack, in text; and name the suppressions that silence nothing
    #[arg(short, long)]
    verbose: bool,

    /// The folder to which names of source files are made relative [default: the current one]
    #[arg(long, value_name = "DIR")]
    source_root: Option<PathBuf>,

    /// Leave out what matches a line of FILE too; may be repeated
    #[arg(long, value_name = "FILE")]
    suppressions: Vec<PathBuf>,

    #[command(flatten)]
    symbols: symbols::Options,

    /// End with this status when there are findings that nothing suppresses
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    error_exitcode: Option<u8>,
}

/// What a report can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: findings with their stacks, and what to change
    Text,
    /// One offline page: processes on a line of time, findings with their stacks and explanations
    Html,
    /// One JSON object with processes, findings and stacks (docs/report.md)
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// XML as CI servers read it: a group of findings is a test that failed
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
            "txt" => Some(Self::Text),
            "html" | "htm" => Some(Self::Html),
            "json" => Some(Self::Json),
            "sarif" => Some(Self::Sarif),
            "xml" => Some(Self::Junit),
            "prom" => Some(Self::Prom),
            _ => None,
        }
    }

    /// What a file holds: colours are for terminals.
    pub fn file(self, history: &History, view: &View<'_>) -> String {
        let text = self.render(history, view);
        if self == Self::Text { anstream::adapter::strip_str(&text).to_string() } else { text }
    }

    fn render(self, history: &History, view: &View<'_>) -> String {
        let root = view.root;
        match self {
            Self::Text => render::report::text(history, view),
            Self::Html => render::html::page(history),
            Self::Json => render::object::report(history),
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
    let (history, unreadable) = history(&report.logs, &report.suppressions, &report.symbols, report.verbose)?;
    let root = Root::new(report.source_root.as_deref());
    let file = report.output.as_deref();
    let render = if file.is_some() { Format::file } else { Format::render };
    let view = View { verbose: report.verbose, root: &root, logs: &report.logs };
    write(&render(format, &history, &view), file)?;
    if format == Format::Github {
        summarise(&history, &root)?;
    }
    Ok(match report.error_exitcode {
        _ if unreadable => status::TROUBLE,
        Some(status) if !history.groups.is_empty() => status,
        _ => status::OK,
    })
}

/// What the logs say, with symbols, and without what is suppressed; and whether one could not be read.
pub fn history(
    logs: &[PathBuf],
    suppressions: &[PathBuf],
    options: &symbols::Options,
    verbose: bool,
) -> Result<(History, bool), Trouble> {
    let mut accepted = Accepted::read(suppressions)?;
    let (mut history, unreadable) = logs::history(logs);
    let mut symbols = Symbols::new(options);
    symbols.history(&mut history);
    for trouble in symbols.troubles() {
        complain(trouble);
    }
    let history = suppressed::left_out(history, &mut accepted);
    if verbose {
        for line in accepted.unused() {
            complain(&format!("{line} silences nothing here"));
        }
    }
    Ok((history, unreadable))
}

impl Report {
    fn format(&self) -> Result<Format, Trouble> {
        let Some(file) = self.output.as_ref().filter(|_| self.format.is_none()) else {
            return Ok(self.format.unwrap_or(Format::Text));
        };
        Format::of(file).ok_or_else(|| {
            let file = harmless::path(file);
            let sentence = format!("{file}: its extension does not say what to write; add --format=FORMAT");
            Trouble::new(status::USAGE, sentence)
        })
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

/// To the file, or to standard output.
pub fn write(text: &str, file: Option<&Path>) -> Result<(), Trouble> {
    let Some(file) = file else { return render::print(text) };
    fs::write(file, text).map_err(|error| {
        Trouble::new(status::TROUBLE, format!("cannot write {}: {error}", harmless::path(file)))
    })
}
