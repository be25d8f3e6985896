//! Prometheus' text exposition format 0.0.4, for `node_exporter`'s textfile collector or a push gateway.

use super::words::program;
use crate::cli::harmless;
use crate::cli::history::{Group, History};
use std::collections::BTreeMap;
use std::fmt::{Display, Write};

/// Every metric, with its help and type.
pub fn report(history: &History) -> String {
    let mut findings = BTreeMap::new();
    let mut held_back = BTreeMap::new();
    let mut last = BTreeMap::new();
    let programs = history.processes.iter().map(|process| program(process, history)).collect::<Vec<_>>();
    for (place, group) in history.groups.iter().enumerate() {
        let (slug, outcome) = (&*group.first.slug, &*group.first.outcome);
        for (program, count) in by_program(place, group, history, &programs) {
            *findings
                .entry([label("slug", slug), label("outcome", outcome), label("program", program)])
                .or_insert(0) += count;
        }
        let held = held_back.entry([label("slug", slug)]).or_insert(0_u64);
        *held = held.saturating_add(group.held_back);
        let time = last.entry([label("slug", slug)]).or_insert(0);
        *time = group.last_ns.max(*time);
    }
    let mut processes = BTreeMap::new();
    for program in &programs {
        *processes.entry([label("program", program)]).or_insert(0_u64) += 1;
    }
    let tally = &history.tally;
    let mut text = String::new();
    let out = &mut text;
    metric(out, "forkproof_findings_total", "counter", "Findings that were written.", findings);
    metric(
        out,
        "forkproof_findings_held_back_total",
        "counter",
        "Findings that were counted and not written.",
        held_back,
    );
    metric(
        out,
        "forkproof_findings_suppressed_total",
        "counter",
        "Findings that a suppression silenced.",
        [([], tally.suppressed)],
    );
    let last = last
        .into_iter()
        .map(|(labels, time)| (labels, format!("{}.{:09}", time / 1_000_000_000, time % 1_000_000_000)));
    metric(
        out,
        "forkproof_last_finding_timestamp_seconds",
        "gauge",
        "When the last of them was written, since 1970.",
        last,
    );
    metric(out, "forkproof_processes_total", "counter", "Processes that the log names.", processes);
    metric(
        out,
        "forkproof_log_lines_unread_total",
        "counter",
        "Lines of the log that could not be read.",
        [([], tally.unread)],
    );
    text
}

fn metric<const N: usize, T: Display>(
    out: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    samples: impl IntoIterator<Item = ([Label; N], T)>,
) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in samples {
        let labels = labels.map(|(name, value)| format!("{name}=\"{value}\"")).join(",");
        let braces = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        let _ = writeln!(out, "{name}{braces} {value}");
    }
}

/// A name, and a value as it is written.
type Label = (&'static str, String);

/// What steers a terminal is spelled out, and is then text with a backslash. Counted by what is written, because a
/// server refuses one series that stands there twice.
fn label(name: &'static str, value: &str) -> Label {
    (name, harmless::whole(value).replace('\\', "\\\\").replace('"', "\\\""))
}

/// How many of a group's findings each program met. Past some thousands a process' findings are only counted: what
/// they leave over is the one program's that there is, and else nobody's.
fn by_program<'a>(
    place: usize,
    group: &Group,
    history: &History,
    programs: &[&'a str],
) -> BTreeMap<&'a str, u64> {
    let mut counts = BTreeMap::new();
    for &process in &group.processes {
        let (Some(met), Some(&program)) = (history.processes.get(process), programs.get(process)) else {
            continue;
        };
        let marks = met.findings.iter().filter(|&&(_, group)| group == place).count();
        *counts.entry(program).or_insert(0) += u64::try_from(marks).unwrap_or(u64::MAX);
    }
    let rest = group.count.saturating_sub(counts.values().sum());
    if rest != 0 {
        let only = if counts.len() == 1 { counts.keys().next().copied() } else { None };
        *counts.entry(only.unwrap_or_default()).or_insert(0) += rest;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::{hostile, sample};
    use proptest::prelude::*;

    #[test]
    fn findings_are_counted_by_slug_outcome_and_program() {
        let text = report(&sample());
        let line =
            "forkproof_findings_total{slug=\"inherited-poller\",outcome=\"reported\",program=\"worker\"} 2\n";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("forkproof_findings_held_back_total{slug=\"inherited-poller\"} 7\n"), "{text}");
        assert!(text.contains("forkproof_processes_total{program=\"python3\"} 1\n"), "{text}");
        assert!(text.contains("_timestamp_seconds{slug=\"phantom-event\"} 0.000002500\n"), "{text}");
    }

    #[test]
    fn what_is_only_counted_is_not_lost() {
        let mut history = sample();
        history.processes[1].findings.clear();
        assert!(report(&history).contains("outcome=\"reported\",program=\"worker\"} 2\n"));
    }

    proptest! {
        #[test]
        fn hostile_text_makes_no_samples(text: String) {
            let (report, plain) = (report(&hostile(&text)), report(&hostile("x")));
            prop_assert_eq!(report.lines().count(), plain.lines().count());
            prop_assert!(!report.chars().any(|letter| letter != '\n' && harmless::steers(letter)));
        }
    }
}
