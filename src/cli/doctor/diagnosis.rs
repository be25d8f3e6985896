//! What a check has to say.

use serde::Serialize;

/// Worst first: the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The library does not come in, or does not see what it is for.
    Problem,
    /// It works, and there is something to know.
    Note,
    Ok,
}

impl Verdict {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Note => "note",
            Self::Ok => "ok",
        }
    }
}

/// The checks there are, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Is it a program that a dynamic loader starts?
    Program,
    /// glibc or musl.
    Libc,
    Machine,
    /// setuid and its kin, and security modules.
    Privileges,
    /// The versions and files that our library and the program need.
    Libraries,
    Sanitizer,
    /// Who else is preloaded, and in which order.
    Preloads,
    /// Scripts and programs that start the program.
    Launch,
    /// Calls that do not go where the loader would send them.
    Binding,
    /// Ways to fork and to do input and output that pass the hooks by.
    Forks,
    /// Python, and the servers that fork.
    Server,
    /// A running process.
    Process,
    /// What turns an address into a source line.
    Symbols,
    /// The log, ptrace and seccomp.
    System,
}

impl Check {
    pub const ALL: [Self; 14] = [
        Self::Program,
        Self::Libc,
        Self::Machine,
        Self::Privileges,
        Self::Libraries,
        Self::Sanitizer,
        Self::Preloads,
        Self::Launch,
        Self::Binding,
        Self::Forks,
        Self::Server,
        Self::Process,
        Self::Symbols,
        Self::System,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Libc => "libc",
            Self::Machine => "machine",
            Self::Privileges => "privileges",
            Self::Libraries => "libraries",
            Self::Sanitizer => "sanitizer",
            Self::Preloads => "preloads",
            Self::Launch => "launch",
            Self::Binding => "binding",
            Self::Forks => "forks",
            Self::Server => "server",
            Self::Process => "process",
            Self::Symbols => "symbols",
            Self::System => "system",
        }
    }
}

/// One answer. Texts may hold foreign names; those were made harmless when they were put in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    pub check: Check,
    pub verdict: Verdict,
    pub reason: String,
    /// What the user can do; empty where there is nothing to do.
    pub fix: String,
}

/// The reason of a check that has nothing to look at, because of another's answer or of what was named.
pub const NOT_ASKED: &str = "not asked: there is nothing here that it could look at";

/// All of them.
#[derive(Debug, Default)]
pub struct Findings {
    pub list: Vec<Diagnosis>,
}

impl Findings {
    pub fn problem(&mut self, check: Check, reason: impl Into<String>, fix: impl Into<String>) {
        self.add(check, Verdict::Problem, reason.into(), fix.into());
    }

    pub fn note(&mut self, check: Check, reason: impl Into<String>, fix: impl Into<String>) {
        self.add(check, Verdict::Note, reason.into(), fix.into());
    }

    pub fn ok(&mut self, check: Check, reason: impl Into<String>) {
        self.add(check, Verdict::Ok, reason.into(), String::new());
    }

    fn add(&mut self, check: Check, verdict: Verdict, reason: String, fix: String) {
        self.list.push(Diagnosis { check, verdict, reason, fix });
    }

    pub fn has(&self, check: Check) -> bool {
        self.list.iter().any(|diagnosis| diagnosis.check == check)
    }

    pub fn has_problem(&self) -> bool {
        self.list.iter().any(|diagnosis| diagnosis.verdict == Verdict::Problem)
    }

    /// Worst first, and within a verdict in the order of the checks.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|diagnosis| (diagnosis.verdict, diagnosis.check));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_check_in_its_order() {
        let page = include_str!("../../../docs/doctor.md");
        let (_, table) = page.split_once("## Checks").unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        assert_eq!(rows.collect::<Vec<_>>(), Check::ALL.map(Check::word));
        for verdict in [Verdict::Problem, Verdict::Note, Verdict::Ok] {
            assert!(page.contains(&format!("| `{}` |", verdict.word())));
        }
    }
}
