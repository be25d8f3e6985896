//! For people who look on: one line a finding, and a picture of a run as it is now.

use super::text::style;
use crate::cli::harmless;
use crate::cli::read::Finding;
use crate::cli::watch::state::{Seen, State};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;
use std::io;
use unicode_width::UnicodeWidthChar;

const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

/// One line of a picture, in parts that have a style each.
pub struct Row(Vec<(Style, String)>);

impl Row {
    fn new(style: Style, text: impl Into<String>) -> Self {
        Self(vec![(style, text.into())])
    }

    fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// The whole line with its colours: who writes it leaves them out where they are not wanted.
    pub fn coloured(&self) -> String {
        let mut line = String::new();
        for (style, text) in &self.0 {
            let _ = write!(line, "{style}{text}{style:#}");
        }
        line
    }

    /// The line as far as it fits into `columns`, in colour where that is wanted, and how wide it is.
    pub fn cut(&self, columns: usize) -> (String, usize) {
        let coloured = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        let (mut line, mut width) = (String::new(), 0);
        for (style, text) in &self.0 {
            let style = if coloured { *style } else { PLAIN };
            let _ = write!(line, "{style}");
            for letter in text.chars() {
                let wide = letter.width().unwrap_or(0);
                if width + wide > columns {
                    break;
                }
                width += wide;
                line.push(letter);
            }
            let _ = write!(line, "{style:#}");
        }
        (line, width)
    }
}

/// What is known of a process besides its records.
pub type Alive<'a> = &'a dyn Fn(u32, &Seen) -> bool;

/// The whole picture, in at most `room` rows.
pub fn picture(state: &State, rate: f64, alive: Alive<'_>, room: usize) -> Vec<Row> {
    let mut rows = head(state, rate);
    let room = room.saturating_sub(rows.len());
    // Two headings and an empty row. What one part does not need the other has.
    let lines = room.saturating_sub(3);
    let known = state.processes.len() + usize::from(state.forgotten > 0);
    let of_tree = known.min(lines.saturating_sub(state.latest.len().min(lines / 2)));
    if of_tree > 0 {
        rows.push(Row::new(HEADING, format!("{:>8}  {:<9} {:>8}  PROCESS", "PID", "STATE", "FINDINGS")));
        rows.extend(tree(state, alive, of_tree));
    }
    let of_findings = state.latest.len().min(lines.saturating_sub(of_tree));
    if of_findings > 0 {
        rows.push(Row(Vec::new()));
        rows.push(Row::new(HEADING, "LATEST FINDINGS"));
        let skipped = state.latest.len() - of_findings;
        rows.extend(state.latest.iter().skip(skipped).map(finding));
    }
    rows
}

fn head(state: &State, rate: f64) -> Vec<Row> {
    let mut text = format!("{} findings, {rate:.1} a second", state.found);
    let mut row = Row::new(HEADING, "forkproof watch: ");
    if state.held_back > 0 {
        let _ = write!(text, ", {} held back by `limit`", state.held_back);
    }
    if state.unread > 0 {
        let _ = write!(text, ", {} lines could not be read", state.unread);
    }
    row = row.and(PLAIN, text);
    for (outcome, count) in &state.outcomes {
        row = row.and(style(outcome), format!("  {count} {}", harmless::text(outcome)));
    }
    vec![row.and(FAINT, "  (q ends)")]
}

/// The tree in at most `room` rows. When it is larger, those that have ended give way first.
fn tree(state: &State, alive: Alive<'_>, room: usize) -> Vec<Row> {
    let all = state.tree();
    let hidden_at_least = |shown: usize| shown < all.len() || state.forgotten > 0;
    let kept = if all.len() <= room && state.forgotten == 0 {
        all.clone()
    } else {
        let room = room.saturating_sub(1);
        let mut order = all.iter().enumerate().collect::<Vec<_>>();
        order.sort_by_key(|(_, (_, _, seen))| {
            (seen.end.is_some(), seen.findings == 0, std::cmp::Reverse(seen.last_ns))
        });
        let mut places = order.into_iter().take(room).map(|(place, _)| place).collect::<Vec<_>>();
        places.sort_unstable();
        places.into_iter().filter_map(|place| all.get(place).copied()).collect()
    };
    let mut rows =
        kept.iter().map(|&(depth, pid, seen)| process(depth, pid, seen, alive)).collect::<Vec<_>>();
    if hidden_at_least(kept.len()) {
        let hidden = all.len() - kept.len();
        let more = state.forgotten + u64::try_from(hidden).unwrap_or(u64::MAX);
        rows.push(Row::new(FAINT, format!("{:>8}  and {more} more processes", "")));
    }
    rows
}

fn process(depth: usize, pid: u32, seen: &Seen, alive: Alive<'_>) -> Row {
    let (style, state) = match seen.end {
        Some(status) if status & 127 != 0 => {
            (AnsiColor::Red.on_default(), format!("signal {}", status & 127))
        }
        Some(status) => (FAINT, format!("exit {}", status >> 8 & 255)),
        None if alive(pid, seen) => (AnsiColor::Green.on_default(), "alive".to_owned()),
        None => (FAINT, "gone".to_owned()),
    };
    let mut name = format!("{}{}", "  ".repeat(depth.min(20)), harmless::text(&seen.comm));
    if !seen.made_by.is_empty() {
        let _ = write!(name, " ({} of {})", harmless::text(&seen.made_by), seen.ppid);
    }
    let findings = if seen.findings == 0 { FAINT } else { HEADING };
    Row::new(PLAIN, format!("{pid:>8}  "))
        .and(style, format!("{state:<9} "))
        .and(findings, format!("{:>8}  ", seen.findings))
        .and(PLAIN, name)
}

/// One finding in one line.
pub fn finding(finding: &Finding) -> Row {
    let mut what = format!(" {}", harmless::text(&finding.slug));
    if !finding.call.is_empty() {
        let _ = write!(what, " {}", harmless::text(&finding.call));
    }
    if finding.fd >= 0 {
        let _ = write!(what, " fd {}", finding.fd);
    }
    if !finding.text.is_empty() {
        let _ = write!(what, ": {}", harmless::text(&finding.text));
    }
    if !finding.suppressed.is_empty() {
        let _ = write!(what, " (suppressed by {})", harmless::text(&finding.suppressed));
    }
    Row::new(FAINT, time(finding.time_ns))
        .and(PLAIN, format!(" {} {} ", finding.pid, harmless::text(&finding.comm)))
        .and(style(&finding.outcome), harmless::text(&finding.outcome))
        .and(PLAIN, what)
}

/// The time of day, in UTC as the log has it.
pub fn time(time_ns: u64) -> String {
    let seconds = time_ns / 1_000_000_000;
    let part = |unit: u64, of: u64| seconds / unit % of;
    format!("{:02}:{:02}:{:02}Z", part(3600, 24), part(60, 60), part(1, 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::read::Record;
    use std::time::Instant;

    fn state(processes: u32) -> State {
        let mut state = State::default();
        for pid in 1..=processes {
            let finding = Finding { pid, ppid: 1, text: "\u{1b}[2J".repeat(9), ..Finding::default() };
            state.add(Record::Finding(Box::new(finding)), Instant::now());
        }
        state
    }

    #[test]
    fn a_picture_keeps_to_its_room() {
        for room in 1..60 {
            for processes in [0, 1, 5, 300] {
                let rows = picture(&state(processes), 1.0, &|_, _| false, room);
                assert!(rows.len() <= room, "{} rows in {room}", rows.len());
            }
        }
    }

    #[test]
    fn a_row_keeps_to_its_width_and_steers_nothing() {
        for row in picture(&state(3), 1.0, &|_, _| true, 40) {
            let (line, width) = row.cut(20);
            assert!(width <= 20);
            assert!(!line.contains("[2J\u{1b}[2J"));
        }
        let wide = Row::new(PLAIN, "日本語").cut(5);
        assert_eq!((wide.0.contains("日本"), wide.0.contains('語'), wide.1), (true, false, 4));
        assert_eq!(time(1_700_000_000_123_456_789), "22:13:20Z");
    }
}
