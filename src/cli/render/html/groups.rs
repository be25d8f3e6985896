//! The findings, those that are alike as one, the gravest first.

use super::clock::Span;
use super::tone::Tone;
use super::{Run, explanation, stacks, words};
use crate::cli::history::Group;
use crate::cli::read::Finding;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Bytes of findings that a page carries; what is past it is counted by name.
const BYTES_MAX: usize = 2_500_000;
/// Processes that a group names.
const NAMED_MAX: usize = 60;

/// The groups as cards, and those that found no room as a list of counts.
pub fn cards(run: &Run<'_>) -> Markup {
    let mut cards = Vec::new();
    let mut bytes = 0;
    let mut rest: BTreeMap<(Tone, &str), (u64, u64)> = BTreeMap::new();
    for (number, group) in run.ranked() {
        if bytes < BYTES_MAX {
            let card = card(run, number, group);
            bytes += card.0.len();
            cards.push(card);
        } else {
            let entry = rest.entry((Tone::of(group), &group.first.slug)).or_default();
            entry.0 += 1;
            entry.1 += group.count;
        }
    }
    html! {
        @for card in &cards { (card) }
        @if !rest.is_empty() {
            div class="card" id="rest" {
                h3 { "Not on this page" }
                p { "There is no room for more. " code { "forkproof inspect LOG" } " shows every finding; left out here:" }
                ul {
                    @for ((tone, slug), (groups, count)) in &rest {
                        li {
                            (words::counted(*count, "finding", "findings")) " of " code { (words::foreign(slug)) } ", "
                            (tone.word()) ", in " (words::counted(*groups, "group", "groups"))
                        }
                    }
                }
            }
        }
    }
}

fn card(run: &Run<'_>, number: usize, group: &Group) -> Markup {
    let (tone, first) = (Tone::of(group), &group.first);
    let processes = words::wide(group.processes.len());
    html! {
        article class=(format!("card o-{}", tone.word())) id=(format!("finding-{number}")) data-tone=(tone.word()) tabindex="-1" {
            header {
                h3 {
                    span class="tone" { i class="shape" {} (tone.word()) }
                    @match explanation::title(&first.slug) {
                        Some(title) => span class="title" { (title) },
                        None => span class="title" { (words::foreign(&first.slug)) },
                    }
                }
                p class="sub" {
                    a href=(format!("#finding-{number}")) aria-label=(format!("Link to finding {number}")) { "#" (number) }
                    code { (words::foreign(&first.slug)) }
                    span { (words::counted(group.count, "time", "times")) " in " (words::counted(processes, "process", "processes")) }
                    span { (when(run.span, group)) }
                }
            }
            @if !first.text.is_empty() { p class="sentence" { (words::foreign(&first.text)) } }
            p class="deed" { (deed(tone, first)) }
            (stacks::own(group))
            (facts(first))
            (met(run, group))
            (stacks::folded(group))
            @if explanation::title(&first.slug).is_some() {
                details class="why" data-slug=(words::title(&first.slug)) {
                    summary { "What it means, and how to cure the program" }
                    p { a href=(format!("#explain-{}", words::title(&first.slug))) { "Its page is at the end." } }
                }
            }
            @if group.held_back > 0 {
                p class="note" {
                    (words::counted(group.held_back, "more was", "more were")) " counted and not written: the option "
                    code { "limit" } " says how many are."
                }
            }
        }
    }
}

fn when(span: Span, group: &Group) -> String {
    let first = span.since(group.first.time_ns);
    let last = span.since(group.last_ns);
    if first == last {
        format!("{first} after the start")
    } else {
        format!("{first} to {last} after the start")
    }
}

fn deed(tone: Tone, first: &Finding) -> Markup {
    html! {
        (tone.deed())
        @if tone == Tone::Suppressed { " Suppression: " code { (words::foreign(&first.suppressed)) } "." }
        @if tone == Tone::Other { " It is " code { (words::foreign(&first.outcome)) } "." }
        @if first.errno != 0 { " Because: " (io::Error::from_raw_os_error(first.errno).to_string()) "." }
    }
}

/// What the record says of the thing concerned, without what it does not know.
fn facts(first: &Finding) -> Markup {
    let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
    let fd = if first.fd < 0 { String::new() } else { first.fd.to_string() };
    let holder = [number(first.holder), first.holder_name.clone(), first.holder_at.clone()];
    let facts = [
        ("call", first.call.clone()),
        ("descriptor", fd),
        ("made by process", number(first.owner)),
        ("registrations", if first.fd < 0 { String::new() } else { first.registrations.to_string() }),
        ("lost", number(first.lost)),
        ("made at", first.made_at.clone()),
        ("forked at", first.forked_at.clone()),
        ("lock", first.lock.clone()),
        (
            "held by thread",
            if first.holder == 0 { String::new() } else { holder.join(" ").trim_end().to_owned() },
        ),
        ("fork waited", if first.waited_us == 0 { String::new() } else { format!("{} µs", first.waited_us) }),
    ];
    html! {
        dl class="facts" {
            @for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
                div { dt { (name) } dd { code { (words::foreign(value)) } } }
            }
        }
    }
}

/// The processes that met it, each a link to its row.
fn met(run: &Run<'_>, group: &Group) -> Markup {
    let processes = group.processes.iter().filter_map(|&place| {
        run.history.processes.get(place).map(|process| (run.rows_of.get(&place), process.pid))
    });
    html! {
        p class="met" {
            span { "in" }
            @for (row, pid) in processes.take(NAMED_MAX) {
                " "
                @match row {
                    Some(row) => a href=(format!("#process-{row}")) { (pid) },
                    None => { (pid) },
                }
            }
            @if group.processes.len() > NAMED_MAX {
                " and " (words::counted(words::wide(group.processes.len() - NAMED_MAX), "process", "processes")) " more"
            }
        }
    }
}

/// The catalogue's pages of the hazards that occur, each once.
pub fn explanations(run: &Run<'_>) -> Markup {
    let slugs = run.history.groups.iter().map(|group| &*group.first.slug).collect::<BTreeSet<_>>();
    let pages = slugs.into_iter().filter_map(|slug| explanation::page(slug).map(|page| (slug, page)));
    html! {
        @for (slug, page) in pages {
            details class="card explanation" id=(format!("explain-{slug}")) {
                summary { code { (slug) } " " span { (explanation::title(slug).unwrap_or_default()) } }
                div class="page" { (page) }
            }
        }
    }
}
