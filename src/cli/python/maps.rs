//! The files a process has mapped, and where in its memory their symbols are.
//!
//! A file that was replaced while the process runs is not the one it runs: its symbols would mislead.

use crate::cli::harmless;
use object::read::elf::{ElfFile64, ProgramHeader};
use object::read::{Object, ObjectSection, ObjectSymbol, ReadCache};
use object::{Endianness, elf};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Largest page of the machines we know: a mapping may begin up to a page before its segment (mmap(2)).
const PAGE_MAX: u64 = 1 << 16;

/// The maps of a process, as the kernel writes them.
pub struct Maps {
    pid: u32,
    text: Vec<u8>,
}

/// The first mapping of a file: one line of `/proc/PID/maps`.
pub struct Mapping<'a> {
    pid: u32,
    start: u64,
    end: u64,
    offset: u64,
    inode: u64,
    pub path: &'a Path,
}

impl Maps {
    pub fn of(pid: u32) -> Result<Self, String> {
        let text = fs::read(format!("/proc/{pid}/maps")).map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => {
                format!("process {pid} may not be looked into: it is another user's")
            }
            _ => format!("process {pid} has ended"),
        })?;
        Ok(Self { pid, text })
    }

    /// Every file, once.
    pub fn files(&self) -> impl Iterator<Item = Mapping<'_>> {
        let mut seen: Vec<&Path> = Vec::new();
        let mappings = self.text.split(|&byte| byte == b'\n').filter_map(|line| mapping(self.pid, line));
        mappings.filter(move |mapping| {
            let first = mapping.path.is_absolute() && !seen.contains(&mapping.path);
            if first {
                seen.push(mapping.path);
            }
            first
        })
    }
}

/// `start-end permissions offset device inode path`; the path is the rest, blanks and all.
fn mapping(pid: u32, line: &[u8]) -> Option<Mapping<'_>> {
    let mut rest = line;
    let mut word = || {
        let end = rest.iter().position(|&byte| byte == b' ')?;
        let (word, behind) = rest.split_at(end);
        rest = behind.trim_ascii_start();
        str::from_utf8(word).ok()
    };
    let (start, end) = word()?.split_once('-')?;
    let (_, offset, _, inode) = (word()?, word()?, word()?, word()?);
    let hexadecimal = |digits| u64::from_str_radix(digits, 16).ok();
    Some(Mapping {
        pid,
        start: hexadecimal(start)?,
        end: hexadecimal(end)?,
        offset: hexadecimal(offset)?,
        inode: inode.parse().ok()?,
        path: Path::new(OsStr::from_bytes(rest)),
    })
}

impl Mapping<'_> {
    /// The file's name, without its directories.
    pub fn name(&self) -> &[u8] {
        self.path.file_name().map_or(&b""[..], OsStr::as_bytes)
    }

    /// Where in the process the symbols of these names are; a name that begins with a dot is a section's.
    pub fn addresses<const COUNT: usize>(
        &self,
        names: [&str; COUNT],
    ) -> Result<[Option<u64>; COUNT], String> {
        self.open().and_then(|file| self.symbols(file, names)).map_err(|error| {
            format!("{} of process {} cannot be read: {error}", harmless::path(self.path), self.pid)
        })
    }

    /// The mapped file itself where the kernel gives it to us (proc(5): `map_files` is for root, `exe` is only the
    /// program); else what has its name now, seen from the process's root. Only the file that is mapped will do.
    fn open(&self) -> Result<File, String> {
        let process = PathBuf::from(format!("/proc/{}", self.pid));
        let mut named = process.join("root");
        named.extend(self.path.components().skip(1));
        let mapped = process.join(format!("map_files/{:x}-{:x}", self.start, self.end));
        let mut trouble = "it was replaced since the process began".to_owned();
        for path in [mapped, process.join("exe"), named] {
            // A name that now leads to a FIFO must not hold us up.
            let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path);
            match file.and_then(|file| Ok((file.metadata()?.ino(), file))) {
                Ok((inode, file)) if inode == self.inode => return Ok(file),
                Ok(_) => {}
                Err(error) => trouble = error.to_string(),
            }
        }
        Err(trouble)
    }

    fn symbols<const COUNT: usize>(
        &self,
        file: File,
        names: [&str; COUNT],
    ) -> Result<[Option<u64>; COUNT], String> {
        let cache = ReadCache::new(file);
        let file = ElfFile64::<Endianness, _>::parse(&cache).map_err(|error| error.to_string())?;
        let endian = file.endian();
        let native = if cfg!(target_endian = "little") { Endianness::Little } else { Endianness::Big };
        if endian != native {
            return Err("it is for another machine".to_owned());
        }
        // From an address as it was linked to the one it was loaded at.
        let segments =
            file.elf_program_headers().iter().filter(|header| header.p_type(endian) == elf::PT_LOAD);
        let bias = segments.into_iter().find_map(|segment| {
            let (offset, length) = (segment.p_offset(endian), segment.p_filesz(endian));
            let begins =
                offset < self.offset.saturating_add(PAGE_MAX) && self.offset < offset.saturating_add(length);
            let moved = self.start.wrapping_sub(self.offset).wrapping_add(offset);
            begins.then(|| moved.wrapping_sub(segment.p_vaddr(endian)))
        });
        let Some(bias) = bias else { return Err("it is not mapped as its headers say".to_owned()) };
        let linked = |name: &str| {
            if name.starts_with('.') {
                return file.section_by_name(name).map(|section| section.address());
            }
            let mut all = file.dynamic_symbols().chain(file.symbols());
            all.find(|symbol| !symbol.is_undefined() && symbol.name() == Ok(name))
                .map(|symbol| symbol.address())
        };
        Ok(names.map(|name| linked(name).map(|address| bias.wrapping_add(address))))
    }
}
