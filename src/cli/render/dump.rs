//! For people: a process that was looked into, its threads, and what is certain.

use super::live;
use super::words::counted;
use crate::cli::dump::{Dump, Thread};
use crate::cli::harmless;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

const HEADING: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// The whole page.
pub fn text(dump: &Dump) -> String {
    let mut text = String::new();
    head(dump, &mut text);
    for thread in &dump.threads {
        text.push('\n');
        one(thread, &mut text);
    }
    if !dump.certain.is_empty() {
        let _ = writeln!(text, "\n{HEADING}HANGS FOR CERTAIN{HEADING:#}");
        for certain in &dump.certain {
            let _ =
                writeln!(text, "  {BAD}{}{BAD:#}  {}", certain.rule.word(), harmless::whole(&certain.text));
        }
    }
    if !dump.past.latest.is_empty() {
        let (all, shown) = (dump.past.findings, dump.past.latest.len());
        let _ = writeln!(text, "\n{HEADING}FINDINGS{HEADING:#}, {shown} of {all}");
        for finding in &dump.past.latest {
            let _ = writeln!(text, "  {}", live::finding(finding).coloured());
        }
    }
    if !dump.notes.is_empty() {
        text.push('\n');
    }
    for note in &dump.notes {
        let _ = writeln!(text, "{FAINT}note: {}{FAINT:#}", harmless::whole(note));
    }
    text
}

fn head(dump: &Dump, text: &mut String) {
    let count = match dump.threads.len() {
        0 => String::new(),
        1 => ", 1 thread".to_owned(),
        count => format!(", {count} threads"),
    };
    let name = harmless::text(&dump.name);
    let _ = writeln!(
        text,
        "{HEADING}process {} {name}{HEADING:#}: {}{count}, began {} s ago, parent {} {}",
        dump.pid,
        dump.state,
        dump.age_s,
        dump.origin.parent,
        harmless::text(&dump.origin.parent_name)
    );
    if !dump.program.is_empty() {
        let _ = writeln!(text, "  program    {}", harmless::text(&dump.program));
    }
    if dump.threads.is_empty() {
        return;
    }
    let library = match (dump.origin.library, dump.origin.forked) {
        (_, Some(true)) => "in it; the process was made by a fork",
        (_, Some(false)) => "in it; the process was not made by a fork, or has run another program since",
        (true, None) => "in it, of another version: what it knows cannot be read",
        (false, None) if dump.origin.same_program => {
            "not in it; the parent is the same program, so that it may have been made by a fork"
        }
        (false, None) => "not in it",
    };
    let _ = writeln!(text, "  forkproof  {library}");
    if !dump.past.forked_by.is_empty() {
        let call = harmless::text(&dump.past.forked_by);
        let _ = writeln!(text, "  forked     by {call} at {}", live::time(dump.past.forked_ns));
    }
    let left = &dump.origin.left_behind;
    if !left.is_empty() {
        let named =
            left.iter().take(8).map(|person| format!("{} {}", person.tid, harmless::text(&person.name)));
        let mut named = named.collect::<Vec<_>>().join(", ");
        if left.len() > 8 {
            let _ = write!(named, " and {} more", left.len() - 8);
        }
        let _ = writeln!(text, "  not here   threads of the parent: {named}");
    }
    match &dump.past.log {
        Some(log) if dump.past.no_log.is_empty() => {
            let findings = counted(dump.past.findings, "finding", "findings");
            let _ = writeln!(text, "  log        {}: {findings} of it", harmless::path(log));
        }
        Some(log) => {
            let _ = writeln!(text, "  log        {}: {}", harmless::path(log), dump.past.no_log);
        }
        None if dump.origin.library => {
            let _ = writeln!(text, "  log        {}", harmless::text(&dump.past.no_log));
        }
        None => {}
    }
}

fn one(thread: &Thread, text: &mut String) {
    let worked = format!("{}.{:02} s", thread.worked_ms / 1000, thread.worked_ms % 1000 / 10);
    let name = harmless::text(&thread.name);
    let _ = writeln!(
        text,
        "{HEADING}thread {} {name}{HEADING:#}: {}, {worked} of processor time",
        thread.tid, thread.state
    );
    if !thread.call.is_empty() {
        let waits = if thread.waits_for.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "  in {}{waits}{}", thread.call, harmless::whole(&thread.waits_for));
        let _ = writeln!(text, "  {FAINT}at {}{FAINT:#}", harmless::text(&thread.at));
    }
    for frame in &thread.python {
        let (file, function) = (harmless::text(&frame.file), harmless::text(&frame.function));
        let _ = writeln!(text, "  Python {file}:{} {function}", frame.line);
    }
    if !thread.no_python.is_empty() {
        let _ = writeln!(text, "  {FAINT}no Python frames: {}{FAINT:#}", harmless::whole(&thread.no_python));
    }
}
