//! Arguments, dispatch and exit statuses. What each command does is in the file of its name.

mod dump;
mod accepted;
mod elf;
mod env;
mod doctor;
mod exec;
mod explain;
mod harmless;
mod history;
mod image;
mod inspect;
mod library;
mod markdown;
mod log_path;
mod pages;
mod logs;
#[cfg(test)]
mod mutated;
mod options;
mod parent;
mod preload;
mod python;
mod read;
mod render;
mod root;
mod report;
mod run;
mod shebang;
mod shell;
mod stack;
mod suppress;
mod suppressed;
mod symbols;
mod tally;
mod target;
mod waits;
mod watch;

use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::process;

/// The exit statuses of the command itself, those of env(1); a program that was started has its own.
mod status {
    pub const OK: u8 = 0;
    pub const NOTHING: u8 = 1;
    pub const NOT_COVERED: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const TROUBLE: u8 = 125;
    pub const CANNOT_RUN: u8 = 126;
    pub const NOT_FOUND: u8 = 127;
}

/// Why the command ends early: one sentence for the user, and the exit status.
#[derive(Debug)]
struct Trouble {
    status: u8,
    sentence: String,
}

impl Trouble {
    fn new(status: u8, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }
}

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof gunicorn --preload app:app             findings go to standard error
  forkproof run --log-file=fork.log -- ./serve     the same, and keep a log
  forkproof inspect fork.log                       what was found, by process
  forkproof report -o fork.json fork.log           all that is known of the run
  forkproof explain inherited-poller               what a finding means
  forkproof doctor gunicorn                        whether the library sees a program
  forkproof watch -p 4711                          the findings of a running program
  forkproof dump 4711                              what a hung process waits for

A program that is called like one of the commands, as watch(1) and env(1), stands behind `--`: \
`forkproof -- watch date`, `forkproof run -- env`.

FORKPROOF_LOG=debug shows how the command itself decides.";

/// Makes unmodified programs fork-proof: every epoll loop stays right on both sides of a fork.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES, max_term_width = 80)]
#[command(
    override_usage = "forkproof [--] PROGRAM [ARGUMENT]...\n       forkproof run [OPTIONS] [--] PROGRAM [ARGUMENT]...\n       forkproof <COMMAND>"
)]
#[command(subcommand_help_heading = "Commands", subcommand_value_name = "COMMAND")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Inspect(inspect::Inspect),
    Report(report::Report),
    Explain(explain::Explain),
    Doctor(doctor::Doctor),
    Env(env::Env),
    Completions(pages::Completions),
    #[command(hide = true)]
    Pages(pages::Pages),
    Watch(watch::Watch),
    Dump(dump::Arguments),
    Suppress(suppress::Suppress),
    /// `forkproof PROGRAM ARGUMENT...`
    #[command(external_subcommand)]
    Program(Vec<OsString>),
}

/// Does what the arguments ask for, and ends the process.
pub fn main() -> ! {
    start_logging();
    let outcome = match parse().command {
        Command::Run(run) => run::run(&run),
        Command::Program(command) => run::program(&command),
        Command::Inspect(inspect) => inspect::inspect(&inspect),
        Command::Report(report) => report::report(&report),
        Command::Explain(explain) => explain::explain(&explain),
        Command::Doctor(doctor) => doctor::doctor(&doctor),
        Command::Env(env) => env::env(&env),
        Command::Completions(wanted) => pages::completions(&wanted, Arguments::command()),
        Command::Pages(wanted) => pages::pages(&wanted, &Arguments::command()),
        Command::Watch(watch) => watch::watch(&watch),
        Command::Dump(arguments) => dump::dump(&arguments),
        Command::Suppress(suppress) => suppress::suppress(&suppress),
    };
    let status = outcome.unwrap_or_else(|trouble| {
        complain(&trouble.sentence);
        trouble.status
    });
    process::exit(status.into())
}

/// The arguments. Some commands are called like programs: whoever meant one of those reads how to run it.
fn parse() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| {
        let _ = error.print();
        let name = std::env::args_os().nth(1).unwrap_or_default();
        let shown = name.to_string_lossy();
        // Where there is no such program, nobody can have meant it.
        if error.use_stderr() && shown != "run" && is_command(&shown) && target::look_up(&name).is_ok() {
            complain(&format!("{shown} is a command of forkproof's; the program: forkproof -- {shown} ..."));
        }
        process::exit(error.exit_code())
    })
}

fn is_command(name: &str) -> bool {
    Arguments::command().find_subcommand(name).is_some()
}

/// The names of the commands that people type, as in a sentence.
fn commands() -> String {
    let command = Arguments::command();
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(clap::Command::get_name).collect::<Vec<_>>().join(", ")
}

/// One line on standard error. When even that fails, the exit status still speaks.
fn complain(sentence: &str) {
    let _ = writeln!(anstream::stderr(), "forkproof: {sentence}");
}

/// The command's own logging: `FORKPROOF_LOG`, else `RUST_LOG`, else warnings only.
fn start_logging() {
    let filter = if std::env::var_os("FORKPROOF_LOG").is_some() { "FORKPROOF_LOG" } else { "RUST_LOG" };
    env_logger::Builder::new()
        .filter_level(log::LevelFilter::Warn)
        .parse_env(filter)
        .format(|out, record| {
            let level = record.level().as_str().to_ascii_lowercase();
            writeln!(out, "forkproof: {level}: {}", record.args())
        })
        .init();
}
