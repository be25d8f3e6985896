//! Another process's memory: what its waits point to, and the library's own words in it.

use super::proc::{self, Mapping};
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use object::read::ReadCache;
use object::{Object, ObjectSection};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::IoSliceMut;
use std::path::PathBuf;

/// The name of the library's file.
pub const LIBRARY: &str = "libforkproof.so";
const SECTION: &str = ".note.forkproof";
/// Where the note's own words begin, behind its three sizes and its padded name (elf(5)).
const WORDS: usize = 24;

/// `length` bytes at `address`, or nothing.
pub fn read(pid: u32, address: u64, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    let remote = RemoteIoVec { base: usize::try_from(address).ok()?, len: length };
    let pid = Pid::from_raw(i32::try_from(pid).ok()?);
    let got = process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &[remote]).ok()?;
    (got == length).then_some(bytes)
}

pub fn word(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(place..place + 4)?.try_into().ok()?))
}

/// A 64-bit word.
pub fn long(bytes: &[u8], place: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(place..place + 8)?.try_into().ok()?))
}

/// What the library knows in one process, and nothing in `/proc` tells.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a word of the page")]
pub struct Words {
    /// The process was made by a fork, and has not run another program since.
    pub copy: bool,
    /// A timer of setitimer(2) or alarm(2) may be running.
    pub timed: bool,
    /// It has passed descriptors to others (unix(7), `SCM_RIGHTS`).
    pub passed: bool,
    /// It has spoken of a lost wait itself.
    pub said: bool,
}

/// Where the page is, relative to where a file is mapped, and where in it the words are.
#[derive(Clone, Copy)]
struct Note {
    page: u64,
    words: [u32; 4],
}

/// The notes of the libraries seen so far, by file: a run has one.
#[derive(Default)]
pub struct Notes(HashMap<PathBuf, Note>);

impl Notes {
    /// The words of the library in `pid`; nothing where there is none, or an older one.
    pub fn words(&mut self, pid: u32, mappings: &[Mapping]) -> Option<Words> {
        let first = mappings.iter().find(|mapping| mapping.offset == 0 && mapping.file_name() == LIBRARY)?;
        let file = proc::file_of(pid, first);
        // Only what was found is kept: a process that ends meanwhile takes its view of the file with it.
        let note = match self.0.entry(PathBuf::from(&first.path)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => *unknown.insert(note(&file)?),
        };
        let set = |place: u32| {
            let bytes = read(pid, first.start.wrapping_add(note.page) + u64::from(place), 4)?;
            word(&bytes, 0).map(|word| word != 0)
        };
        let [original, timed, passed, found] = note.words;
        Some(Words { copy: !set(original)?, timed: set(timed)?, passed: set(passed)?, said: set(found)? })
    }
}

/// The library's note (`src/ident/note.rs` writes it). Its file is read and not the process: sections are not mapped.
fn note(file: &PathBuf) -> Option<Note> {
    let cache = ReadCache::new(File::open(file).ok()?);
    let object = object::File::parse(&cache).ok()?;
    let section = object.section_by_name(SECTION)?;
    let bytes = section.data().ok()?;
    let page = long(bytes, WORDS)?.wrapping_add(section.address()).wrapping_add(WORDS as u64);
    let place = |nth: usize| word(bytes, WORDS + 8 + 4 * nth);
    Some(Note { page, words: [place(0)?, place(1)?, place(2)?, place(3)?] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_or_it_is_not() {
        let here = 0x1234_5678_u32;
        let address = std::ptr::from_ref(&here) as u64;
        let own = std::process::id();
        assert_eq!(word(&read(own, address, 4).unwrap(), 0), Some(here));
        assert!(read(own, 8, 4).is_none());
        assert!(read(u32::MAX, address, 4).is_none());
    }

    #[test]
    fn a_file_that_is_no_library_has_no_note() {
        assert!(note(&PathBuf::from("/proc/self/exe")).is_none());
        assert!(note(&PathBuf::from("/proc/self/stat")).is_none());
    }
}
