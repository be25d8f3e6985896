//! `forkproof doctor`: would the library see what it is for in this program, and if not, why. Fourteen checks, each in
//! a file with those that it belongs to.

mod binding;
mod diagnosis;
mod forks;
mod launch;
mod libraries;
mod preloads;
mod process;
mod program;
mod search;
mod server;
mod show;
mod subject;
mod symbols;
mod system;
mod system_calls;

use super::root::Root;
use super::{Trouble, exec, harmless, render, status};
use clap::Args;
use diagnosis::{Check, Findings, NOT_ASKED};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use subject::Subject;

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof doctor gunicorn --preload app:app      before it is started
  forkproof doctor 4711                            a process that runs
  forkproof doctor --root /srv/image               a container's file tree
  forkproof doctor -v --root /srv/image python3    a program in it, all reasons

A number is a process id; ./4711 is a file of that name. Nothing is started and nothing is changed.

Exit status: 0 covered, 1 not covered (something keeps the library out, or from seeing what it is for), 2 usage, \
125 it could not be examined, 126 the program cannot be run, 127 there is no such program or process.";

/// Say whether the library gets into a program and sees what it does, and if not, why
#[derive(Debug, Args)]
#[command(
    override_usage = "forkproof doctor [OPTIONS] PROGRAM [ARGUMENT]...\n       forkproof doctor [OPTIONS] PID\n       forkproof doctor [OPTIONS] --root DIR [PROGRAM [ARGUMENT]...]"
)]
#[command(after_help = EXAMPLES)]
pub struct Doctor {
    /// Examine what is in this file tree, as a program would see it that has it for its root
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,

    /// Write one JSON object
    #[arg(long)]
    json: bool,

    /// Say the reasons of what is well, too
    #[arg(short, long)]
    verbose: bool,

    /// The program and its arguments, or the id of a process
    #[arg(trailing_var_arg = true, value_name = "PROGRAM|PID")]
    command: Vec<OsString>,
}

/// `forkproof doctor`.
pub fn doctor(doctor: &Doctor) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    let subject = doctor.subject()?;
    let findings = examine(&subject);
    let status = if findings.has_problem() { status::NOT_COVERED } else { status::OK };
    let text = if doctor.json {
        show::json(&findings, &doctor.words())
    } else {
        show::text(&findings, doctor.verbose)
    };
    render::print(&text).map(|()| status)
}

impl Doctor {
    fn subject(&self) -> Result<Subject, Trouble> {
        let first = self.command.first().and_then(|word| word.to_str());
        let number = first.filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|word| word.parse::<u32>().ok());
        match (&self.root, number) {
            (None, None) if self.command.is_empty() => Err(Trouble::new(
                status::USAGE,
                "name a program, a process id or --root DIR; `forkproof doctor --help` has examples",
            )),
            (None, Some(pid)) if self.command.len() == 1 => Subject::of_process(pid),
            (None, _) => Subject::of_command(Root::host(), &self.command),
            (Some(folder), _) => {
                if !folder.is_dir() {
                    let sentence = format!("--root: there is no directory {}", harmless::path(folder));
                    return Err(Trouble::new(status::USAGE, sentence));
                }
                Subject::of_command(Root::at(folder.clone()), &self.command)
            }
        }
    }

    fn words(&self) -> String {
        let root = self.root.iter().map(|root| format!("--root {}", harmless::path(root)));
        let words = self.command.iter().map(|word| harmless::path(Path::new(word)));
        root.chain(words).collect::<Vec<_>>().join(" ")
    }
}

fn examine(subject: &Subject) -> Findings {
    let mut findings = Findings::default();
    let checks = [
        program::check,
        libraries::check,
        preloads::check,
        launch::check,
        binding::check,
        forks::check,
        server::check,
        process::check,
        symbols::check,
        system::check,
    ];
    for check in checks {
        check(subject, &mut findings);
    }
    for check in Check::ALL {
        if !findings.has(check) {
            findings.ok(check, NOT_ASKED);
        }
    }
    findings.sort();
    findings
}
