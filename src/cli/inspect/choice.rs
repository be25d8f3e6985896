//! Which findings pass the filters of `forkproof inspect`, while they are read.

use super::Inspect;
use crate::cli::accepted::Accepted;
use crate::cli::history::{Builder, Group, History};
use crate::cli::read::{Finding, Record, Text};
use crate::cli::symbols::Symbols;
use crate::cli::tally::{Row, Shown};
use crate::cli::{Trouble, render, status};
use crate::suppressions::is_match;
use std::collections::BTreeSet;

/// Rows of a table; nobody reads more, and they all are in memory.
const ROWS_MAX: usize = 20_000;
/// Findings that can be sorted for a program.
const SORTED_MAX: usize = 100_000;
/// Bytes of JSON that are written at once.
const CHUNK: usize = 1 << 16;
/// Outcomes and processes that are counted apart.
const OUTCOMES_MAX: usize = 100;
const PIDS_MAX: usize = 1_000_000;

/// The filters, and what they let through so far.
pub struct Choice<'a> {
    inspect: &'a Inspect,
    builder: Builder,
    grouped: bool,
    symbols: Symbols,
    accepted: Accepted,
    /// Whether the findings of each group pass, by its number.
    verdicts: Vec<Verdict>,
    shown: Shown,
    read: usize,
    slugs: BTreeSet<String>,
    json: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Shown,
    Silenced,
    Hidden,
}

impl<'a> Choice<'a> {
    pub fn new(inspect: &'a Inspect) -> Result<Self, Trouble> {
        Ok(Self {
            inspect,
            builder: Builder::default(),
            grouped: inspect.needs_groups(),
            symbols: Symbols::new(&inspect.symbols),
            accepted: Accepted::read(&inspect.suppressions)?,
            verdicts: Vec::new(),
            shown: Shown::default(),
            read: 0,
            slugs: BTreeSet::default(),
            json: String::new(),
        })
    }

    /// One record of the log, and its line.
    pub fn record(&mut self, line: &[u8], record: Record<Text<'_>>) -> Result<(), Trouble> {
        match record {
            Record::Finding(finding) => self.finding(line, *finding),
            record => {
                if self.grouped {
                    self.builder.add(record);
                }
                Ok(())
            }
        }
    }

    fn finding(&mut self, line: &[u8], finding: Finding<Text<'_>>) -> Result<(), Trouble> {
        self.read = self.read.saturating_add(1);
        if self.slugs.len() < OUTCOMES_MAX && !self.slugs.contains(&*finding.slug) {
            self.slugs.insert(finding.slug.to_string());
        }
        if !self.inspect.wants(&finding) {
            return Ok(());
        }
        let group =
            if self.grouped { self.builder.place(Record::Finding(Box::new(finding.clone()))) } else { None };
        let verdict = match group {
            Some(group) => self.verdict(group),
            None => self.judged(!finding.suppressed.is_empty(), self.inspect.function.is_empty()),
        };
        match verdict {
            Verdict::Hidden => Ok(()),
            Verdict::Silenced => {
                self.shown.silenced = self.shown.silenced.saturating_add(1);
                Ok(())
            }
            Verdict::Shown => self.show(line, finding, group),
        }
    }

    fn show(&mut self, line: &[u8], finding: Finding<Text<'_>>, group: Option<usize>) -> Result<(), Trouble> {
        let shown = &mut self.shown;
        shown.count = shown.count.saturating_add(1);
        shown.held_back = shown.held_back.saturating_add(finding.held_back);
        if let Some(count) = shown.outcomes.get_mut(&*finding.outcome) {
            *count += 1;
        } else if shown.outcomes.len() < OUTCOMES_MAX {
            shown.outcomes.insert(finding.outcome.to_string(), 1);
        }
        if shown.pids.len() < PIDS_MAX {
            shown.pids.insert(finding.pid);
        }
        match (self.inspect.json, self.inspect.sort) {
            (true, None) => {
                self.json.push_str(&render::json::raw(line));
                if self.json.len() > CHUNK { self.flush() } else { Ok(()) }
            }
            (true, Some(_)) if shown.rows.len() >= SORTED_MAX => {
                let sentence = format!("more than {SORTED_MAX} findings: leave --sort out, or add a filter");
                Err(Trouble::new(status::TROUBLE, sentence))
            }
            (true, Some(_)) => {
                shown.rows.push(Row { finding: finding.owned(), group, line: line.into() });
                Ok(())
            }
            (false, _) => {
                if !self.inspect.group && shown.rows.len() < ROWS_MAX {
                    shown.rows.push(Row { finding: finding.owned(), group, line: Box::default() });
                }
                Ok(())
            }
        }
    }

    /// The JSON so far goes out.
    pub fn flush(&mut self) -> Result<(), Trouble> {
        let json = std::mem::take(&mut self.json);
        if json.is_empty() { Ok(()) } else { render::print(&json) }
    }

    fn judged(&self, silenced: bool, function: bool) -> Verdict {
        match (function, silenced && !self.inspect.suppressed) {
            (false, _) => Verdict::Hidden,
            (true, true) => Verdict::Silenced,
            (true, false) => Verdict::Shown,
        }
    }

    /// All findings of a group pass, or none does.
    fn verdict(&mut self, number: usize) -> Verdict {
        if let Some(&verdict) = self.verdicts.get(number) {
            return verdict;
        }
        let mut silenced = false;
        let mut function = self.inspect.function.is_empty();
        if let Some(group) = self.builder.group(number) {
            silenced = !group.first.suppressed.is_empty();
            if !function || !self.accepted.is_empty() {
                self.symbols.group(group);
                function = function || self.inspect.function.iter().any(|pattern| matches(group, pattern));
                silenced |= self.accepted.silences(group);
            }
        }
        let verdict = self.judged(silenced, function);
        // Groups are numbered as they come.
        self.verdicts.push(verdict);
        verdict
    }

    /// What was let through, its groups with symbols where they are shown, and every line counted that was no record.
    pub fn finish(self, unread: u64) -> (Shown, History) {
        let Self { inspect, builder, mut symbols, accepted, verdicts, mut shown, read, slugs, .. } = self;
        let mut history = builder.finish();
        history.groups.retain(|group| verdicts.get(group.number) == Some(&Verdict::Shown));
        // What was held back is said of those that are shown.
        history.tally.held_back = 0;
        shown.remarks.extend(history.tally.gaps());
        (history.tally.unread, history.tally.read, history.tally.slugs) = (unread, read, slugs);
        if inspect.group || inspect.verbose {
            symbols.history(&mut history);
            shown.remarks.extend_from_slice(symbols.troubles());
        }
        let rows = shown.rows.len() as u64;
        if !inspect.json && !inspect.group && rows < shown.count {
            let rest = shown.count - rows;
            shown.remarks.push(format!(
                "{rest} more findings are not in the table; --group, --json or a filter shows them"
            ));
        }
        if inspect.verbose || inspect.unused_suppressions {
            shown
                .remarks
                .extend(accepted.unused().iter().map(|line| format!("{line}: silences none of these")));
        }
        (shown, history)
    }
}

fn matches(group: &Group, pattern: &str) -> bool {
    let stacks = [&group.used, &group.made, &group.forked, &group.holder];
    let mut lines = stacks
        .into_iter()
        .flatten()
        .flat_map(|stack| stack.python.iter().chain(stack.frames.iter().flat_map(|frame| &frame.lines)));
    lines.any(|line| is_match(pattern.as_bytes(), line.function.as_bytes()))
}
