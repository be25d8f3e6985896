//! A finding of the watcher's, said as the library says its own: a line on stderr, and a record in the log.

use super::verdict::Lost;
use crate::catalog::LOST_WAIT;
use crate::cli::harmless;
use crate::settings::{Action, Settings};
use crate::wire::{Outcome, Record, Stacks};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest sentence in a record: even if each byte of it is escaped to six, the record is below `wire::MAX`.
const LONGEST: usize = 500;

/// What `lost-wait` is set to. Report whatever it is, but for `off`: nothing is changed from outside.
pub fn action(settings: &Settings<'_>) -> Action {
    settings.chosen.get(LOST_WAIT.place).copied().flatten().unwrap_or(LOST_WAIT.default)
}

/// Says it. A stderr or a log that cannot be written to is not the program's trouble: the other one is.
pub fn tell(lost: &Lost, lasted: Duration, settings: &Settings<'_>) {
    let mut text = format!("nobody can end this wait of {} s: {}", lasted.as_secs(), lost.text);
    if let Some(place) = &lost.place {
        text.push_str("; in Python at ");
        text.push_str(place);
    }
    let text = cut(&text);
    let line = format!("forkproof[{}]: {}: {}\n", lost.pid, LOST_WAIT.slug, harmless::whole(text));
    let _ = io::stderr().write_all(line.as_bytes());
    if settings.log_path.is_empty() {
        return;
    }
    if let Err(error) = to_log(lost, text, settings) {
        let path = harmless::path(&path(settings.log_path, lost.pid));
        let _ = writeln!(io::stderr(), "forkproof: cannot write to {path}: {error}");
    }
}

fn to_log(lost: &Lost, text: &str, settings: &Settings<'_>) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let record = Record {
        time_ns: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX),
        pid: lost.pid,
        ppid: lost.parent,
        tid: lost.tid,
        comm: lost.name.as_bytes(),
        slug: LOST_WAIT.slug,
        action: action(settings).word(),
        outcome: Outcome::Reported,
        call: lost.call,
        fd: lost.fd,
        owner: 0,
        registrations: 0,
        lost: 0,
        errno: 0,
        made_at: b"",
        forked_at: b"",
        lock: b"",
        holder: 0,
        holder_name: b"",
        holder_at: b"",
        waited_us: 0,
        held_back: 0,
        stacks: Stacks::default(),
        suppressed: b"",
        text: text.as_bytes(),
    };
    let mut line = String::new();
    record.encode(&mut line).map_err(io::Error::other)?;
    let mut file = OpenOptions::new().append(true).create(true).open(path(settings.log_path, lost.pid))?;
    file.write_all(line.as_bytes())
}

/// `%p` becomes the id of the process concerned, `%%` a percent sign, as in the library.
fn path(template: &[u8], pid: u32) -> PathBuf {
    let mut path = Vec::new();
    let mut bytes = template.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'%', Some(b'p')) => {
                bytes.next();
                path.extend(pid.to_string().into_bytes());
            }
            (b'%', Some(b'%')) => {
                bytes.next();
                path.push(b'%');
            }
            _ => path.push(byte),
        }
    }
    OsString::from_vec(path).into()
}

fn cut(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_p_becomes_the_id_of_the_process() {
        assert_eq!(path(b"/tmp/a%p.b%%p%", 47), PathBuf::from("/tmp/a47.b%p%"));
    }

    #[test]
    fn a_long_sentence_is_cut_between_letters() {
        assert_eq!(cut("short"), "short");
        assert!(cut(&"é".repeat(LONGEST)).len() <= LONGEST);
    }
}
