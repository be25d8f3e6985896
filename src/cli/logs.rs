//! The logs that were named, read one after the other.

use super::history::{Builder, History};
use super::read::{Lines, Record, Text};
use super::{Trouble, complain, harmless};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Lines that are no record and are named one by one; past it they are only counted.
const NAMED_MAX: u64 = 10;

/// Bytes read at once.
const CHUNK: usize = 1 << 18;

/// How a rotated log begins, as the library writes it.
const ROTATED: &[u8] = b"{\"v\":1,\"kind\":\"rotated\"";

/// What there was besides records.
#[derive(Debug, Default)]
pub struct Rest {
    /// Lines that are no record.
    pub unread: u64,
    /// A log could not be read, or not to its end.
    pub unreadable: bool,
}

/// What the logs say together, and whether one of them could not be read. Such a log, and a line that is no record, is
/// named on standard error.
pub fn history(logs: &[PathBuf]) -> (History, bool) {
    let mut builder = Builder::default();
    // Nothing in here ends the reading.
    let rest = each(logs, |_, record| {
        builder.add(record);
        Ok(())
    });
    let rest = rest.unwrap_or_default();
    let mut history = builder.finish();
    history.tally.unread = rest.unread;
    (history, rest.unreadable)
}

/// Shows every record, with the text of its line. Whatever cannot be read is named on standard error.
///
/// # Errors
/// Those of `visit`.
pub fn each(
    logs: &[PathBuf],
    mut visit: impl FnMut(&[u8], Record<Text<'_>>) -> Result<(), Trouble>,
) -> Result<Rest, Trouble> {
    let mut rest = Rest::default();
    for log in logs {
        let mut both = |log: &Path| match one(log, &mut rest, &mut visit) {
            Err(Stop::Log(error)) => {
                rest.unreadable = true;
                complain(&format!("{}: {error}", name(log)));
                Ok(())
            }
            Err(Stop::Visitor(trouble)) => Err(trouble),
            Ok(()) => Ok(()),
        };
        if let Some(older) = older(log).filter(|older| !logs.contains(older)) {
            complain(&format!("{} is the older part of {}, and is read first", name(&older), name(log)));
            both(&older)?;
        }
        both(log)?;
    }
    if rest.unread > NAMED_MAX {
        complain(&format!("{} more lines are no records", rest.unread - NAMED_MAX));
    }
    Ok(rest)
}

enum Stop {
    Log(io::Error),
    Visitor(Trouble),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Log(error)
    }
}

fn one(
    log: &Path,
    rest: &mut Rest,
    visit: &mut impl FnMut(&[u8], Record<Text<'_>>) -> Result<(), Trouble>,
) -> Result<(), Stop> {
    Lines::new(open(log)?).each(|number, line, record| match record {
        Ok(record) => visit(line, record).map_err(Stop::Visitor),
        Err(reason) => {
            rest.unread = rest.unread.saturating_add(1);
            if rest.unread <= NAMED_MAX {
                complain(&format!("{}:{number}: {}", name(log), harmless::text(&reason.to_string())));
            }
            Ok(())
        }
    })
}

fn name(log: &Path) -> String {
    if log.as_os_str() == "-" { "standard input".to_owned() } else { harmless::path(log) }
}

fn open(log: &Path) -> io::Result<Box<dyn BufRead>> {
    if log.as_os_str() == "-" {
        return Ok(Box::new(BufReader::with_capacity(CHUNK, io::stdin().lock())));
    }
    Ok(Box::new(BufReader::with_capacity(CHUNK, File::open(log)?)))
}

/// The file whose place this log took, if its first record says that there was one, and it is still there.
fn older(log: &Path) -> Option<PathBuf> {
    let mut older = log.as_os_str().to_owned();
    older.push(".1");
    let older = PathBuf::from(older);
    let regular = |file: &Path| file.metadata().is_ok_and(|metadata| metadata.is_file());
    if !regular(log) || !regular(&older) {
        return None;
    }
    let mut first = BufReader::new(File::open(log).ok()?);
    first.fill_buf().ok()?.starts_with(ROTATED).then_some(older)
}
