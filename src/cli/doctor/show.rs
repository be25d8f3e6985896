//! The answers as a list for people, in 80 columns, worst first; and as JSON.

use super::diagnosis::{Check, Diagnosis, Findings, NOT_ASKED, Verdict};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Write;

const WIDTH: usize = 80;
/// Columns before the text: the verdict and the check.
const INDENT: usize = 20;

const fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Problem => AnsiColor::Red.on_default(),
        Verdict::Note => AnsiColor::Yellow.on_default(),
        Verdict::Ok => AnsiColor::Green.on_default(),
    }
}

/// Problems and notes with what to do, the rest by name; `verbose`, with its reasons.
pub fn text(findings: &Findings, verbose: bool) -> String {
    let mut text = String::new();
    for diagnosis in findings.list.iter().filter(|one| verbose || one.verdict != Verdict::Ok) {
        entry(&mut text, diagnosis);
    }
    let fine = Check::ALL.iter().filter(|check| {
        let well = |one: &Diagnosis| one.verdict == Verdict::Ok && one.reason != NOT_ASKED;
        findings.list.iter().all(|one| one.check != **check || well(one))
    });
    let fine = fine.map(|check| check.word()).collect::<Vec<_>>();
    if !verbose && !fine.is_empty() {
        let style = style(Verdict::Ok);
        let _ = write!(text, "{style}{:<9}{style:#}{:<11}", Verdict::Ok.word(), "");
        folded(&mut text, &fine.join(", "));
    }
    text.push('\n');
    folded_at(&mut text, &last_line(findings), 0);
    text
}

fn entry(text: &mut String, diagnosis: &Diagnosis) {
    let style = style(diagnosis.verdict);
    let (verdict, check) = (diagnosis.verdict.word(), diagnosis.check.word());
    let _ = write!(text, "{style}{verdict:<9}{style:#}{check:<11}");
    folded(text, &diagnosis.reason);
    if !diagnosis.fix.is_empty() {
        let _ = write!(text, "{:INDENT$}", "");
        folded(text, &format!("-> {}", diagnosis.fix));
    }
}

fn folded(text: &mut String, sentence: &str) {
    folded_at(text, sentence, INDENT);
}

/// Words on lines of at most 80 columns; the cursor stands at `indent`. A word that is longer stands alone.
fn folded_at(text: &mut String, sentence: &str, indent: usize) {
    let mut column = indent;
    for word in sentence.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        }
        if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}

/// `covered`, or what is in the way and what to do about it.
fn last_line(findings: &Findings) -> String {
    let problems = || findings.list.iter().filter(|one| one.verdict == Verdict::Problem);
    match (problems().next(), problems().count()) {
        (None, _) => "covered".to_owned(),
        (Some(first), count) => {
            let fix = if first.fix.is_empty() { String::new() } else { format!("; {}", first.fix) };
            let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
            format!("not covered: {}{fix}{more}", first.reason)
        }
    }
}

/// One object, for programs.
#[derive(Serialize)]
struct Report<'a> {
    v: u32,
    subject: &'a str,
    covered: bool,
    summary: String,
    checks: &'a [Diagnosis],
}

pub fn json(findings: &Findings, subject: &str) -> String {
    let covered = !findings.has_problem();
    let report = Report { v: 1, subject, covered, summary: last_line(findings), checks: &findings.list };
    // Only a map with keys that are no strings can fail, and there is none.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_in_eighty_columns() {
        let mut findings = Findings::default();
        findings.ok(Check::Libc, "it is linked to glibc");
        findings.note(Check::Launch, "long ".repeat(40), "");
        findings.problem(Check::Program, format!("/{} is static", "x".repeat(100)), "link it dynamically");
        findings.sort();
        let text = anstream::adapter::strip_str(&text(&findings, false)).to_string();
        assert!(text.starts_with("problem  program    /xxx"), "{text}");
        let long = text.lines().filter(|line| line.chars().count() > WIDTH);
        assert!(long.into_iter().all(|line| line.contains(&"x".repeat(100))), "{text}");
        assert!(text.contains("\n                    -> link it dynamically\n"), "{text}");
        assert!(text.ends_with("is static; link it dynamically\n"), "{text}");
        assert!(text.contains("\nnot covered:\n/xxx"), "{text}");
    }

    #[test]
    fn without_a_problem_it_is_covered() {
        let mut findings = Findings::default();
        findings.note(Check::Launch, "a note", "");
        assert!(text(&findings, true).ends_with("\ncovered\n"));
        let value: serde_json::Value = serde_json::from_str(&json(&findings, "x")).unwrap();
        assert_eq!((&value["covered"], &value["checks"][0]["verdict"]), (&true.into(), &"note".into()));
    }
}
