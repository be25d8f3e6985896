//! What a package ships besides the command: man pages and completions, made from the same definitions as `--help`,
//! the options and the catalogue, so that they cannot say anything else.

mod roff;

use super::{Trouble, exec, render, status};
use crate::catalog;
use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  eval \"$(forkproof completions bash)\"              in ~/.bashrc
  forkproof completions zsh > ~/.zfunc/_forkproof    a directory of $fpath
  forkproof completions fish > ~/.config/fish/completions/forkproof.fish

An installed package has put them where the shells look.

Exit status: 0, 2 usage.";

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    shell: Wanted,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Wanted {
    Bash,
    Zsh,
    Fish,
}

impl Wanted {
    const ALL: [Self; 3] = [Self::Bash, Self::Zsh, Self::Fish];

    const fn shell(self) -> Shell {
        match self {
            Self::Bash => Shell::Bash,
            Self::Zsh => Shell::Zsh,
            Self::Fish => Shell::Fish,
        }
    }

    /// Where a prefix keeps it.
    const fn file(self) -> &'static str {
        match self {
            Self::Bash => "bash-completion/completions/forkproof",
            Self::Zsh => "zsh/site-functions/_forkproof",
            Self::Fish => "fish/vendor_completions.d/forkproof.fish",
        }
    }
}

/// Write man pages and completions below DIR, as /usr/share has them (for packages)
#[derive(Debug, Args)]
pub struct Pages {
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// `forkproof completions`.
pub fn completions(wanted: &Completions, definition: Command) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    render::print(&completion(wanted.shell, definition)).map(|()| status::OK)
}

fn completion(wanted: Wanted, mut definition: Command) -> String {
    let mut text = Vec::new();
    clap_complete::generate(wanted.shell(), &mut definition, "forkproof", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// `forkproof pages`.
pub fn pages(wanted: &Pages, definition: &Command) -> Result<u8, Trouble> {
    let write = || -> io::Result<()> {
        for shell in Wanted::ALL {
            put(&wanted.folder.join(shell.file()), completion(shell, definition.clone()).as_bytes())?;
        }
        let man = wanted.folder.join("man");
        commands(&man.join("man1"), definition)?;
        put(&man.join("man5/forkproof-options.5"), options().as_bytes())?;
        put(&man.join("man7/forkproof-hazards.7"), hazards().as_bytes())
    };
    let folder = super::harmless::path(&wanted.folder);
    write().map(|()| status::OK).map_err(|error| {
        Trouble::new(status::TROUBLE, format!("cannot write the pages into {folder}: {error}"))
    })
}

fn put(file: &Path, text: &[u8]) -> io::Result<()> {
    fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    fs::write(file, text)
}

/// forkproof(1), and a page for each of its commands that people type.
fn commands(folder: &Path, definition: &Command) -> io::Result<()> {
    let mut definition = definition.clone().disable_help_subcommand(true);
    definition.build();
    let shown = definition.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    for command in shown.chain([definition.clone()]) {
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let man = clap_mangen::Man::new(command.after_help("").after_long_help(""));
        let mut text = Vec::new();
        man.render(&mut text)?;
        // What is left of the section of which `examples` writes its own.
        let text = String::from_utf8_lossy(&text).replace(".SH EXTRA\n", "") + &roff::examples(&examples);
        put(&folder.join(man.get_filename()), text.as_bytes())?;
    }
    Ok(())
}

/// forkproof-options(5).
fn options() -> String {
    let page = include_str!("../../docs/options.md");
    roff::page("forkproof-options", 5, "options of forkproof, as in FORKPROOF_OPTIONS", page)
}

/// forkproof-hazards(7).
fn hazards() -> String {
    let text = catalog::ALL.iter().map(|entry| entry.text).collect::<Vec<_>>().join("\n");
    roff::page("forkproof-hazards", 7, "what forkproof finds, why it happens, and the cure", &text)
}

#[cfg(test)]
mod tests {
    use super::super::Arguments;
    use clap::{Command, CommandFactory, Parser};

    /// Of each command, and of the bare form.
    fn all() -> Vec<Command> {
        let mut whole = Arguments::command();
        whole.build();
        let each = whole.get_subcommands().cloned().collect::<Vec<_>>();
        [each, vec![whole]].concat()
    }

    #[test]
    fn no_help_is_wider_than_a_terminal() {
        for mut command in all() {
            for text in [command.render_help(), command.render_long_help()] {
                let text = text.to_string();
                let wide = text.lines().filter(|line| line.chars().count() > 80).collect::<Vec<_>>();
                assert!(wide.is_empty(), "{}: {wide:#?}", command.get_name());
            }
        }
    }

    /// The words of an example: up to the explanation, a pipe or a redirection.
    fn words(line: &str) -> Vec<&str> {
        let line = line.trim_start().trim_start_matches("eval \"$(").split("  ").next().unwrap();
        let words = line.split(' ').take_while(|word| !word.starts_with(['|', '>', '<']));
        words.map(|word| word.trim_end_matches(")\"")).collect()
    }

    #[test]
    fn what_the_examples_say_is_taken() {
        for command in all() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines = help.lines().filter(|line| line.starts_with("  ") && line.contains("forkproof "));
            let mut some = 0;
            for line in lines {
                // What the shell puts in the place of $(...) is a number there.
                let words = words(&line.replace("$(pgrep -n gunicorn)", "4711"))
                    .into_iter()
                    .map(str::to_owned)
                    .collect::<Vec<_>>();
                assert!(words.first().is_some_and(|word| word == "forkproof"), "{line}");
                let taken = Arguments::try_parse_from(&words);
                assert!(taken.is_ok(), "{line}: {}", taken.unwrap_err());
                some += 1;
            }
            let has_none = ["pages", "help"].contains(&command.get_name());
            assert!(some > 0 || has_none, "{} has no examples", command.get_name());
        }
    }
}
