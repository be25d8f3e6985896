//! The log, read back: lines in, values out.
//!
//! The program under test wrote parts of every record, a crash may have torn the last one, and the library may
//! be newer than this command. So whatever a line is, it is a value with its place: a record, or the
//! reason why it is none. Only the file itself can fail.

use crate::wire;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::io::{self, BufRead, Read};

/// Longest line that is looked at: room for sixteen of today's records.
const LONGEST: usize = 16 * wire::MAX;

/// One finding, field by field as [`wire`](crate::wire) writes it. A field that is missing has its empty value.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Finding {
    pub v: u32,
    pub kind: String,
    pub time_ns: u64,
    pub pid: u32,
    pub ppid: u32,
    pub tid: u32,
    pub comm: String,
    pub slug: String,
    pub action: String,
    pub outcome: String,
    pub call: String,
    pub fd: i32,
    pub owner: u32,
    pub registrations: u32,
    pub lost: u32,
    pub errno: i32,
    pub made_at: String,
    pub forked_at: String,
    pub lock: String,
    pub holder: u32,
    pub holder_name: String,
    pub holder_at: String,
    pub waited_us: u64,
    pub held_back: u64,
    pub made_stack: u32,
    pub forked_stack: u32,
    pub used_stack: u32,
    pub holder_stack: u32,
    pub suppressed: String,
    pub text: String,
    /// What a newer library adds within the same version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// A stack, as `docs/log.md` has it; findings of the same process refer to its number.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Stack {
    pub time_ns: u64,
    pub pid: u32,
    pub tid: u32,
    pub id: u32,
    /// Name, path, build id.
    pub modules: Vec<(String, String, String)>,
    /// Place in `modules`, and offset.
    pub frames: Vec<(i32, u64)>,
    /// File, line, function.
    pub python: Vec<(String, u32, String)>,
    pub no_python: String,
}

/// Something that happened to a process: one of the kinds of `docs/log.md`, Processes. A field that its kind has not
/// is empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Life {
    pub kind: String,
    pub time_ns: u64,
    pub pid: u32,
    pub ppid: u32,
    pub tid: u32,
    pub comm: String,
    pub exe: String,
    pub argv: Vec<String>,
    pub mode: String,
    pub version: String,
    pub call: String,
    pub child: u32,
    pub status: i32,
    pub bytes: u64,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Finding(Box<Finding>),
    Stack(Stack),
    Life(Life),
}

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
}

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    fn next_line(&mut self) -> io::Result<Option<Result<Record, Reason>>> {
        loop {
            let mut line = Vec::new();
            self.input.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            if line.len() == LONGEST && !line.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
                return Ok(Some(Err(Reason::TooLong)));
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(record(&line)));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    /// The line's number, and what it is.
    type Item = io::Result<(u64, Result<Record, Reason>)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose().map(|line| line.map(|line| (self.number, line)))
    }
}

fn record(line: &[u8]) -> Result<Record, Reason> {
    let object: Map<String, Value> = serde_json::from_slice(line.trim_ascii_end()).map_err(|error| {
        // The parser's own line number would be that of this text, always 1.
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
        let why = format!("{what} at column {}", error.column());
        if line.ends_with(b"\n") { Reason::NotJson(why) } else { Reason::Torn }
    })?;
    let version = object.get("v").and_then(Value::as_u64).ok_or(Reason::NotARecord)?;
    if version > wire::VERSION.into() {
        return Err(Reason::Newer(version));
    }
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let needed: &[&str] = match &*kind {
        wire::FINDING => &["pid", "slug", "outcome"],
        wire::STACK => &["pid", "id"],
        wire::FORK | wire::REAP => &["pid", "child"],
        wire::START | wire::EXEC | wire::EXIT => &["pid"],
        wire::ROTATED => &[],
        _ => return Err(Reason::Kind(kind)),
    };
    if let Some(missing) = needed.iter().find(|field| !object.contains_key(**field)) {
        return Err(Reason::BadField(format!("`{missing}` is missing")));
    }
    let object = Value::Object(object);
    let record = match &*kind {
        wire::FINDING => serde_json::from_value(object).map(|finding| Record::Finding(Box::new(finding))),
        wire::STACK => serde_json::from_value(object).map(Record::Stack),
        _ => serde_json::from_value(object).map(Record::Life),
    };
    record.map_err(|error| Reason::BadField(error.to_string()))
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
        assert!(given.more.is_empty(), "a field that the reader does not know: {:?}", given.more);
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
    fn what_a_newer_library_adds_is_kept() {
        let line = written(b"x", b"y").replace("\"v\":1", "\"v\":1,\"stack\":[\"a\"]");
        let finding = finding(&read(line.as_bytes())[0].1);
        assert_eq!(finding.more["stack"], serde_json::json!(["a"]));
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
