//! `forkproof env`: the lines that bring the library into programs that somebody else starts.

mod docker;
mod kubernetes;
mod shell;
mod systemd;

use super::{Trouble, exec, harmless, library, options, render, status};
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  eval \"$(forkproof env --shell)\"          this sh, bash or zsh, what it starts
  forkproof env --shell=fish | source      this fish
  forkproof env --systemd -o log_path=/var/log/app/fork.%p.log > forkproof.conf
  forkproof env --docker                   lines for the end of a Dockerfile
  forkproof env --k8s > patch.yaml         a patch for a Deployment

The lines name the library beside this command, and go before what LD_PRELOAD has, where the place allows that. \
Programs that are privileged, static or for musl do not get it: `forkproof doctor PROGRAM` tells. \
`forkproof run -- env ...` runs env(1).

Exit status: 0, 2 usage, 125 trouble of forkproof's own.";

/// Print the lines that bring the library in: for a shell, systemd, Docker, Kubernetes
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("place").required(true).args(["shell", "systemd", "docker", "k8s"]))]
pub struct Env {
    /// For a shell to evaluate
    #[arg(long, value_name = "SHELL", num_args = 0..=1, require_equals = true, default_missing_value = "sh")]
    #[arg(value_parser = PossibleValuesParser::new(["sh", "bash", "zsh", "fish"]))]
    shell: Option<String>,

    /// A drop-in for a service (systemd.exec(5))
    #[arg(long)]
    systemd: bool,

    /// Lines for a Dockerfile
    #[arg(long)]
    docker: bool,

    /// A patch for a workload, with an init container
    #[arg(long, alias = "kubernetes")]
    k8s: bool,

    /// Set one option; may be repeated, later ones win (`forkproof run --help` lists the keys)
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    #[arg(value_parser = OsStringValueParser::new().try_map(|given| options::item(&given)))]
    options: Vec<options::Item>,
}

/// What the lines say.
struct Lines {
    /// The library's real path.
    library: String,
    /// The value of `FORKPROOF_OPTIONS`, if there are any.
    options: Option<String>,
}

/// `forkproof env`.
pub fn env(env: &Env) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    let usage = |sentence: String| Trouble::new(status::USAGE, sentence);
    let options = options::compose(None, &env.options).map_err(usage)?;
    let library = library::find()?.path;
    let library = std::path::absolute(&library).unwrap_or(library);
    if env.systemd && !is_for_all(&library) {
        log::warn!(
            "{} is not readable by everybody: a service with User= does not get it; install it, as with make install",
            harmless::path(&library)
        );
    }
    let lines = Lines {
        library: plain(&library)?,
        options: options.as_ref().map(|text| plain(Path::new(text))).transpose()?,
    };
    let text = match env.shell.as_deref() {
        Some("fish") => shell::fish(&lines),
        Some(_) => shell::sh(&lines),
        None if env.systemd => systemd::drop_in(&lines),
        None if env.docker => docker::lines(&lines),
        None => kubernetes::patch(&lines),
    };
    render::print(&text).map(|()| status::OK)
}

/// May every user load it? A service may run as any.
fn is_for_all(library: &Path) -> bool {
    let has = |path: &Path, bit| fs::metadata(path).is_ok_and(|found| found.mode() & bit != 0);
    has(library, 0o004) && library.ancestors().skip(1).all(|folder| has(folder, 0o001))
}

/// What goes into a file of text has to be text, on one line.
fn plain(value: &Path) -> Result<String, Trouble> {
    match value.to_str() {
        Some(text) if !text.chars().any(harmless::steers) => Ok(text.to_owned()),
        _ => {
            let sentence = format!(
                "{} holds what no configuration file can: control characters, or no UTF-8",
                harmless::path(value)
            );
            Err(Trouble::new(status::USAGE, sentence))
        }
    }
}
