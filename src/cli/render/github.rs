//! Annotations for GitHub Actions: workflow commands on standard output, and a page for `$GITHUB_STEP_SUMMARY`.

use super::severity::{Severity, title};
use super::source::{self, Root};
use super::words::{counted, times};
use crate::cli::harmless;
use crate::cli::history::{Group, History};
use std::cmp::Reverse;
use std::fmt::Write;

/// Rows of the page; GitHub takes no page above 1 MiB.
const ROWS: usize = 500;

/// One workflow command a group, the worst first: GitHub shows ten errors, ten warnings and ten notices a step.
pub fn annotations(history: &History, root: &Root) -> String {
    let mut text = String::new();
    for group in worst_first(history) {
        let level = match Severity::of(group) {
            Severity::Note => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let _ = write!(text, "::{level} ");
        if let Some((line, file)) = source::place(group, root)
            .and_then(|(_, place)| root.relative(place.file).map(|file| (place.line, file)))
        {
            let _ = write!(text, "file={},", property(file));
            if line != 0 {
                let _ = write!(text, "line={line},");
            }
        }
        let _ = writeln!(
            text,
            "title={}::{}",
            property(&format!("forkproof {}", group.first.slug)),
            data(&sentence(group, history, root))
        );
    }
    text
}

/// The same as a page of Markdown.
pub fn summary(history: &History, root: &Root) -> String {
    let count = history.groups.iter().map(|group| group.count).sum::<u64>();
    let processes = history.processes.len() as u64;
    let mut text = format!(
        "### forkproof: {} in {}\n\n",
        counted(count, "finding", "findings"),
        counted(processes, "process", "processes")
    );
    if !history.groups.is_empty() {
        text.push_str("| finding | outcome | where | times | |\n|---|---|---|---:|---|\n");
    }
    for group in worst_first(history).into_iter().take(ROWS) {
        let first = &group.first;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            markdown(&first.slug),
            markdown(&first.outcome),
            markdown(&source::label(group, root)),
            group.count.saturating_add(group.held_back),
            markdown(&first.text)
        );
    }
    if history.groups.len() > ROWS {
        let _ = writeln!(text, "\n{} more are not shown.", history.groups.len() - ROWS);
    }
    if history.tally.suppressed != 0 {
        let _ = writeln!(text, "\n{} suppressed.", history.tally.suppressed);
    }
    text + "\n"
}

fn worst_first(history: &History) -> Vec<&Group> {
    let mut groups = history.groups.iter().collect::<Vec<_>>();
    groups.sort_by_key(|group| Reverse(Severity::of(group)));
    groups
}

fn sentence(group: &Group, history: &History, root: &Root) -> String {
    let first = &group.first;
    let mut text = title(&first.slug).to_owned();
    if !first.text.is_empty() {
        let _ = write!(text, "\n{}", first.text);
    }
    let _ = write!(text, "\n{}, {}", first.outcome, times(group, history));
    for (what, stack) in source::stacks(group) {
        if let Some(place) = source::own(stack) {
            let file = root.relative(place.file).unwrap_or(place.file);
            let _ = write!(text, "\n{what}: {file}:{} in {}", place.line, place.function);
        }
    }
    let _ = write!(text, "\nforkproof explain {} says what it means", first.slug);
    text
}

/// As the runner's own toolkit does (actions/toolkit, `command.ts`, escapeData).
fn data(text: &str) -> String {
    let lines = text.split('\n').map(harmless::whole).collect::<Vec<_>>();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// escapeProperty of the same.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Fit for a cell of a table, and no markup: every mark of ASCII may have a backslash before it (`CommonMark` 6.1).
fn markdown(text: &str) -> String {
    let mut shown = String::new();
    for letter in harmless::text(text).chars() {
        if letter.is_ascii_punctuation() {
            shown.push('\\');
        }
        shown.push(letter);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::{hostile, sample};
    use proptest::prelude::*;

    #[test]
    fn an_annotation_has_its_place_and_its_title() {
        let text = annotations(&sample(), &Root::new(None));
        let first = text.lines().next().unwrap();
        let start = "::error file=src/loop.py,line=12,title=forkproof inherited-poller::a forked child uses";
        assert!(first.starts_with(start), "{first}");
        assert!(
            text.lines().last().unwrap().starts_with("::warning title=forkproof phantom-event::"),
            "{text}"
        );
    }

    #[test]
    fn what_the_runner_would_take_apart_is_escaped() {
        assert_eq!(property("a:b,c%\r\n"), "a%3Ab%2Cc%25\\r%0A");
        assert_eq!(data("a:b,c%\n::error::x"), "a:b,c%25%0A::error::x");
        assert_eq!(markdown("<b>|`x`"), "\\<b\\>\\|\\`x\\`");
    }

    proptest! {
        #[test]
        fn hostile_text_stays_in_its_line(text: String) {
            let history = hostile(&text);
            let lines = annotations(&history, &Root::new(None));
            prop_assert_eq!(lines.lines().count(), history.groups.len());
            prop_assert!(lines.lines().all(|line| line.starts_with("::error ")));
            prop_assert!(!lines.chars().any(|letter| letter != '\n' && harmless::steers(letter)));
            let page = summary(&history, &Root::new(None));
            prop_assert_eq!(page.lines().filter(|line| line.starts_with('|')).count(), 2 + history.groups.len());
        }
    }
}
