//! One offline page for a run: its processes on a line of time, and its findings, each with its explanation.
//!
//! Nothing is fetched: style, script and drawing stand in the page, and its policy forbids the rest. Texts of the log
//! are escaped by maud and run no script: the policy names the page's own by its hash.

mod argv;
mod clock;
mod explanation;
mod groups;
mod marks;
mod stacks;
mod timeline;
mod tone;
mod tree;
mod words;

use crate::cli::history::{Group, History, Process};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clock::Span;
use marks::Mark;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use tone::Tone;
use tree::Row;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// A history with what the page's parts need to know of each other.
struct Run<'a> {
    history: &'a History,
    span: Span,
    rows: Vec<Row>,
    /// The row of a process, by its place.
    rows_of: HashMap<usize, usize>,
    /// Processes without a row.
    left_out: usize,
    /// Each row's.
    marks: Vec<Vec<Mark>>,
    /// Findings of one group nearer than this part of the run are one mark.
    spot: u32,
    /// Places of the groups, the gravest first.
    order: Vec<usize>,
    /// The opposite: where in the order a group is.
    ranks: Vec<usize>,
}

impl<'a> Run<'a> {
    fn new(history: &'a History) -> Self {
        let span = Span::of(history);
        let (rows, left_out) = tree::rows(history);
        let rows_of = rows.iter().enumerate().map(|(row, shown)| (shown.process, row)).collect();
        let shown = rows.iter().filter_map(|row| history.processes.get(row.process)).collect::<Vec<_>>();
        let (marks, spot) = marks::of(&shown, span);
        let mut order = (0..history.groups.len()).collect::<Vec<_>>();
        let weight =
            |&place: &usize| history.groups.get(place).map(|group| (Tone::of(group), u64::MAX - group.count));
        order.sort_by_key(weight);
        let mut ranks = vec![0; order.len()];
        for (rank, &place) in order.iter().enumerate() {
            if let Some(slot) = ranks.get_mut(place) {
                *slot = rank;
            }
        }
        Self { history, span, rows, rows_of, left_out, marks, spot, order, ranks }
    }

    /// The groups, the gravest first, with their numbers from 1.
    fn ranked(&self) -> impl Iterator<Item = (usize, &'a Group)> {
        let groups = self.order.iter().filter_map(|&place| self.history.groups.get(place));
        groups.enumerate().map(|(rank, group)| (rank + 1, group))
    }

    fn rank_of(&self, group: usize) -> usize {
        self.ranks.get(group).copied().unwrap_or_default()
    }

    fn tone_of(&self, group: usize) -> Tone {
        self.history.groups.get(group).map_or(Tone::Other, Tone::of)
    }

    fn marks_of(&self, row: usize) -> &[Mark] {
        self.marks.get(row).map_or(&[], Vec::as_slice)
    }

    /// The process that everything began with.
    fn root(&self) -> Option<&'a Process> {
        self.rows.first().and_then(|row| self.history.processes.get(row.process))
    }

    /// How many findings have each outcome.
    fn tones(&self) -> Vec<(Tone, u64)> {
        let count = |tone: Tone| {
            let groups = self.history.groups.iter().filter(|group| Tone::of(group) == tone);
            (tone, groups.map(|group| group.count).sum::<u64>())
        };
        Tone::ALL.into_iter().map(count).filter(|&(_, count)| count > 0).collect()
    }
}

/// The page.
pub fn page(history: &History) -> String {
    let run = Run::new(history);
    let name = run.root().map(name).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        STANDARD.encode(Sha256::digest(SCRIPT))
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "forkproof: " (name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#findings" { "Skip to the findings" }
                (head(&run))
                main {
                    section aria-labelledby="processes-title" {
                        div class="bar-of-section" {
                            h2 id="processes-title" { "Processes" }
                            (zoom())
                        }
                        @if run.rows.is_empty() { p class="note" { "The log names no process." } } @else { (timeline::timeline(&run)) }
                        (notes(&run))
                    }
                    section aria-labelledby="findings" {
                        div class="bar-of-section" {
                            h2 id="findings" tabindex="-1" { "Findings" }
                            (filter(&run))
                        }
                        p class="note" id="shown" role="status" {}
                        @if history.groups.is_empty() {
                            p class="card nothing" { "Nothing was found." }
                        }
                        div id="cards" { (groups::cards(&run)) }
                    }
                    @if !history.groups.is_empty() {
                        section aria-labelledby="explanations" {
                            h2 id="explanations" { "What they mean" }
                            (groups::explanations(&run))
                        }
                    }
                }
                footer { "Written by forkproof " (env!("CARGO_PKG_VERSION")) ". Times are UTC and the wall clock's." }
                (timeline::data(&run))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// What ran, when, and what came of it.
fn head(run: &Run<'_>) -> Markup {
    let processes = words::wide(run.history.processes.len());
    let findings = run.history.groups.iter().map(|group| group.count).sum();
    let roots = run.rows.iter().filter(|row| row.parent.is_none()).count();
    html! {
        header class="head" {
            div class="over" {
                span { "forkproof report" }
                button type="button" id="theme" class="js" aria-label="Dark or light" { "◐ " span { "theme" } }
            }
            h1 {
                @match run.root() {
                    Some(root) if !root.argv.is_empty() => (argv::shown(&root.argv)),
                    Some(root) => (words::foreign(&name(root))),
                    None => "An empty log",
                }
            }
            p class="ran" {
                @if run.span.from != 0 {
                    time datetime=(clock::date(run.span.from)) { (clock::date(run.span.from).replace('T', " ").replace('Z', " UTC")) }
                    span { (clock::length(run.span.length())) }
                }
                span { (words::counted(processes, "process", "processes")) }
                @if roots > 1 { span { (words::counted(words::wide(roots - 1), "more was", "more were")) " not forked by the first" } }
                @if let Some(root) = run.root().filter(|root| !root.exe.is_empty()) { span { code { (words::foreign(&root.exe)) } } }
            }
            ul class="counts" aria-label="Findings by outcome" {
                li { b { (words::number(findings)) } (if findings == 1 { " finding" } else { " findings" }) }
                @for (tone, count) in run.tones() {
                    li class=(format!("o-{}", tone.word())) { i class="shape" {} b { (words::number(count)) } " " (tone.word()) }
                }
            }
            (next(run))
        }
    }
}

/// Where to begin.
fn next(run: &Run<'_>) -> Markup {
    let first = run.ranked().next().map(|(_, group)| group);
    html! {
        p class="next" {
            @match first {
                Some(group) => {
                    b { "Next: " }
                    a href="#finding-1" { "finding 1" } " is the gravest. In a terminal, "
                    code { "forkproof explain " (words::foreign(&group.first.slug)) } " says what it means."
                },
                None => { b { "Next: " } "nothing to do." },
            }
        }
    }
}

fn zoom() -> Markup {
    html! {
        div class="tools js" role="group" aria-label="Zoom" {
            span class="keys" { kbd { "+" } " " kbd { "−" } " " kbd { "0" } " zoom · " kbd { "⇧←" } " " kbd { "⇧→" } " move · " kbd { "↑↓" } " rows" }
            button type="button" id="zoom-out" aria-label="Zoom out" { "−" }
            button type="button" id="zoom-in" aria-label="Zoom in" { "+" }
            button type="button" id="zoom-all" { "whole run" }
        }
    }
}

/// The filter and the outcomes, which are the legend too.
fn filter(run: &Run<'_>) -> Markup {
    html! {
        div class="tools" role="group" aria-label="Which findings are shown" {
            @for (tone, count) in run.tones() {
                label class=(format!("toggle o-{}", tone.word())) {
                    input class="js" type="checkbox" checked value=(tone.word());
                    i class="shape" {} (tone.word()) " " b { (words::number(count)) }
                }
            }
            @if !run.history.groups.is_empty() {
                input class="js" type="search" id="filter" placeholder="slug, text, file or pid" aria-label="Filter findings by slug, text, file or pid" autocomplete="off" spellcheck="false";
            }
        }
    }
}

/// What was merged, cut or never known.
fn notes(run: &Run<'_>) -> Markup {
    let processes = &run.history.processes;
    let unmarked = processes
        .iter()
        .map(|process| process.count - words::wide(process.findings.len()).min(process.count));
    let (unmarked, tally) = (unmarked.sum::<u64>(), &run.history.tally);
    let told = processes.iter().any(|process| !process.exe.is_empty() || process.end.is_some());
    let spot = u128::from(run.span.length()) * u128::from(run.spot) / u128::from(clock::PARTS);
    let spot = clock::length(u64::try_from(spot).unwrap_or(u64::MAX).max(1));
    html! {
        ul class="notes" {
            @if run.marks.iter().flatten().any(|mark| mark.count > 1) {
                li { "Findings of one kind within " (spot) " of each other are one mark, at any zoom; its number says how many." }
            }
            @if unmarked > 0 { li { (words::counted(unmarked, "finding is", "findings are")) " counted and not on the line." } }
            @if run.left_out > 0 { li { (words::counted(words::wide(run.left_out), "process", "processes")) " more are not drawn." } }
            @if !told && !processes.is_empty() {
                li { "The log does not tell how processes began and ended (" code { "log_processes=0" } "): a line reaches from the first to the last finding." }
            }
            @if tally.held_back > 0 {
                li { (words::counted(tally.held_back, "finding more was", "findings more were")) " counted and not written: the option " code { "limit" } "." }
            }
            @if tally.unread > 0 { li { (words::counted(tally.unread, "line", "lines")) " of the log could not be read." } }
        }
    }
}

/// One name for a process.
fn name(process: &Process) -> String {
    match process.argv.is_empty() {
        false => argv::plain(&process.argv),
        true if process.comm.is_empty() => format!("process {}", process.pid),
        true => words::title(&process.comm),
    }
}
