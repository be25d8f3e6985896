//! Return addresses made places in source.
//!
//! A log may come from another day or another machine, so a file speaks for a module only if it has the build id that
//! the log names. Nothing is asked of the network: debuginfod is not.

mod files;
mod perf;

use super::harmless;
use super::history::{Group, History};
use super::stack::{Frame, Line, Stack};
use addr2line::Loader;
use clap::Args;
use files::{Fault, Files};
use perf::Map;
use std::collections::HashMap;
use std::env;
use std::fmt;
use std::path::PathBuf;

/// Modules that are kept open at a time: each is a file mapped, and its line tables.
const OPEN_MAX: usize = 256;

/// Where symbols come from.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Show modules and offsets only (also: `FORKPROOF_SYMBOLS=off`)
    #[arg(long)]
    pub no_symbols: bool,

    /// Look for programs and debug information below this folder too (also: `FORKPROOF_DEBUG_PATH`, parted by `:`)
    #[arg(long, value_name = "DIR")]
    pub debug_dir: Vec<PathBuf>,
}

/// Modules that were opened, and what could not be.
#[derive(Default)]
pub struct Symbols {
    off: bool,
    files: Files,
    modules: HashMap<(String, String), Option<Module>>,
    maps: HashMap<u32, Map>,
    troubles: Vec<String>,
}

impl fmt::Debug for Symbols {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Symbols").field("modules", &self.modules.len()).finish_non_exhaustive()
    }
}

/// What speaks for a module: its debug information, and its own table of symbols where that is another file.
struct Module {
    lines: Loader,
    names: Option<Loader>,
}

impl Symbols {
    /// Opens nothing yet.
    pub fn new(options: &Options) -> Self {
        let mut folders = options.debug_dir.clone();
        if let Some(more) = env::var_os("FORKPROOF_DEBUG_PATH") {
            folders.extend(env::split_paths(&more).filter(|folder| !folder.as_os_str().is_empty()));
        }
        let off = options.no_symbols || env::var_os("FORKPROOF_SYMBOLS").is_some_and(|word| word == "off");
        Self { off, files: Files::new(folders), ..Self::default() }
    }

    /// Fills the lines of every stack of every group.
    pub fn history(&mut self, history: &mut History) {
        history.groups.iter_mut().for_each(|group| self.group(group));
    }

    /// Fills the lines of every stack of one group.
    pub fn group(&mut self, group: &mut Group) {
        let pid = group.first.pid;
        let stacks = [&mut group.made, &mut group.forked, &mut group.used, &mut group.holder];
        stacks.into_iter().flatten().for_each(|stack| self.stack(stack, pid));
    }

    /// Fills the lines of one stack of the process `pid`.
    pub fn stack(&mut self, stack: &mut Stack, pid: u32) {
        if self.off {
            return;
        }
        for frame in &mut stack.frames {
            if frame.lines.is_empty() {
                frame.lines =
                    if frame.module.is_empty() { self.mapped(frame, pid) } else { self.lines(frame) };
            }
        }
    }

    /// One sentence for each module that could not be looked into as it was, fit for a terminal.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    fn lines(&mut self, frame: &Frame) -> Vec<Line> {
        // The call itself: the address it returns to may be on the next line, or in the next function.
        let Some(address) = frame.offset.checked_sub(1) else { return Vec::new() };
        let key = (frame.path.clone(), frame.build_id.clone());
        if !self.modules.contains_key(&key) {
            if self.modules.len() >= OPEN_MAX {
                self.modules.clear();
            }
            let module = match self.files.open(&frame.path, &frame.build_id) {
                Ok((lines, names)) => Some(Module { lines, names }),
                Err(fault) => {
                    self.say(frame, &fault);
                    None
                }
            };
            self.modules.insert(key.clone(), module);
        }
        let module = self.modules.get(&key).and_then(Option::as_ref);
        module.map_or_else(Vec::new, |module| module.lines(address))
    }

    fn mapped(&mut self, frame: &Frame, pid: u32) -> Vec<Line> {
        if self.maps.len() >= OPEN_MAX {
            self.maps.clear();
        }
        let map = self.maps.entry(pid).or_insert_with(|| Map::read(pid));
        let function = frame.offset.checked_sub(1).and_then(|address| map.function(address));
        function.map(|function| Line { function, ..Line::default() }).into_iter().collect()
    }

    fn say(&mut self, frame: &Frame, fault: &Fault) {
        let module = harmless::text(&frame.module);
        let sentence = match fault {
            // The kernel's own module has no file.
            Fault::NoPath => return,
            Fault::Changed(file) => format!("{module}: changed since the run, {file} has another build id"),
            Fault::Missing(file) => {
                format!("{module}: {file} is not here; --debug-dir names a folder that has it")
            }
            Fault::Unreadable(file, why) => format!("{module}: {file}: {why}"),
        };
        if self.troubles.len() < OPEN_MAX && !self.troubles.contains(&sentence) {
            self.troubles.push(sentence);
        }
    }
}

impl Module {
    fn lines(&self, address: u64) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Ok(mut frames) = self.lines.find_frames(address) {
            while let Ok(Some(frame)) = frames.next() {
                let function = frame.function.as_ref().and_then(|name| name.demangle().ok());
                let place = frame.location.as_ref();
                lines.push(Line {
                    function: function.map(|name| plain(&name)).unwrap_or_default(),
                    file: place.and_then(|place| place.file).unwrap_or_default().to_owned(),
                    line: place.and_then(|place| place.line).unwrap_or_default(),
                });
            }
        }
        // Assembly has lines and no functions; a stripped library has functions and no lines.
        if lines.last().is_none_or(|outermost| outermost.function.is_empty()) {
            let symbol = |loader: &Loader| {
                let symbol = loader.find_symbol_info(address)?;
                let name = addr2line::demangle_auto(symbol.name().into(), None);
                Some(format!("{}+0x{:x}", plain(&name), (address + 1).saturating_sub(symbol.address())))
            };
            if let Some(function) = symbol(&self.lines).or_else(|| self.names.as_ref().and_then(symbol)) {
                match lines.last_mut() {
                    Some(outermost) => outermost.function = function,
                    None => lines.push(Line { function, ..Line::default() }),
                }
            }
        }
        lines
    }
}

/// A Rust name without the hash that its mangling ends with.
fn plain(name: &str) -> String {
    let hash = name
        .rsplit_once("::h")
        .filter(|(_, hash)| hash.len() == 16 && hash.bytes().all(|letter| letter.is_ascii_hexdigit()));
    hash.map_or(name, |(name, _)| name).to_owned()
}
