//! One log that grows: what was added since the last reading, line by line.
//!
//! A line belongs to the file and not to its name: a log that is renamed while it is full is read on to its end
//! under the other name, and the file begun in its place is another one.

use crate::cli::read::{Lines, Reason, Record};
use crate::wire;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// Bytes that are read and handed on at once.
const PIECE: u64 = 256 * 1024;
/// Longest line that is kept until its end comes.
const LONGEST: usize = 16 * wire::MAX;

/// What one file is, whatever its name: device and number.
pub type Identity = (u64, u64);

/// One line.
#[derive(Debug)]
pub struct Entry {
    /// The log's name, as it was when it was opened.
    pub log: Arc<Path>,
    /// From 1; 0 for what is said of the file as a whole.
    pub number: u64,
    /// As it stands in the log, without its newline.
    pub raw: String,
    /// What it says.
    pub what: Result<Record, Reason>,
}

/// A log that is followed.
#[derive(Debug)]
pub struct Follower {
    pub identity: Identity,
    file: File,
    log: Arc<Path>,
    /// How far it has been read, and the line that has no end yet.
    at: u64,
    begun: Vec<u8>,
    number: u64,
    /// In the middle of a line that is longer than any record.
    skips: bool,
}

impl Follower {
    /// Opens a regular file; a name that leads to a FIFO must not hold us up.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        let status = file.metadata()?;
        if !status.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        Ok(Self {
            identity: (status.dev(), status.ino()),
            file,
            log: path.into(),
            at: 0,
            begun: Vec::new(),
            number: 0,
            skips: false,
        })
    }

    /// Had it this name when it was opened?
    pub fn has_name(&self, path: &Path) -> bool {
        *self.log == *path
    }

    /// Does it begin as a log does? Nothing while it is too short to tell.
    pub fn looks_like_a_log(&mut self) -> io::Result<Option<bool>> {
        const START: &[u8] = b"{\"v\":";
        let mut start = Vec::new();
        self.file.rewind()?;
        (&mut self.file).take(START.len() as u64).read_to_end(&mut start)?;
        Ok(if START.starts_with(&start) && start.len() < START.len() { None } else { Some(start == START) })
    }

    /// The lines that were added, of one piece; no line and `false` when there is nothing more now.
    pub fn read(&mut self, entries: &mut Vec<Entry>) -> io::Result<bool> {
        if self.file.metadata()?.len() < self.at {
            // Emptied in place: what stands there now is new.
            self.give_up(entries);
            (self.at, self.number, self.skips) = (0, 0, false);
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut piece = Vec::new();
        (&mut self.file).take(PIECE).read_to_end(&mut piece)?;
        self.at += piece.len() as u64;
        for line in piece.split_inclusive(|&byte| byte == b'\n') {
            self.piece_of_a_line(line, entries);
        }
        Ok(!piece.is_empty())
    }

    fn piece_of_a_line(&mut self, piece: &[u8], entries: &mut Vec<Entry>) {
        let ends = piece.ends_with(b"\n");
        if !self.skips && self.begun.len() + piece.len() > LONGEST {
            self.number += 1;
            entries.push(self.entry(String::new(), Err(Reason::TooLong)));
            self.begun = Vec::new();
            self.skips = true;
        }
        if self.skips {
            self.skips = !ends;
            return;
        }
        self.begun.extend_from_slice(piece);
        if ends {
            self.number += 1;
            let line = std::mem::take(&mut self.begun);
            if let Some(Ok((_, what))) = Lines::new(&*line).next() {
                let raw = String::from_utf8_lossy(&line).trim_end().to_owned();
                entries.push(self.entry(raw, what));
            }
        }
    }

    /// Nothing more will be read of it: a line without an end is torn.
    pub fn give_up(&mut self, entries: &mut Vec<Entry>) {
        if !self.begun.is_empty() {
            self.begun = Vec::new();
            self.number += 1;
            entries.push(self.entry(String::new(), Err(Reason::Torn)));
        }
    }

    fn entry(&self, raw: String, what: Result<Record, Reason>) -> Entry {
        Entry { log: self.log.clone(), number: self.number, raw, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn log(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("forkproof-follow-{name}-{}", std::process::id()))
    }

    fn read(follower: &mut Follower) -> Vec<(u64, bool)> {
        let mut entries = Vec::new();
        while follower.read(&mut entries).unwrap() {}
        entries.iter().map(|entry| (entry.number, entry.what.is_ok())).collect()
    }

    const EXIT: &str = "{\"v\":1,\"kind\":\"exit\",\"pid\":7}\n";

    #[test]
    fn a_line_counts_when_its_end_has_come() {
        let path = log("torn");
        let mut file = File::create(&path).unwrap();
        let mut follower = Follower::open(&path).unwrap();
        assert_eq!(follower.looks_like_a_log().unwrap(), None);
        let (head, tail) = EXIT.split_at(12);
        write!(file, "{EXIT}{head}").unwrap();
        assert_eq!(follower.looks_like_a_log().unwrap(), Some(true));
        assert_eq!(read(&mut follower), [(1, true)]);
        assert_eq!(read(&mut follower), []);
        write!(file, "{tail}\nno json\n{}\n{EXIT}", "x".repeat(3 * LONGEST)).unwrap();
        assert_eq!(read(&mut follower), [(2, true), (4, false), (5, false), (6, true)]);
        // Emptied, and begun anew shorter than it was.
        file.set_len(0).unwrap();
        std::fs::write(&path, EXIT).unwrap();
        assert_eq!(read(&mut follower), [(1, true)]);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        assert!(Follower::open(Path::new("/dev/zero")).is_err());
        assert!(Follower::open(Path::new("/")).is_err());
    }
}
