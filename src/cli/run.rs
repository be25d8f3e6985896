//! `forkproof run`: becomes the program, with the library preloaded.
//!
//! In place: same process, so pid, status, signals, terminal and supervisor stay what they were. With `--watch` a child
//! becomes the program, and the command stays.

use super::{Trouble, exec, harmless, library, options, preload, status, target, waits};
use crate::catalog;
use crate::settings::{Mode, Settings};
use clap::Args;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof run -- gunicorn --preload app:app
  forkproof run --mode=strict --log-file=fork.%p.log -- ./test-server
  forkproof run -o inherited-poller=poison -o limit=0 -- python3 app.py
  forkproof run --watch -- python3 app.py   names waits that nobody can end

Exit status: the program's own. When it could not be started: 2 usage, 125 trouble of forkproof's own, \
126 the program cannot be run or cannot be preloaded, 127 it was not found.";

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

    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    command: Vec<OsString>,
}

fn long_help() -> String {
    format!(
        "Keys for -o, and for FORKPROOF_OPTIONS=key=value:key=value in the environment, with their defaults. The \
         command line comes after the environment, -o after --mode and --log-file, --watch=SECONDS last; later ones win.\n{}\n{EXAMPLES}",
        options::list()
    )
}

/// `forkproof run`.
pub fn run(run: &Run) -> Result<u8, Trouble> {
    let usage = |sentence| Trouble::new(status::USAGE, sentence);
    let mode = run.mode.as_deref().map(options::mode);
    let log_file = run.log_file.as_deref().map(options::log_file);
    let first = mode.into_iter().chain(log_file).collect::<Result<Vec<_>, _>>().map_err(usage)?;
    let seconds = run.watch.as_deref().filter(|seconds| !seconds.is_empty());
    let last = seconds.map(options::watch).transpose().map_err(usage)?;
    let items = [first, run.options.clone(), last.into_iter().collect()].concat();
    start(&run.command, &items, run.watch.is_some())
}

/// Bare `forkproof PROGRAM`.
pub fn program(command: &[OsString]) -> Result<u8, Trouble> {
    start(command, &[], false).map_err(|trouble| match trouble.status {
        status::NOT_FOUND => {
            let sentence =
                trouble.sentence + "; forkproof's own commands are run, inspect, report and explain";
            Trouble { sentence, ..trouble }
        }
        _ => trouble,
    })
}

fn start(command: &[OsString], items: &[options::Item], watched: bool) -> Result<u8, Trouble> {
    let usage = |sentence: String| Trouble::new(status::USAGE, sentence);
    let name = command.first().ok_or_else(|| usage("no program was named".to_owned()))?;
    let options = options::compose(env::var_os(OPTIONS).as_deref(), items).map_err(usage)?;
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
    log::debug!("{PRELOAD}={}", harmless::path(Path::new(&list.value)));
    log::debug!(
        "{OPTIONS}={}",
        options.as_deref().map(|text| harmless::path(Path::new(text))).unwrap_or_default()
    );
    let mut environment = env::vars_os().collect();
    set(&mut environment, PRELOAD, list.value);
    if let Some(options) = options {
        set(&mut environment, OPTIONS, options);
    }
    let become_program = || {
        let error = exec::replace(&path, command, &environment);
        Trouble::new(status::CANNOT_RUN, format!("cannot run {}: {error}", harmless::path(&path)))
    };
    if !watched || disabled {
        return Err(become_program());
    }
    let text = environment.iter().find(|(name, _)| name == OPTIONS).map(|(_, value)| value.clone());
    let slugs = catalog::ALL.each_ref().map(|entry| entry.slug);
    // The library says what it cannot take, in the program.
    let text = text.unwrap_or_default();
    let settings = Settings::parse(text.as_bytes(), &slugs, |_| {});
    if !waits::is_wanted(&settings) {
        log::warn!("lost-wait=off is set: there is nothing to watch for");
        return Err(become_program());
    }
    waits::run(&settings, become_program)
}

const PRELOAD: &str = "LD_PRELOAD";
const OPTIONS: &str = "FORKPROOF_OPTIONS";

fn set(environment: &mut Vec<(OsString, OsString)>, name: &str, value: OsString) {
    environment.retain(|(other, _)| other != OsStr::new(name));
    environment.push((name.into(), value));
}
