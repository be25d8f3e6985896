//! Trace events (Trace Event Format), for <https://ui.perfetto.dev> and <chrome://tracing>: a slice for each program of a
//! process, arrows for forks, marks for execs, ends and findings.

use super::object;
use super::words::program;
use crate::cli::history::{History, Process};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// The whole trace.
pub fn report(history: &History) -> String {
    // Microseconds as JSON numbers: since 1970 they would leave no room for the nanoseconds.
    let start = history.processes.iter().map(|process| process.first_ns).filter(|&time| time != 0).min();
    let clock = Clock { start: start.unwrap_or_default() };
    let mut events = Events::default();
    for (place, process) in history.processes.iter().enumerate() {
        life(&mut events, place, process, history, clock);
        fork(&mut events, place, process, history, clock);
        marks(&mut events, process, history, clock);
    }
    let other = json!({ "tool": concat!("forkproof ", env!("CARGO_PKG_VERSION")), "start_ns": clock.start.to_string() });
    format!(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{},\"traceEvents\":[{}\n]}}\n",
        object::line(&other),
        events.0
    )
}

/// Events as text at once: as values, those of a large log take ten times the room.
#[derive(Default)]
struct Events(String);

impl Events {
    fn push(&mut self, event: &Event<'_>) {
        self.0.push_str(if self.0.is_empty() { "\n" } else { ",\n" });
        self.0.push_str(&object::line(event));
    }
}

#[derive(Serialize)]
struct Event<'a> {
    ph: &'static str,
    name: &'a str,
    cat: &'static str,
    pid: u32,
    tid: u32,
    ts: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    /// Which events make one arrow.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    /// Where an arrow ends: `e`, in the slice around its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    /// How far a mark reaches: `p`, over its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

#[derive(Clone, Copy)]
struct Clock {
    start: u64,
}

impl Clock {
    /// Microseconds since the start.
    #[allow(clippy::cast_precision_loss, reason = "exact to a nanosecond for 52 days")]
    fn at(self, time_ns: u64) -> f64 {
        time_ns.saturating_sub(self.start) as f64 / 1000.0
    }
}

fn event<'a>(ph: &'static str, cat: &'static str, name: &'a str, pid: u32, ts: f64) -> Event<'a> {
    Event { ph, name, cat, pid, tid: pid, ts, dur: None, id: None, bp: None, s: None, args: Value::Null }
}

/// A name, and a slice for each program that it was.
fn life<'a>(events: &mut Events, place: usize, process: &'a Process, history: &'a History, clock: Clock) {
    let pid = process.pid;
    let name = program(process, history);
    // Of a process that became others, the file that it was at first is not known any more.
    let first = if process.execs.is_empty() { name } else { &process.comm };
    events
        .push(&Event { args: json!({ "name": name }), ..event("M", "__metadata", "process_name", pid, 0.0) });
    events.push(&Event {
        args: json!({ "sort_index": place }),
        ..event("M", "__metadata", "process_sort_index", pid, 0.0)
    });
    let mut starts = vec![(process.first_ns, first)];
    starts.extend(process.execs.iter().map(|(time, exe)| (*time, file_name(exe))));
    let end = process.end.map_or(process.last_ns, |(time, _)| time.max(process.last_ns));
    let ends = starts.iter().skip(1).map(|(time, _)| *time).chain([end]).collect::<Vec<_>>();
    for ((from, name), to) in starts.into_iter().zip(ends) {
        let args = json!({ "argv": process.argv, "ppid": process.ppid, "made_by": process.made_by });
        let ts = clock.at(from);
        let dur = Some((clock.at(to) - ts).max(0.0));
        events.push(&Event {
            dur,
            args,
            ..event("X", "process", if name.is_empty() { "?" } else { name }, pid, ts)
        });
    }
}

/// An arrow from the parent to the child.
fn fork(events: &mut Events, place: usize, process: &Process, history: &History, clock: Clock) {
    let Some(parent) = process.parent.and_then(|parent| history.processes.get(parent)) else { return };
    let name = if process.made_by.is_empty() { "fork" } else { &process.made_by };
    let ts = clock.at(process.first_ns);
    events.push(&Event { id: Some(place), ..event("s", "fork", name, parent.pid, ts) });
    events.push(&Event { id: Some(place), bp: Some("e"), ..event("f", "fork", name, process.pid, ts) });
}

fn marks<'a>(events: &mut Events, process: &'a Process, history: &'a History, clock: Clock) {
    let mark = |cat, name, time, args| Event {
        s: Some("p"),
        args,
        ..event("i", cat, name, process.pid, clock.at(time))
    };
    for (time, exe) in &process.execs {
        events.push(&mark("exec", "exec", *time, json!({ "exe": exe })));
    }
    if let Some((time, status)) = process.end {
        let how = match status & 0x7f {
            0 => json!({ "status": status >> 8 & 0xff }),
            signal => json!({ "signal": signal }),
        };
        events.push(&mark("exit", "exit", time, how));
    }
    for (time, group) in &process.findings {
        let Some(group) = history.groups.get(*group) else { continue };
        let first = &group.first;
        let args = json!({ "outcome": first.outcome, "call": first.call, "text": first.text });
        events.push(&mark("finding", &first.slug, *time, args));
    }
}

fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::{hostile, sample};
    use proptest::prelude::*;

    fn events(text: &str) -> Vec<Value> {
        let trace: Value = serde_json::from_str(text).unwrap();
        trace["traceEvents"].as_array().unwrap().clone()
    }

    #[test]
    fn a_fork_is_an_arrow_and_a_finding_a_mark() {
        let events = events(&report(&sample()));
        let of = |phase: &str| events.iter().filter(|event| event["ph"] == phase).collect::<Vec<_>>();
        let (from, to) = (of("s"), of("f"));
        assert_eq!((from.len(), to.len()), (1, 1));
        assert_eq!((&from[0]["pid"], &to[0]["pid"], &from[0]["id"]), (&10.into(), &11.into(), &to[0]["id"]));
        let names = of("i").iter().map(|event| event["name"].as_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(names, ["exec", "exit", "phantom-event", "inherited-poller", "inherited-poller"]);
        let nanoseconds = |value: &Value| (value.as_f64().unwrap() * 1000.0).round();
        let slices = of("X")
            .iter()
            .map(|slice| (nanoseconds(&slice["ts"]), nanoseconds(&slice["dur"])))
            .collect::<Vec<_>>();
        assert_eq!(slices, [(0.0, 3000.0), (1000.0, 1600.0), (2600.0, 400.0)]);
    }

    proptest! {
        #[test]
        fn hostile_text_is_text(text: String) {
            let events = events(&report(&hostile(&text)));
            prop_assert!(events.iter().any(|event| event["ph"] == "i" && event["name"] == *text));
        }
    }
}
