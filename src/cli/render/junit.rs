//! `JUnit`'s XML, as CI servers read it: a group is a test that failed, a process without findings one that passed.

use super::severity::title;
use super::source::{self, Root};
use super::words::{program, times};
use super::xml::escaped;
use crate::cli::harmless;
use crate::cli::history::{Group, History, Process};
use crate::cli::stack::{Frame, Line};
use std::collections::HashMap;
use std::fmt::Write;

/// One suite of one run.
pub fn report(history: &History, root: &Root) -> String {
    let clean = history.processes.iter().filter(|process| process.count == 0).collect::<Vec<_>>();
    let failures = history.groups.len();
    // Without any test, servers take the run for one that did not happen.
    let tests = (failures + clean.len()).max(1);
    let first = history.processes.iter().map(|process| process.first_ns).min().unwrap_or_default();
    let last = history.processes.iter().map(|process| process.last_ns).max().unwrap_or_default();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!(
        "name=\"forkproof\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"{}\"",
        seconds(last.saturating_sub(first))
    );
    let _ = writeln!(text, "<testsuites {counts}>\n  <testsuite {counts} skipped=\"0\">");
    let tally = &history.tally;
    let _ = writeln!(
        text,
        "    <properties>\n      <property name=\"suppressed\" value=\"{}\"/>\n      <property name=\"held_back\" \
         value=\"{}\"/>\n      <property name=\"unread_lines\" value=\"{}\"/>\n    </properties>",
        tally.suppressed, tally.held_back, tally.unread
    );
    let mut names = HashMap::new();
    for group in &history.groups {
        failed(&mut text, group, history, root, &mut names);
    }
    for process in &clean {
        passed(&mut text, process, history);
    }
    if failures + clean.len() == 0 {
        text.push_str("    <testcase classname=\"forkproof\" name=\"no findings\" time=\"0\"/>\n");
    }
    text + "  </testsuite>\n</testsuites>\n"
}

fn failed(
    text: &mut String,
    group: &Group,
    history: &History,
    root: &Root,
    names: &mut HashMap<String, u32>,
) {
    let first = &group.first;
    let label = match source::label(group, root) {
        label if label.is_empty() => first.call.clone(),
        label => label,
    };
    // Servers follow a test over runs by its name, and take one name for one test.
    let seen = names.entry(format!("{} {label}", first.slug)).or_default();
    *seen += 1;
    let name = if *seen == 1 { label } else { format!("{label} [{seen}]") };
    let _ = write!(
        text,
        "    <testcase classname=\"forkproof.{}\" name=\"{}\"",
        shown(&first.slug),
        shown(&name)
    );
    if let Some((_, place)) = source::place(group, root)
        && let Some(file) = root.relative(place.file)
    {
        let _ = write!(text, " file=\"{}\" line=\"{}\"", shown(file), place.line);
    }
    let _ = writeln!(
        text,
        " time=\"0\">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>",
        shown(&first.outcome),
        shown(&format!("{}: {}", first.slug, title(&first.slug))),
        body(group, history),
    );
}

fn body(group: &Group, history: &History) -> String {
    let first = &group.first;
    let mut lines = vec![first.text.clone(), format!("{}, {}", first.outcome, times(group, history))];
    for (what, stack) in source::stacks(group) {
        lines.push(format!("{what}:"));
        lines.extend(stack.python.iter().map(Line::place).map(|place| format!("  {place}")));
        lines.extend(stack.frames.iter().flat_map(Frame::places).map(|place| format!("  {place}")));
    }
    lines.push(format!("forkproof explain {} says what it means", first.slug));
    // Here a line break is one, and stays one.
    lines.iter().map(|line| shown(line)).collect::<Vec<_>>().join("\n")
}

fn passed(text: &mut String, process: &Process, history: &History) {
    let name = Some(program(process, history)).filter(|name| !name.is_empty()).unwrap_or("process");
    let time = seconds(process.last_ns.saturating_sub(process.first_ns));
    let _ = writeln!(
        text,
        "    <testcase classname=\"forkproof.process\" name=\"{}\" time=\"{time}\"/>",
        shown(&format!("{name} (pid {})", process.pid))
    );
}

fn shown(text: &str) -> String {
    escaped(&harmless::whole(text))
}

fn seconds(nanoseconds: u64) -> String {
    format!("{}.{:06}", nanoseconds / 1_000_000_000, nanoseconds / 1000 % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::{hostile, sample};
    use proptest::prelude::*;

    #[test]
    fn a_group_fails_and_a_clean_process_passes() {
        let text = report(&sample(), &Root::new(None));
        assert!(text.contains("tests=\"3\" failures=\"2\""), "{text}");
        let failed = "<testcase classname=\"forkproof.inherited-poller\" name=\"src/loop.py:12 in use\" \
                      file=\"src/loop.py\" line=\"12\" time=\"0\">";
        assert!(text.contains(failed), "{text}");
        assert!(text.contains("name=\"python3 (pid 10)\" time=\"0.000003\"/>"), "{text}");
    }

    #[test]
    fn nothing_found_is_a_test_that_passed() {
        let text = report(&History::default(), &Root::new(None));
        assert!(
            text.contains("tests=\"1\" failures=\"0\"") && text.contains("name=\"no findings\""),
            "{text}"
        );
    }

    proptest! {
        #[test]
        fn hostile_text_makes_no_markup(text in ".+") {
            let made = |text: &str| report(&hostile(text), &Root::new(None));
            let (text, plain) = (made(&text), made("x"));
            prop_assert!(text.matches('<').count() <= plain.matches('<').count());
            prop_assert_eq!(text.matches('<').count(), text.matches('>').count());
            prop_assert_eq!(text.matches("<testcase").count(), plain.matches("<testcase").count());
            prop_assert!(!text.chars().any(|letter| letter != '\n' && harmless::steers(letter)));
        }
    }
}
