//! The logs that were named, read one after the other.

use super::history::{Builder, History};
use super::read::Lines;
use super::{Trouble, complain, harmless, status};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What they say together. Lines that are no record are named on standard error and counted.
///
/// # Errors
/// When a log cannot be read; what the others say is lost with it.
pub fn history(logs: &[PathBuf]) -> Result<History, Trouble> {
    let mut builder = Builder::default();
    for log in logs {
        let trouble =
            |error: io::Error| Trouble::new(status::TROUBLE, format!("{}: {error}", harmless::path(log)));
        for line in Lines::new(open(log).map_err(trouble)?) {
            match line.map_err(trouble)? {
                (_, Ok(record)) => builder.add(record),
                (number, Err(reason)) => complain(&format!("{}:{number}: {reason}", harmless::path(log))),
            }
        }
    }
    Ok(builder.finish())
}

fn open(log: &Path) -> io::Result<Box<dyn BufRead>> {
    if log.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(log)?)))
}
