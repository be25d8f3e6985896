//! `forkproof run`: becomes the program, with the library preloaded.
//!
//! In place: same process, so pid, status, signals, terminal and supervisor stay what they were. With `--watch`,
//! `--report`, `--gen-suppressions` and `--error-exitcode` a child becomes the program, and the command stays.

mod afterwards;
mod logfile;
mod summary;

use super::library::Library;
use super::parent::{self, End, Side};
use super::report::Format;
use super::{Trouble, exec, harmless, library, options, preload, status, target, waits};
use crate::catalog;
use crate::settings::{Mode, Settings};
use afterwards::Afterwards;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};
use crossbeam_channel::never;
use logfile::Log;
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process;

/// What `--report` without a name writes.
const REPORT: &str = "forkproof.html";

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof run -- gunicorn --preload app:app
  forkproof run --mode=strict --log-file=fork.%p.log -- ./test-server
  forkproof run -o inherited-poller=poison -o limit=0 -- python3 app.py
  forkproof run --watch -- python3 app.py      names waits that nobody can end
  forkproof run --report=fork.html -- ./serve  a page when it has ended
  forkproof run --error-exitcode=9 -- pytest   for CI: 9 if anything was found

forkproof becomes the program: nothing of it stays, and what is found is said as it happens. Only with --watch, \
--report, --gen-suppressions or --error-exitcode it stays as the program's parent, passes signals on, and says at the end what was found; \
without --log-file the log is then in a temporary folder, and is kept only when there is something in it that no \
report says.

Exit status: the program's own, or that of --error-exitcode. When it could not be started: 2 usage, 125 trouble of \
forkproof's own, 126 the program cannot be run or cannot be preloaded, 127 it was not found.";

/// Run a program with forkproof in it
#[derive(Debug, Args)]
#[command(override_usage = "forkproof run [OPTIONS] [--] PROGRAM [ARGUMENT]...")]
#[command(after_help = EXAMPLES, after_long_help = long_help())]
pub struct Run {
    /// What to do about every hazard that has no option of its own
    #[arg(long, value_name = "MODE", value_parser = PossibleValuesParser::new(Mode::ALL.map(Mode::word)))]
    mode: Option<String>,

    /// Append one JSON object for each finding to FILE; %p becomes the process id
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,

    /// Set one option; may be repeated, later ones win (--help lists the keys)
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    #[arg(value_parser = OsStringValueParser::new().try_map(|given| options::item(&given)))]
    options: Vec<options::Item>,

    /// Stay, as the program's parent, and name waits that nobody can end once they have lasted so long (5 seconds)
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    watch: Option<OsString>,

    /// Stay, as the program's parent, and write what was found into one file when it ends: `forkproof.html`, or what FILE's extension says
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = REPORT)]
    report: Option<PathBuf>,

    /// Findings that match a line of FILE are counted, and not said
    #[arg(long, value_name = "FILE")]
    suppressions: Option<PathBuf>,

    /// Stay, as the program's parent, and print lines for --suppressions that accept what was found
    #[arg(long, value_name = "all", value_parser = PossibleValuesParser::new(["all"]))]
    gen_suppressions: Option<String>,

    /// Stay, as the program's parent, and end with this status if there were findings that nothing suppresses
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    error_exitcode: Option<u8>,

    /// Be in the programs, too, that child processes run; no: only in this one
    #[arg(long, value_name = "YES|NO", default_value = "yes", value_parser = PossibleValuesParser::new(["yes", "no"]))]
    trace_children: String,

    /// Frames kept of each stack, C and Python each; 0 for no stacks
    #[arg(long, value_name = "N")]
    num_callers: Option<OsString>,

    /// No summary at the end
    #[arg(short, long)]
    quiet: bool,

    /// Say at the start that the library is in, and at the end that nothing was found; twice: each step of a repair
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,

    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    command: Vec<OsString>,
}

fn long_help() -> String {
    format!(
        "Keys for -o, and for FORKPROOF_OPTIONS=key=value:key=value in the environment, with their defaults. The \
         command line comes after the environment, -o after the flags, --watch=SECONDS last; later ones win.\n{}\n{EXAMPLES}",
        options::list()
    )
}

/// `forkproof run`.
pub fn run(run: &Run) -> Result<u8, Trouble> {
    let usage = |sentence| Trouble::new(status::USAGE, sentence);
    let first = [
        run.mode.as_deref().map(options::mode),
        run.log_file.as_deref().map(options::log_file),
        run.suppressions.as_deref().map(options::suppressions),
        run.num_callers.as_deref().map(options::num_callers),
        (run.verbose != 0).then(|| options::verbosity(run.verbose)),
    ];
    let first = first.into_iter().flatten().collect::<Result<Vec<_>, _>>().map_err(usage)?;
    let seconds = run.watch.as_deref().filter(|seconds| !seconds.is_empty());
    let last = seconds.map(options::watch).transpose().map_err(usage)?;
    let items = [first, run.options.clone(), last.into_iter().collect()].concat();
    let only_the_program = run.trace_children == "no";
    let afterwards = Afterwards {
        report: run.report.as_deref().map(report).transpose()?,
        error_exitcode: run.error_exitcode,
        suppressions: run.suppressions.iter().cloned().collect(),
        gen_suppressions: run.gen_suppressions.is_some(),
        quiet: run.quiet,
        verbose: run.verbose != 0,
        only_the_program,
    };
    start(&run.command, items, &Plan { watch: run.watch.is_some(), afterwards, only_the_program })
}

/// Bare `forkproof PROGRAM`.
pub fn program(command: &[OsString]) -> Result<u8, Trouble> {
    start(command, Vec::new(), &Plan::default()).map_err(|trouble| match trouble.status {
        status::NOT_FOUND => {
            let own = super::commands();
            let sentence = format!("{}; forkproof's own commands are {own}", trouble.sentence);
            Trouble { sentence, ..trouble }
        }
        _ => trouble,
    })
}

/// Where the report will go. Asked before the program has run for hours.
fn report(file: &Path) -> Result<(PathBuf, Format), Trouble> {
    let usage =
        |why: String| Trouble::new(status::USAGE, format!("--report: {}: {why}", harmless::path(file)));
    let unknown = "its extension does not say what to write; forkproof report --help has those that do";
    let format = Format::of(file).ok_or_else(|| usage(unknown.to_owned()))?;
    let file = std::path::absolute(file).map_err(|error| usage(error.to_string()))?;
    if file.is_dir() {
        return Err(usage("is a directory".to_owned()));
    }
    match file.parent().filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(usage(format!("there is no directory {}", harmless::path(folder)))),
        None => Ok((file, format)),
    }
}

/// What is done besides running the program.
#[derive(Default)]
struct Plan {
    watch: bool,
    afterwards: Afterwards,
    only_the_program: bool,
}

fn start(command: &[OsString], mut items: Vec<options::Item>, plan: &Plan) -> Result<u8, Trouble> {
    let usage = |sentence: String| Trouble::new(status::USAGE, sentence);
    let name = command.first().ok_or_else(|| usage("no program was named".to_owned()))?;
    let given = env::var_os(OPTIONS);
    let mut options = options::compose(given.as_deref(), &items).map_err(usage)?;
    let library = library::find()?;
    let path = target::look_up(name)?;
    let target = target::check(&path, &library)?;
    let list = preload::compose(
        env::var_os(PRELOAD).as_deref(),
        library.path.as_os_str(),
        target.sanitizer.as_deref(),
    );
    for other in &list.replaced {
        let other = harmless::path(Path::new(other));
        log::warn!(
            "LD_PRELOAD named another copy, {other}; {} takes its place",
            harmless::path(&library.path)
        );
    }
    let disabled = env::var_os("FORKPROOF_DISABLE").is_some_and(|value| value == "1");
    if disabled {
        log::warn!("FORKPROOF_DISABLE=1 is set: nothing will be watched or mended");
    }
    let mut log = None;
    if plan.afterwards.is_wanted() && !disabled {
        let template = settings(options.as_deref()).log_path;
        if template.is_empty() {
            let own = Log::own()?;
            items.push(options::own_log(own.template()).map_err(usage)?);
            options = options::compose(given.as_deref(), &items).map_err(usage)?;
            log = Some(own);
        } else {
            log = Some(Log::of(template)?);
        }
    }
    log::debug!("{PRELOAD}={}", harmless::path(Path::new(&list.value)));
    log::debug!(
        "{OPTIONS}={}",
        options.as_deref().map(|text| harmless::path(Path::new(text))).unwrap_or_default()
    );
    let mut environment = env::vars_os().filter(|(name, _)| name != ROOT).collect();
    set(&mut environment, PRELOAD, list.value);
    if let Some(options) = options.clone() {
        set(&mut environment, OPTIONS, options);
    }
    let mut become_program = move || {
        if plan.only_the_program {
            // Of the process that goes on as the program, which may be a child of this one by now.
            set(&mut environment, ROOT, process::id().to_string().into());
        }
        let error = exec::replace(&path, command, &environment);
        Trouble::new(status::CANNOT_RUN, format!("cannot run {}: {error}", harmless::path(&path)))
    };
    // The library says what it cannot take, in the program.
    let settings = settings(options.as_deref());
    let mut watch = plan.watch && !disabled;
    if watch && !waits::is_wanted(&settings) {
        log::warn!("lost-wait=off is set: there is nothing to watch for");
        watch = false;
    }
    if !watch && log.is_none() {
        return Err(become_program());
    }
    stay(plan, &settings, watch, log, &library, become_program)
}

/// Has a child become the program, and ends as it ends.
fn stay(
    plan: &Plan,
    settings: &Settings<'_>,
    watch: bool,
    log: Option<Log>,
    library: &Library,
    become_program: impl FnOnce() -> Trouble,
) -> Result<u8, Trouble> {
    let watch = watch.then(waits::Watch::new);
    let parent = match parent::start()? {
        Side::Program => return Err(become_program()),
        Side::Parent(parent) => parent,
    };
    let findings = watch.map_or_else(never, |watch| watch.begin(parent.program(), settings));
    let mut found = false;
    let mut end = parent.serve(findings, |(lost, lasted)| {
        found = true;
        waits::tell(&lost, lasted, settings);
    });
    if settings.mode == Mode::Strict && found && end == End::Status(status::OK) {
        end = End::Status(settings.exitcode);
    }
    Ok(match log {
        Some(log) => plan.afterwards.finish(end, log, library, settings.log_processes),
        None => end.follow(),
    })
}

const PRELOAD: &str = "LD_PRELOAD";
const OPTIONS: &str = "FORKPROOF_OPTIONS";
/// The one process that the library is to stay awake in, across execs; children's programs then have it asleep.
const ROOT: &str = "FORKPROOF_ROOT";

fn settings(options: Option<&OsStr>) -> Settings<'_> {
    let slugs = catalog::ALL.each_ref().map(|entry| entry.slug);
    Settings::parse(options.map(OsStr::as_bytes).unwrap_or_default(), &slugs, |_| {})
}

fn set(environment: &mut Vec<(OsString, OsString)>, name: &str, value: OsString) {
    environment.retain(|(other, _)| other != OsStr::new(name));
    environment.push((name.into(), value));
}
