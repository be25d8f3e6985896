//! A whole run as one JSON object (docs/report.md).

use crate::cli::harmless;
use crate::cli::history::{Group, History, Process};
use crate::cli::read::Finding;
use crate::cli::stack;
use serde::Serialize;
use std::fmt::Write;

/// Name and version of the object. Raised when a field changes its meaning or goes away.
const SCHEMA: &str = "forkproof/1";

/// The whole run.
pub fn report(history: &History) -> String {
    let tally = &history.tally;
    let whole = Whole {
        schema: SCHEMA,
        processes: history.processes.iter().map(Life::from).collect(),
        groups: history.groups.iter().map(Findings::from).collect(),
        tally: Counts {
            findings: tally.read,
            held_back: tally.held_back,
            suppressed: tally.suppressed,
            unread_lines: tally.unread,
        },
    };
    pretty(&whole)
}

/// An object as text that a terminal can show, with its newline.
pub fn pretty(value: &impl Serialize) -> String {
    // Only a map with keys that are no strings can fail.
    harmless(&serde_json::to_string_pretty(value).unwrap_or_default()) + "\n"
}

/// The same on one line, without a newline.
pub fn line(value: &impl Serialize) -> String {
    harmless(&serde_json::to_string(value).unwrap_or_default())
}

/// JSON lets DEL and the marks above it stand as they are; a terminal would obey them. Outside of strings there is
/// none, so the escape is the same text to every parser.
fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter != '\n' && harmless::steers(letter) {
            let _ = write!(text, "\\u{:04x}", u32::from(letter));
        } else {
            text.push(letter);
        }
    }
    text
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    processes: Vec<Life<'a>>,
    groups: Vec<Findings<'a>>,
    tally: Counts,
}

#[derive(Serialize)]
struct Counts {
    findings: usize,
    held_back: u64,
    suppressed: u64,
    unread_lines: u64,
}

#[derive(Serialize)]
struct Life<'a> {
    pid: u32,
    ppid: u32,
    parent: Option<usize>,
    comm: &'a str,
    exe: &'a str,
    argv: &'a [String],
    made_by: &'a str,
    first_ns: u64,
    last_ns: u64,
    execs: Vec<Exec<'a>>,
    end: Option<End>,
    count: u64,
    findings: Vec<Mark>,
}

#[derive(Serialize)]
struct Exec<'a> {
    time_ns: u64,
    exe: &'a str,
}

#[derive(Serialize)]
struct End {
    time_ns: u64,
    status: i32,
}

#[derive(Serialize)]
struct Mark {
    time_ns: u64,
    group: usize,
}

#[derive(Serialize)]
struct Findings<'a> {
    slug: &'a str,
    outcome: &'a str,
    call: &'a str,
    text: &'a str,
    count: u64,
    held_back: u64,
    first_ns: u64,
    last_ns: u64,
    processes: &'a [usize],
    made: Option<Stack<'a>>,
    forked: Option<Stack<'a>>,
    used: Option<Stack<'a>>,
    holder: Option<Stack<'a>>,
    first: &'a Finding,
}

#[derive(Serialize)]
struct Stack<'a> {
    python: Vec<Line<'a>>,
    no_python: &'a str,
    frames: Vec<Frame<'a>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    module: &'a str,
    path: &'a str,
    build_id: &'a str,
    offset: u64,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    function: &'a str,
    file: &'a str,
    #[serde(rename = "line")]
    number: u32,
}

impl<'a> From<&'a Process> for Life<'a> {
    fn from(process: &'a Process) -> Self {
        let exec = |(time_ns, exe): &'a (u64, String)| Exec { time_ns: *time_ns, exe };
        Self {
            pid: process.pid,
            ppid: process.ppid,
            parent: process.parent,
            comm: &process.comm,
            exe: &process.exe,
            argv: &process.argv,
            made_by: &process.made_by,
            first_ns: process.first_ns,
            last_ns: process.last_ns,
            execs: process.execs.iter().map(exec).collect(),
            end: process.end.map(|(time_ns, status)| End { time_ns, status }),
            count: process.count,
            findings: process.findings.iter().map(|&(time_ns, group)| Mark { time_ns, group }).collect(),
        }
    }
}

impl<'a> From<&'a Group> for Findings<'a> {
    fn from(group: &'a Group) -> Self {
        let first = &group.first;
        let stack = |stack: &'a Option<stack::Stack>| stack.as_ref().map(Stack::from);
        Self {
            slug: &first.slug,
            outcome: &first.outcome,
            call: &first.call,
            text: &first.text,
            count: group.count,
            held_back: group.held_back,
            first_ns: first.time_ns,
            last_ns: group.last_ns,
            processes: &group.processes,
            made: stack(&group.made),
            forked: stack(&group.forked),
            used: stack(&group.used),
            holder: stack(&group.holder),
            first,
        }
    }
}

impl<'a> From<&'a stack::Stack> for Stack<'a> {
    fn from(stack: &'a stack::Stack) -> Self {
        let frame = |frame: &'a stack::Frame| Frame {
            module: &frame.module,
            path: &frame.path,
            build_id: &frame.build_id,
            offset: frame.offset,
            lines: frame.lines.iter().map(Line::from).collect(),
        };
        Self {
            python: stack.python.iter().map(Line::from).collect(),
            no_python: &stack.no_python,
            frames: stack.frames.iter().map(frame).collect(),
        }
    }
}

impl<'a> From<&'a stack::Line> for Line<'a> {
    fn from(line: &'a stack::Line) -> Self {
        Self { function: &line.function, file: &line.file, number: line.line }
    }
}
