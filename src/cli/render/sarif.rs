//! SARIF 2.1.0, as GitHub's code scanning takes it: a rule for each hazard, a result for each group.

mod format;

use super::severity::{Severity, title};
use super::source::{self, Root};
use super::words::{counted, times};
use super::{fingerprint, object};
use crate::catalog;
use crate::cli::explain;
use crate::cli::history::{Group, History};
use crate::cli::stack::{Frame, Line, Place, Stack};
use format::{
    Artifact, CodeFlow, Configuration, Driver, Frame as StackFrame, FrameLocation, Invocation, Location, Log,
    Logical, Message, Notification, Physical, Region, Result, Rule, Run, Stack as FrameStack, Text,
    ThreadFlow, Tool, Wrapped,
};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write;

/// As many results as GitHub shows; it refuses a file with more than five times as many.
const RESULTS: usize = 5000;

/// One run.
pub fn report(history: &History, root: &Root) -> String {
    let mut groups = history.groups.iter().collect::<Vec<_>>();
    groups.sort_by_key(|group| Reverse(Severity::of(group)));
    let mut rules = catalog::ALL.iter().map(|entry| rule(entry.slug)).collect::<Vec<_>>();
    let mut places =
        rules.iter().enumerate().map(|(place, rule)| (rule.id.clone(), place)).collect::<HashMap<_, _>>();
    let (mut results, mut seen, mut placeless) = (Vec::new(), HashMap::new(), 0_u64);
    for group in groups.iter().take(RESULTS) {
        let slug = &group.first.slug;
        let place = *places.entry(slug.clone()).or_insert_with(|| {
            rules.push(rule(slug));
            rules.len() - 1
        });
        let hash = fingerprint::of(group, root);
        let times_seen = seen.entry(hash).and_modify(|times| *times += 1).or_insert(1_u32);
        let locations = locations(group, root);
        placeless += u64::from(locations.is_empty());
        results.push(result(group, history, root, place, locations, format!("{hash:016x}:{times_seen}")));
    }
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver { name: "forkproof", semantic_version: env!("CARGO_PKG_VERSION"), rules },
            },
            invocations: [Invocation {
                execution_successful: true,
                notifications: notifications(history, groups.len(), placeless),
            }],
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    object::pretty(&log)
}

fn rule(slug: &str) -> Rule {
    let page = catalog::ALL.iter().find(|entry| entry.slug == slug).map(|entry| entry.text);
    let help = page.map(|page| Text { text: page.to_owned(), markdown: Some(page.to_owned()) });
    let short = explain::short(slug);
    Rule {
        id: slug.to_owned(),
        name: slug.to_owned(),
        short_description: plain(title(slug)),
        full_description: plain(if short.is_empty() { title(slug) } else { &short }),
        help,
        default_configuration: Configuration { level: level(Severity::Error) },
        properties: format::Tags { tags: ["fork", "reliability"] },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn plain(text: &str) -> Text {
    Text { text: text.to_owned(), markdown: None }
}

fn result(
    group: &Group,
    history: &History,
    root: &Root,
    rule_index: usize,
    locations: Vec<Location>,
    fingerprint: String,
) -> Result {
    let first = &group.first;
    let mut text = format!("{}. {}: {}.", title(&first.slug), first.outcome, times(group, history));
    if !first.text.is_empty() {
        text = format!("{text} {}", first.text);
    }
    let owned = |stacks: &[(&'static str, &Stack)]| {
        let own = stacks.iter().filter_map(|(what, stack)| Some((*what, source::own(stack)?)));
        own.map(|(what, place)| located(&line(place), what, root)).collect::<Vec<_>>()
    };
    let mut stacks = source::stacks(group).collect::<Vec<_>>();
    let frames = stacks.iter().map(|(what, stack)| frames(what, stack, root)).collect();
    let related = owned(&stacks);
    // In the order of time: made, forked, used.
    stacks.reverse();
    let path = owned(&stacks).into_iter().map(|location| Wrapped { location }).collect::<Vec<_>>();
    let flow = CodeFlow { thread_flows: [ThreadFlow { locations: path }] };
    Result {
        rule_id: first.slug.clone(),
        rule_index,
        level: level(Severity::of(group)),
        message: Message { text },
        locations,
        related_locations: related,
        occurrence_count: group.count.max(1),
        partial_fingerprints: format::Fingerprints { line: fingerprint },
        stacks: frames,
        code_flows: if flow.thread_flows.iter().all(|flow| flow.locations.is_empty()) {
            vec![]
        } else {
            vec![flow]
        },
    }
}

/// Where the result is shown. Of a finding without a line below the root, at the top of the project's own build file:
/// GitHub shows no result without a place in the repository.
fn locations(group: &Group, root: &Root) -> Vec<Location> {
    if let Some((what, place)) =
        source::place(group, root).filter(|(_, place)| root.relative(place.file).is_some())
    {
        return vec![located(&line(place), what, root)];
    }
    let Some(landmark) = root.landmark() else { return Vec::new() };
    let line = Line { function: String::new(), file: landmark.to_owned(), line: 1 };
    let label = source::label(group, root);
    let what =
        if label.is_empty() { "no source line is known".to_owned() } else { format!("in fact at {label}") };
    vec![located(&line, &what, root)]
}

fn line(place: Place<'_>) -> Line {
    Line { function: place.function.to_owned(), file: place.file.to_owned(), line: place.line }
}

fn located(line: &Line, what: &str, root: &Root) -> Location {
    Location {
        physical: physical(line, root),
        logical: logical(&line.function),
        message: Some(Message { text: what.to_owned() }),
    }
}

fn physical(line: &Line, root: &Root) -> Option<Physical> {
    if line.file.is_empty() {
        return None;
    }
    let artifact = match root.relative(&line.file) {
        Some(name) => Artifact { uri: encoded(name), base: Some("%SRCROOT%") },
        None if line.file.starts_with('/') => {
            Artifact { uri: format!("file://{}", encoded(&line.file)), base: None }
        }
        None => Artifact { uri: encoded(&line.file), base: None },
    };
    let region = (line.line != 0).then_some(Region { start_line: line.line });
    Some(Physical { artifact, region })
}

fn logical(function: &str) -> Vec<Logical> {
    let name = Some(function).filter(|name| !name.is_empty());
    name.map(|name| Logical { name: name.to_owned() }).into_iter().collect()
}

fn frames(what: &str, stack: &Stack, root: &Root) -> FrameStack {
    let at = |line: &Line, module: Option<&str>| StackFrame {
        location: Some(FrameLocation { physical: physical(line, root), logical: logical(&line.function) }),
        module: module.map(str::to_owned),
    };
    let native = |frame: &Frame| {
        let module = Some(&*frame.module).filter(|module| !module.is_empty());
        if frame.lines.is_empty() {
            let function = frame.places().next().map(|place| place.to_string()).unwrap_or_default();
            return vec![at(&Line { function, ..Line::default() }, module)];
        }
        frame.lines.iter().map(|line| at(line, module)).collect()
    };
    let python = stack.python.iter().map(|line| at(line, None));
    let frames = python.chain(stack.frames.iter().flat_map(native)).collect();
    FrameStack { message: Message { text: what.to_owned() }, frames }
}

fn notifications(history: &History, groups: usize, placeless: u64) -> Vec<Notification> {
    let several = |count: u64, one: &str, many: &str| (count != 0).then(|| counted(count, one, many));
    let left_out = u64::try_from(groups.saturating_sub(RESULTS)).unwrap_or(u64::MAX);
    let own = [
        several(history.tally.suppressed, "finding was suppressed", "findings were suppressed"),
        several(
            left_out,
            "group of findings is left out, the mildest",
            "groups of findings are left out, the mildest",
        ),
        several(
            placeless,
            "result has no line in the source root",
            "results have no line in the source root",
        ),
    ];
    let note = |text| Notification { level: "note", message: Message { text } };
    own.into_iter().flatten().chain(history.tally.gaps()).map(note).collect()
}

/// The path of a URI (RFC 3986, 3.3): what is not unreserved is a percent sign and two digits.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::{hostile, sample};
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn a_result_has_its_rule_its_place_and_the_way_there() {
        let log: Value = serde_json::from_str(&report(&sample(), &Root::new(None))).unwrap();
        let run = &log["runs"][0];
        let result = &run["results"][0];
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!((&rule["id"], &result["level"]), (&result["ruleId"], &"error".into()));
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# inherited-poller"));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/loop.py");
        assert_eq!(
            (&place["artifactLocation"]["uriBaseId"], &place["region"]["startLine"]),
            (&"%SRCROOT%".into(), &12.into())
        );
        let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
        let steps = steps
            .iter()
            .map(|step| step["location"]["message"]["text"].as_str().unwrap())
            .collect::<Vec<_>>();
        assert_eq!(steps, ["made here", "forked here", "used here"]);
        // Without a stack, at this package's own build file.
        let other = &run["results"][1];
        assert_eq!(other["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "Cargo.toml");
        assert_eq!(other["level"], "warning");
    }

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(encoded("a b/ü:c%.py"), "a%20b/%C3%BC%3Ac%25.py");
    }

    proptest! {
        #[test]
        fn hostile_text_is_text(text: String) {
            let report = report(&hostile(&text), &Root::new(None));
            let log: Value = serde_json::from_str(&report).unwrap();
            prop_assert_eq!(&log["runs"][0]["results"][0]["ruleId"], &Value::from(text));
            let harmless = |letter: char| letter == '\n' || !crate::cli::harmless::steers(letter);
            prop_assert!(report.chars().all(harmless));
        }
    }
}
