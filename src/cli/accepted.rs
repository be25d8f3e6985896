//! The findings that a user has seen and accepts: files of suppressions, asked about groups.
//!
//! The library asks the same files while the program runs, and knows modules, Python's functions and files. The command
//! knows C's functions and files too, because it has symbols.

use super::history::Group;
use super::{Trouble, complain, harmless, status};
use crate::catalog;
use crate::suppressions::{LARGEST, Suppressions, module_of};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Files of suppressions, and which of their lines silenced something.
#[derive(Debug, Default)]
pub struct Accepted {
    files: Vec<(String, Vec<u8>)>,
    used: BTreeSet<(usize, usize)>,
}

impl Accepted {
    /// Reads the files. A line that says nothing is named on standard error.
    pub fn read(files: &[PathBuf]) -> Result<Self, Trouble> {
        let mut accepted = Self::default();
        for file in files {
            let name = harmless::path(file);
            let mut text = Vec::new();
            let limit = LARGEST as u64 + 1;
            let read = File::open(file).and_then(|file| file.take(limit).read_to_end(&mut text));
            read.map_err(|error| Trouble::new(status::TROUBLE, format!("suppressions {name}: {error}")))?;
            if text.len() > LARGEST {
                let sentence = format!("suppressions {name}: larger than {LARGEST} bytes");
                return Err(Trouble::new(status::TROUBLE, sentence));
            }
            Suppressions::parse(&text, &catalog::SLUGS, |complaint| {
                complain(&format!("{name}: {complaint}"));
            });
            accepted.files.push((name, text));
        }
        Ok(accepted)
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether a line silences the findings of this group. Each that would counts as used: which stands first is chance.
    pub fn silences(&mut self, group: &Group) -> bool {
        let texts = texts(group);
        let mut silenced = false;
        for (place, (_, text)) in self.files.iter().enumerate() {
            for line in Suppressions::parse(text, &catalog::SLUGS, |_| {}).lines() {
                let alone = Suppressions::parse(line.text, &catalog::SLUGS, |_| {});
                if alone.matches(&group.first.slug, texts.iter().map(String::as_bytes)).is_some() {
                    self.used.insert((place, line.line));
                    silenced = true;
                }
            }
        }
        silenced
    }

    /// `FILE:NUMBER: line` for each that silenced nothing, fit for a terminal.
    pub fn unused(&self) -> Vec<String> {
        let mut unused = Vec::new();
        for (place, (name, text)) in self.files.iter().enumerate() {
            let file = Suppressions::parse(text, &catalog::SLUGS, |_| {});
            for line in file.lines().filter(|line| !self.used.contains(&(place, line.line))) {
                unused.push(format!("{name}:{}: {}", line.line, harmless::bytes(line.text)));
            }
        }
        unused
    }
}

/// Everything about the findings of a group that a pattern may match.
fn texts(group: &Group) -> Vec<String> {
    let first = &group.first;
    let mut texts = vec![first.call.clone(), first.comm.clone(), first.holder_name.clone()];
    for place in [&first.made_at, &first.forked_at, &first.lock, &first.holder_at] {
        texts.push(String::from_utf8_lossy(module_of(place.as_bytes())).into_owned());
    }
    // A function of the resolver's, where it is no place in a module.
    texts.push(first.holder_at.clone());
    for stack in [&group.used, &group.made, &group.forked, &group.holder].into_iter().flatten() {
        for frame in &stack.frames {
            texts.push(frame.module.clone());
        }
        let lines = stack.python.iter().chain(stack.frames.iter().flat_map(|frame| &frame.lines));
        for line in lines {
            let function = line.function.rsplit_once("+0x").map_or(&*line.function, |(name, _)| name);
            texts.extend([function.to_owned(), line.file.clone()]);
        }
    }
    texts.sort_unstable();
    texts.dedup();
    texts
}
