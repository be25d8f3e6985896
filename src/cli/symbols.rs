//! Return addresses made places in source.

use super::history::History;
use super::stack::Stack;
use clap::Args;
use std::path::PathBuf;

/// Where symbols come from.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Show modules and offsets only (also: `FORKPROOF_SYMBOLS=off`)
    #[arg(long)]
    pub no_symbols: bool,

    /// Look for debug information below this folder too (also: `FORKPROOF_DEBUG_PATH`, folders parted by `:`)
    #[arg(long, value_name = "DIR")]
    pub debug_dir: Vec<PathBuf>,
}

/// Modules that were opened, and what could not be.
#[derive(Debug, Default)]
pub struct Symbols {
    troubles: Vec<String>,
}

impl Symbols {
    /// Opens nothing yet.
    pub fn new(_options: &Options) -> Self {
        Self::default()
    }

    /// Fills the lines of every stack of every group.
    pub fn history(&mut self, history: &mut History) {
        for group in &mut history.groups {
            let stacks = [&mut group.made, &mut group.forked, &mut group.used, &mut group.holder];
            stacks.into_iter().flatten().for_each(|stack| self.stack(stack));
        }
    }

    /// Fills the lines of one stack.
    pub fn stack(&mut self, _stack: &mut Stack) {}

    /// One sentence for each module that could not be looked into as it was, fit for a terminal.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }
}
