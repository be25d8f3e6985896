//! The processes as rows, each a line of time drawn to scale: birth, programs, findings, end.
//!
//! Places are custom properties in parts of the run, and the style sheet makes pixels of them. So the page is right
//! without its script, and a zoom changes two numbers.

use super::clock::PARTS;
use super::marks::{self, Cluster};
use super::tone::Tone;
use super::tree::Row;
use super::{Run, argv, words};
use crate::cli::history::Process;
use maud::{Markup, PreEscaped, html};
use nix::sys::signal::Signal;
use std::fmt::Write;

/// Marks nearer than this are one until the script knows how wide the window is: a mark's width in 800 pixels.
const DISTANCE: u32 = PARTS / 24;
/// A row's height and where in it the bar is, as the style sheet has them.
const ROW: usize = 38;
const BAR_MIDDLE: usize = 27;
/// Levels past which rows are not indented further.
const DEEPEST: usize = 12;

/// The whole of it.
pub fn timeline(run: &Run<'_>) -> Markup {
    let height = run.rows.len() * ROW;
    html! {
        div class="scroll" id="timeline" tabindex="-1" {
            div class="axis" aria-hidden="true" {
                div class="who" { "process" }
                div class="track" { div class="in" id="ticks" {
                    @for (place, label) in run.span.ticks() { span style=(format!("--a:{place}")) { (label) } }
                } }
            }
            div class="rows" role="treegrid" aria-label="Processes by time" aria-rowcount=(run.rows.len()) id="rows" {
                div class="under" aria-hidden="true" role="presentation" { div class="in" {
                    div id="grid" {
                        @for (place, _) in run.span.ticks() { i style=(format!("--a:{place}")) {} }
                    }
                    svg id="forks" viewBox=(format!("0 0 {PARTS} {height}")) preserveAspectRatio="none" focusable="false" {
                        path class="line" d=(forks(run, false)) {}
                        path class="dot" d=(forks(run, true)) {}
                    }
                } }
                @for (place, row) in run.rows.iter().enumerate() {
                    @if let Some(process) = run.history.processes.get(row.process) { (line(run, place, *row, process)) }
                }
            }
        }
    }
}

/// From each parent's bar at the moment of the fork down to the child's.
fn forks(run: &Run<'_>, dots: bool) -> String {
    let mut path = String::new();
    for (place, row) in run.rows.iter().enumerate() {
        let Some((parent, process)) = row.parent.zip(run.history.processes.get(row.process)) else {
            continue;
        };
        let (at, from) = (run.span.place(process.first_ns), parent * ROW + BAR_MIDDLE);
        let _ = if dots {
            write!(path, "M{at} {from}h0")
        } else {
            write!(path, "M{at} {from}V{}", place * ROW + BAR_MIDDLE)
        };
    }
    path
}

fn line(run: &Run<'_>, place: usize, row: Row, process: &Process) -> Markup {
    let name = words::title(name(process));
    let title = if process.argv.is_empty() { name.clone() } else { argv::plain(&process.argv) };
    let indent = row.level.min(DEEPEST) - 1;
    html! {
        div class="row" role="row" id=(format!("process-{place}")) aria-level=(row.level)
            aria-expanded=[row.has_children.then_some("true")] aria-label=(told(run, process)) {
            div class="who" role="gridcell" title=(title) style=[(indent > 0).then(|| format!("--d:{indent}"))] {
                @if row.has_children { i class="fold" aria-hidden="true" {} }
                b { (process.pid) } span class="comm" { (name) }
                @if process.count > 0 { span class="n" { (words::number(process.count)) } }
            }
            div class="track" role="gridcell" { div class="in" {
                (bars(run, process))
                @for cluster in marks::clusters(run.marks_of(place), DISTANCE, |group| run.rank_of(group)) {
                    (mark(run, &cluster))
                }
            } }
        }
    }
}

/// One bar for each program that the process was, and its end.
fn bars(run: &Run<'_>, process: &Process) -> Markup {
    let end = process.end.map_or(process.last_ns, |(at, _)| at).max(process.first_ns);
    let mut starts = vec![(process.first_ns, if process.made_by.is_empty() { &*process.exe } else { "" })];
    for (at, exe) in &process.execs {
        starts.push((*at, exe));
    }
    let ends = starts.iter().skip(1).map(|&(at, _)| at).chain([end]);
    let segments = starts.iter().zip(ends).enumerate();
    html! {
        @for (number, (&(from, exe), until)) in segments {
            @let (from, until) = (run.span.place(from), run.span.place(until));
            i class=(if number % 2 == 0 { "bar" } else { "bar exec" })
                style=(format!("--a:{from};--w:{}", until.saturating_sub(from)))
                title=[(!exe.is_empty()).then(|| words::title(exe))] {
                (words::title(base(exe)))
            }
        }
        @match process.end {
            Some((at, status)) => span class=(format!("end {}", how(status).0)) style=(format!("--a:{}", run.span.place(at))) {
                (how(status).1)
            },
            None => {
                @let last = run.span.place(end);
                i class="tail" style=(format!("--a:{last};--w:{}", PARTS - last)) title="the log does not tell its end" {}
            },
        }
    }
}

fn mark(run: &Run<'_>, cluster: &Cluster) -> Markup {
    let mut told = Vec::new();
    for &(place, count) in cluster.groups.iter().take(6) {
        let Some(group) = run.history.groups.get(place) else { continue };
        told.push(format!("{count} × {} {}", words::title(&group.first.slug), Tone::of(group).word()));
    }
    if cluster.groups.len() > told.len() {
        told.push(format!("and {} groups more", cluster.groups.len() - told.len()));
    }
    let told = told.join(", ");
    html! {
        a class=(format!("mark o-{}", run.tone_of(cluster.group).word())) style=(format!("--a:{}", cluster.at))
            href=(format!("#finding-{}", run.rank_of(cluster.group) + 1)) title=(told) aria-label=(told) {
            i class="shape" {}
            @if cluster.count > 1 { (short(cluster.count)) }
        }
    }
}

/// A count in four signs at most.
fn short(count: u64) -> String {
    match count {
        0..1000 => count.to_string(),
        1000..10_000 => format!("{}.{}k", count / 1000, count % 1000 / 100),
        10_000..1_000_000 => format!("{}k", count / 1000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// The row as one sentence, for those who do not see it.
fn told(run: &Run<'_>, process: &Process) -> String {
    let mut text = format!("Process {} {}", process.pid, words::title(name(process)));
    let _ = write!(text, ", from {}", run.span.since(process.first_ns));
    for (at, exe) in process.execs.iter().take(4) {
        let _ = write!(text, ", {} at {}", words::title(base(exe)), run.span.since(*at));
    }
    match process.end {
        Some((at, status)) => {
            let _ = write!(text, ", {} at {}", how(status).1, run.span.since(at));
        }
        None => text.push_str(", end unknown"),
    }
    if process.count > 0 {
        let _ = write!(text, ", {}", words::counted(process.count, "finding", "findings"));
    }
    text
}

/// A wait status (wait(2)) in words, with its class.
fn how(status: i32) -> (&'static str, String) {
    let signal = status & 0x7f;
    if signal != 0 {
        let name =
            Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |known| known.to_string());
        return ("signal", if status & 0x80 == 0 { name } else { format!("{name}, core") });
    }
    let code = (status >> 8) & 0xff;
    (if code == 0 { "well" } else { "ill" }, format!("exit {code}"))
}

fn name(process: &Process) -> &str {
    if process.comm.is_empty() { base(&process.exe) } else { &process.comm }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What the script needs that is not in the rows: as JSON that no text of the log's can end early.
pub fn data(run: &Run<'_>) -> Markup {
    let rows = run.rows.iter().map(|row| {
        let born =
            run.history.processes.get(row.process).map_or(0, |process| run.span.place(process.first_ns));
        (row.parent, born)
    });
    let marks = (0..run.rows.len()).map(|place| {
        let flat = run.marks_of(place).iter();
        flat.map(|mark| (mark.at, run.rank_of(mark.group), mark.count)).collect::<Vec<_>>()
    });
    let groups = run.ranked().map(|(_, group)| (Tone::of(group).word(), words::title(&group.first.slug)));
    let data = serde_json::json!({
        "length": run.span.length(),
        "parts": PARTS,
        "rows": rows.collect::<Vec<_>>(),
        "marks": marks.collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
    });
    // Of all that may stand in a script only `<` can end it, and JSON has it in strings alone.
    let data = data.to_string().replace('<', "\\u003c");
    html! { script type="application/json" id="data" { (PreEscaped(data)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_has_its_name() {
        assert_eq!(how(0), ("well", "exit 0".to_owned()));
        assert_eq!(how(3 << 8), ("ill", "exit 3".to_owned()));
        assert_eq!(how(9), ("signal", "SIGKILL".to_owned()));
        assert_eq!(how(0x8b), ("signal", "SIGSEGV, core".to_owned()));
        assert_eq!(how(34), ("signal", "signal 34".to_owned()));
    }

    #[test]
    fn a_count_is_four_signs_at_most() {
        assert_eq!([7, 999, 1000, 12_345, 7_000_000].map(short), ["7", "999", "1.0k", "12k", "7M"]);
    }
}
