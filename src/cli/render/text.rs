//! For people: findings under their process, and one line that sums them up.

use crate::catalog;
use crate::cli::harmless;
use crate::cli::history::History;
use crate::cli::read::Finding;
use crate::cli::tally::{OUTCOMES, Row, Shown, Tally};
use crate::wire::Outcome;
use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, Table};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;

pub const HEADING: Style = Style::new().bold();

/// What an outcome asks of the reader: nothing, a look, an act.
pub fn style(outcome: &str) -> Style {
    let colour = match OUTCOMES.iter().find(|known| known.word() == outcome) {
        Some(Outcome::Repaired) => AnsiColor::Green,
        Some(Outcome::Poisoned | Outcome::Failed | Outcome::Died) => AnsiColor::Red,
        Some(Outcome::Reported) | None => AnsiColor::Yellow,
    };
    colour.on_default()
}

/// The findings, each process for itself.
pub fn findings(shown: &[Row]) -> String {
    let mut text = String::new();
    let mut processes: Vec<(u32, Vec<&Finding>)> = Vec::new();
    let mut places = BTreeMap::new();
    for finding in shown.iter().map(|row| &row.finding) {
        let place = *places.entry(finding.pid).or_insert_with(|| {
            processes.push((finding.pid, Vec::new()));
            processes.len() - 1
        });
        if let Some((_, findings)) = processes.get_mut(place) {
            findings.push(finding);
        }
    }
    let ordered = processes.iter().flat_map(|(_, findings)| findings.iter().copied()).collect::<Vec<_>>();
    let lines = table(&ordered);
    let mut lines = lines.iter();
    if let (Some(header), false) = (lines.next(), shown.is_empty()) {
        let _ = writeln!(text, "{HEADING}{header}{HEADING:#}");
    }
    for (pid, findings) in &processes {
        let _ = writeln!(text, "{HEADING}{}{HEADING:#}", process(*pid, findings));
        for (finding, line) in findings.iter().zip(lines.by_ref()) {
            let outcome = harmless::text(&finding.outcome);
            let style = style(&finding.outcome);
            match line.trim_start().strip_prefix(&*outcome) {
                Some(rest) => writeln!(text, "  {style}{outcome}{style:#}{rest}"),
                None => writeln!(text, "{line}"),
            }
            .unwrap_or_default();
            if finding.errno != 0 {
                let why = io::Error::from_raw_os_error(finding.errno);
                let _ = writeln!(text, "  {:width$}  because: {why}", "", width = outcome.chars().count());
            }
        }
    }
    text
}

/// One line a group: how often, what, where.
pub fn groups(history: &History) -> String {
    const HEADER: [&str; 6] = ["COUNT", "OUTCOME", "FINDING", "CALL", "PROCESSES", "WHERE"];
    if history.groups.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.add_row(HEADER);
    for group in &history.groups {
        let first = &group.first;
        let place = group.place().map(|place| harmless::text(&place.to_string()));
        table.add_row([
            group.count.to_string(),
            harmless::text(&first.outcome),
            harmless::text(&first.slug),
            harmless::text(&first.call),
            group.processes.len().to_string(),
            place.unwrap_or_else(|| harmless::text(&first.made_at)),
        ]);
    }
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding((2, 0));
        if matches!(place, 0 | 4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for (number, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let _ = match number {
            0 => writeln!(text, "{HEADING}{line}{HEADING:#}"),
            _ => writeln!(text, "{line}"),
        };
    }
    text
}

fn process(pid: u32, findings: &[&Finding]) -> String {
    let first = |field: fn(&Finding) -> &str| {
        findings.iter().map(|finding| field(finding)).find(|text| !text.is_empty())
    };
    let mut text = pid.to_string();
    if let Some(name) = first(|finding| &finding.comm) {
        let _ = write!(text, " {}", harmless::text(name));
    }
    if let Some(parent) = findings.iter().map(|finding| finding.ppid).find(|&ppid| ppid != 0) {
        let _ = write!(text, ", parent {parent}");
    }
    if let Some(place) = first(|finding| &finding.forked_at) {
        let _ = write!(text, ", forked at {}", harmless::text(place));
    }
    text
}

/// One line a finding, below a header, without the columns that would stay empty.
fn table(findings: &[&Finding]) -> Vec<String> {
    const COLUMNS: usize = 10;
    const HEADER: [&str; COLUMNS] =
        ["OUTCOME", "FINDING", "CALL", "FD", "REGS", "LOST", "OWNER", "MADE AT", "LOCK", "HELD BY"];
    const NUMBERS: [&str; 4] = ["FD", "REGS", "LOST", "OWNER"];
    let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
    let rows = findings.iter().map(|finding| {
        [
            harmless::text(&finding.outcome),
            harmless::text(&finding.slug),
            harmless::text(&finding.call),
            if finding.fd < 0 { String::new() } else { finding.fd.to_string() },
            // A finding about a lock or a thread has no descriptor, and registers nothing.
            if finding.fd < 0 { String::new() } else { finding.registrations.to_string() },
            number(finding.lost),
            number(finding.owner),
            harmless::text(&finding.made_at),
            harmless::text(&finding.lock),
            holder(finding),
        ]
    });
    let rows = rows.collect::<Vec<_>>();
    let used = HEADER
        .iter()
        .enumerate()
        .map(|(place, _)| rows.iter().any(|row| row.get(place).is_some_and(|cell| !cell.is_empty())));
    let used = used.collect::<Vec<_>>();
    let row = |cells: [String; COLUMNS]| {
        let kept = cells.into_iter().zip(HEADER).zip(&used).filter(|(_, used)| **used);
        kept.map(|((cell, name), _)| {
            let side = if NUMBERS.contains(&name) { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(cell).set_alignment(side)
        })
        .collect::<Vec<_>>()
    };
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.add_row(row(HEADER.map(str::to_owned)));
    table.add_rows(rows.into_iter().map(row));
    for column in table.column_iter_mut() {
        column.set_padding((2, 0));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The thread that had the lock, or for which the fork waited: id, name, where it was.
fn holder(finding: &Finding) -> String {
    if finding.holder == 0 {
        return String::new();
    }
    let mut text = finding.holder.to_string();
    for part in [&finding.holder_name, &finding.holder_at] {
        if !part.is_empty() {
            let _ = write!(text, " {}", harmless::text(part));
        }
    }
    if finding.waited_us != 0 {
        let _ = write!(text, ", {} us", finding.waited_us);
    }
    text
}

/// How many are shown, what came of them, and what is missing.
pub fn summary(shown: &Shown, tally: &Tally) -> String {
    let counted =
        |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut text = String::new();
    if shown.count == 0 && shown.silenced == 0 && tally.read > 0 {
        let slugs = tally.slugs.iter().map(|slug| harmless::text(slug)).collect::<Vec<_>>().join(", ");
        let _ = write!(
            text,
            "none of {} matches (here: {slugs})",
            counted(tally.read as u64, "finding", "findings")
        );
    } else {
        let processes = counted(shown.pids.len() as u64, "process", "processes");
        let _ = write!(text, "{} in {processes}", counted(shown.count, "finding", "findings"));
        let known = OUTCOMES.map(Outcome::word);
        let known = known.iter().filter_map(|word| shown.outcomes.get_key_value(*word));
        let others =
            shown.outcomes.iter().filter(|(word, _)| !OUTCOMES.iter().any(|known| known.word() == *word));
        let parts =
            known.chain(others).map(|(outcome, count)| format!("{count} {}", harmless::text(outcome)));
        let parts = parts.collect::<Vec<_>>();
        if !parts.is_empty() {
            let _ = write!(text, ": {}", parts.join(", "));
        }
    }
    if shown.held_back > 0 {
        let _ = write!(text, "; {} held back by `limit`", shown.held_back);
    }
    if shown.silenced > 0 {
        let _ = write!(text, "; {} suppressed", shown.silenced);
    }
    if tally.unread > 0 {
        let _ = write!(text, "; {} could not be read", counted(tally.unread, "line", "lines"));
    }
    text + "\n"
}

/// Every finding there is.
pub fn catalogue() -> String {
    let mut text = String::new();
    for entry in &catalog::ALL {
        let _ = writeln!(
            text,
            "{HEADING}{}{HEADING:#} (default: {})\n  {}",
            entry.slug,
            entry.default.word(),
            entry.title
        );
    }
    text + "\nforkproof explain SLUG prints the page of one.\n"
}
