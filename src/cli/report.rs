//! `forkproof report`: a whole run as one page.

use super::history::Builder;
use super::read::Lines;
use super::{Trouble, harmless, render, status};
use clap::Args;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;

/// Write a report
#[derive(Debug, Args)]
pub struct Report {
    /// Logs to read
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,

    /// What to write
    #[arg(long, default_value = "html", value_parser = ["html"])]
    format: String,

    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// `forkproof report`.
pub fn report(report: &Report) -> Result<u8, Trouble> {
    let mut builder = Builder::default();
    for log in &report.logs {
        let trouble = |error| Trouble::new(status::TROUBLE, format!("{}: {error}", harmless::path(log)));
        for line in Lines::new(BufReader::new(File::open(log).map_err(trouble)?)) {
            if let (_, Ok(record)) = line.map_err(trouble)? {
                builder.add(record);
            }
        }
    }
    let text = render::html::page(&builder.finish());
    match &report.output {
        None => render::print(&text).map(|()| status::OK),
        Some(file) => fs::write(file, text)
            .map(|()| status::OK)
            .map_err(|error| Trouble::new(status::TROUBLE, format!("{}: {error}", harmless::path(file)))),
    }
}
