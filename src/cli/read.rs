//! The log, read back: lines in, values out.
//!
//! The program under test wrote parts of every record, a crash may have torn the last one, and the library may
//! be newer than this command. So whatever a line is, it is a value with its place: a record, or the
//! reason why it is none. Only the file itself can fail.

mod parse;
mod record;

use crate::wire;
use parse::record;
pub use record::{Finding, Life, Record, Stack, Text};
use std::fmt;
use std::io::{self, BufRead, Read};

/// Longest line that is looked at: room for sixteen of today's records.
const LONGEST: usize = 16 * wire::MAX;

/// Why a line is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is longer than any record.
    TooLong,
    /// It is the last one and has no end: its writer died, or is still writing.
    Torn,
    /// It is no JSON object; the parser says where.
    NotJson(String),
    /// It is an object, but has no format version.
    NotARecord,
    /// A newer library wrote it.
    Newer(u64),
    /// A record of a kind that this command does not know.
    Kind(String),
    /// A field has a value of the wrong type.
    BadField(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(out, "longer than any record ({LONGEST} bytes)"),
            Self::Torn => out.write_str("torn: the last record was not written to its end"),
            Self::NotJson(why) => write!(out, "not a JSON object: {why}"),
            Self::NotARecord => out.write_str("not a forkproof record: it has no version `v`"),
            Self::Newer(version) => {
                write!(
                    out,
                    "format version {version}, this forkproof reads {}; a newer forkproof is needed",
                    wire::VERSION
                )
            }
            Self::Kind(kind) => write!(out, "a record of kind {kind:?}, which this forkproof does not know"),
            Self::BadField(why) => write!(out, "a record with a field that is wrong: {why}"),
        }
    }
}

/// The lines of one log.
pub struct Lines<R> {
    input: R,
    number: u64,
    line: Vec<u8>,
}

/// Whether there is a line.
enum Next {
    End,
    TooLong,
    Line,
}

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, number: 0, line: Vec::new() }
    }

    /// Shows every line that is not blank, in its place: its number, its text as far as it was read, and what it is.
    ///
    /// # Errors
    /// When the log cannot be read, or `visit` wants no more.
    pub fn each<E: From<io::Error>>(
        mut self,
        mut visit: impl FnMut(u64, &[u8], Result<Record<Text<'_>>, Reason>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            match self.advance()? {
                Next::End => return Ok(()),
                Next::TooLong => visit(self.number, &self.line, Err(Reason::TooLong))?,
                Next::Line => visit(self.number, &self.line, record(&self.line))?,
            }
        }
    }

    fn advance(&mut self) -> io::Result<Next> {
        loop {
            self.line.clear();
            self.input.by_ref().take(LONGEST as u64).read_until(b'\n', &mut self.line)?;
            if self.line.is_empty() {
                return Ok(Next::End);
            }
            self.number += 1;
            if self.line.len() == LONGEST && !self.line.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
                return Ok(Next::TooLong);
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Next::Line);
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    /// The line's number, and what it is.
    type Item = io::Result<(u64, Result<Record, Reason>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.advance() {
            Ok(Next::End) => return None,
            Ok(Next::TooLong) => Err(Reason::TooLong),
            Ok(Next::Line) => record(&self.line),
            Err(error) => return Some(Err(error)),
        };
        Some(Ok((self.number, line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tests::sample;
    use proptest::prelude::*;

    fn read(log: &[u8]) -> Vec<(u64, Result<Record, Reason>)> {
        Lines::new(log).map(Result::unwrap).collect()
    }

    fn finding(record: &Result<Record, Reason>) -> Finding {
        match record {
            Ok(Record::Finding(finding)) => (**finding).clone(),
            other => panic!("no finding: {other:?}"),
        }
    }

    fn written(comm: &[u8], text: &[u8]) -> String {
        let mut line = String::new();
        sample(comm, text).encode(&mut line).unwrap();
        line
    }

    #[test]
    fn every_field_comes_back() {
        let lines = read(written(b"worker", b"a sentence").as_bytes());
        let finding = finding(&lines[0].1);
        let (expected, given) = (sample(b"worker", b"a sentence"), &finding);
        assert_eq!((given.time_ns, given.pid, given.ppid), (expected.time_ns, expected.pid, expected.ppid));
        assert_eq!((given.tid, given.fd, given.owner), (expected.tid, expected.fd, expected.owner));
        assert_eq!((given.registrations, given.lost), (expected.registrations, expected.lost));
        assert_eq!((given.errno, given.held_back), (expected.errno, expected.held_back));
        assert_eq!(
            (&*given.slug, &*given.action, &*given.call),
            (expected.slug, expected.action, expected.call)
        );
        assert_eq!((&*given.outcome, &*given.comm, &*given.text), ("repaired", "worker", "a sentence"));
        assert_eq!(
            (given.made_at.as_bytes(), given.forked_at.as_bytes()),
            (expected.made_at, expected.forked_at)
        );
        assert_eq!((given.lock.as_bytes(), given.holder), (expected.lock, expected.holder));
        assert_eq!(given.holder_name.as_bytes(), expected.holder_name);
        assert_eq!((given.holder_at.as_bytes(), given.waited_us), (expected.holder_at, expected.waited_us));
        assert_eq!((given.made_stack, given.forked_stack), (expected.stacks.made, expected.stacks.forked));
        assert_eq!((given.used_stack, given.holder_stack), (expected.stacks.used, expected.stacks.holder));
        assert_eq!(given.suppressed.as_bytes(), expected.suppressed);
    }

    #[test]
    fn each_way_to_be_no_record_has_its_reason_and_place() {
        let good = written(b"x", b"y");
        let huge = "x".repeat(LONGEST + 10);
        let log = format!(
            "{good}\nnot json\n[1]\n{{}}\n{}{}{}{}{huge}\n{good}{}",
            good.replace("\"v\":1", "\"v\":2"),
            good.replace("\"finding\"", "\"weather\""),
            good.replace("\"pid\":4711", "\"pid\":-1"),
            good.replace("\"pid\":4711,", ""),
            &good[..40],
        );
        let lines = read(log.as_bytes());
        let reasons = lines.iter().map(|(number, line)| (*number, line.as_ref().err())).collect::<Vec<_>>();
        assert!(matches!(
            reasons[..],
            [
                (1, None),
                (3, Some(Reason::NotJson(_))),
                (4, Some(Reason::NotJson(_))),
                (5, Some(Reason::NotARecord)),
                (6, Some(Reason::Newer(2))),
                (7, Some(Reason::Kind(_))),
                (8, Some(Reason::BadField(_))),
                (9, Some(Reason::BadField(_))),
                (10, Some(Reason::TooLong)),
                (11, None),
                (12, Some(Reason::Torn)),
            ]
        ));
    }

    #[test]
    fn what_a_newer_library_adds_is_passed_over() {
        let line = written(b"x", b"y").replace("\"v\":1", "\"v\":1,\"stack\":[\"a\",{\"b\":1e9}]");
        assert_eq!(finding(&read(line.as_bytes())[0].1), finding(&read(written(b"x", b"y").as_bytes())[0].1));
    }

    #[test]
    fn what_is_borrowed_says_what_is_owned() {
        let log = format!(
            "{}{}\n{}\n",
            written(b"\x1b\"", "ü\\".as_bytes()),
            r#"{"v":1,"kind":"stack","pid":1,"id":2,"modules":[["a\u001b","/a",""]],"frames":[[0,1]],"python":[["f",1,"g"]],"no_python":"x\""}"#,
            r#"{"kind":"start","v":1,"pid":1,"ppid":2,"argv":["a","\n"],"exe":"/a"}"#,
        );
        let mut owned = read(log.as_bytes()).into_iter();
        let seen = Lines::new(log.as_bytes()).each(|number, _, record| {
            assert_eq!(format!("{:?}", owned.next()), format!("{:?}", Some((number, record))));
            io::Result::Ok(())
        });
        seen.unwrap();
        assert_eq!(owned.next(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_values(log: Vec<u8>) {
            let _ = read(&log);
        }

        #[test]
        fn a_damaged_log_is_values(place in 0_usize..300, byte: u8, length in 0_usize..400) {
            let mut log = written(b"worker", b"text").into_bytes();
            log.extend(written(b"worker", b"text").into_bytes());
            log[place] = byte;
            log.truncate(length);
            let _ = read(&log);
        }

        #[test]
        fn hostile_text_comes_back_as_it_was_written(comm: Vec<u8>, text: Vec<u8>) {
            let lines = read(written(&comm, &text).as_bytes());
            prop_assert_eq!(lines.len(), 1);
            let finding = finding(&lines[0].1);
            prop_assert_eq!(finding.comm, String::from_utf8_lossy(&comm));
            prop_assert_eq!(finding.text, String::from_utf8_lossy(&text));
        }
    }
}
