//! What an ELF file imports, exports and carries along: its symbols, versions and sections.
//!
//! The loader needs none of this from the sections, so a stripped or damaged table is no error here: what could not be
//! read is not in the lists.

use super::elf::{self, Facts};
use object::elf as format;
use object::read::elf::{FileHeader, SectionHeader, SectionTable, Sym};
use object::read::{ReadCache, ReadCacheOps, ReadRef};
use object::{Endianness, FileKind};
use std::collections::BTreeSet;
use std::fmt::Write;

/// A name that another file has to have, and in which version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The library's name, as in `DT_NEEDED`.
    pub library: Vec<u8>,
    pub name: Vec<u8>,
}

/// One file.
#[derive(Debug)]
pub struct Image {
    pub facts: Facts,
    /// Functions and variables that others must define.
    pub imports: BTreeSet<Vec<u8>>,
    /// Functions that others may use.
    pub exports: BTreeSet<Vec<u8>>,
    /// Functions in it that somebody asked about (see [`image`]), exported or not. Empty when it is stripped.
    pub known: BTreeSet<Vec<u8>>,
    pub requires: BTreeSet<Version>,
    /// The versions it defines, as `GLIBC_2.34`.
    pub versions: BTreeSet<Vec<u8>>,
    pub sections: BTreeSet<Vec<u8>>,
    /// In hexadecimal.
    pub build_id: Option<String>,
    /// Where its instructions are: offset and length of each executable section.
    pub code: Vec<(u64, u64)>,
}

impl Image {
    pub fn imports(&self, name: &str) -> bool {
        self.imports.contains(name.as_bytes())
    }

    pub fn has_section(&self, name: &str) -> bool {
        self.sections.contains(name.as_bytes())
    }
}

/// Reads it. Of the functions that are not exported, those are kept that `wanted` takes.
pub fn image<R: ReadCacheOps>(file: &ReadCache<R>, wanted: impl Fn(&[u8]) -> bool) -> Result<Image, String> {
    let facts = elf::facts(file)?;
    let mut image = Image {
        facts,
        imports: BTreeSet::new(),
        exports: BTreeSet::new(),
        known: BTreeSet::new(),
        requires: BTreeSet::new(),
        versions: BTreeSet::new(),
        sections: BTreeSet::new(),
        build_id: None,
        code: Vec::new(),
    };
    let read = match FileKind::parse(file) {
        Ok(FileKind::Elf32) => read::<format::FileHeader32<Endianness>, _>(file, &mut image, wanted),
        _ => read::<format::FileHeader64<Endianness>, _>(file, &mut image, wanted),
    };
    if let Err(error) = read {
        log::debug!("no section table: {error}");
    }
    Ok(image)
}

fn read<H, R>(
    file: &ReadCache<R>,
    image: &mut Image,
    wanted: impl Fn(&[u8]) -> bool,
) -> object::read::Result<()>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadCacheOps,
{
    let header = H::parse(file)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, file)?;
    for section in sections.iter() {
        if let Ok(name) = sections.section_name(endian, section) {
            image.sections.insert(name.to_vec());
        }
        let executable = section.sh_flags(endian).0 & EXECUTABLE != 0;
        if let (true, Some(place)) = (executable, section.file_range(endian)) {
            image.code.push(place);
        }
        image.build_id = image.build_id.take().or_else(|| build_id::<H, R>(endian, file, section));
    }
    if let Ok(symbols) = sections.symbols(endian, file, format::SHT_DYNSYM) {
        for symbol in symbols.iter() {
            let Ok(name) = symbols.symbol_name(endian, symbol) else { continue };
            if symbol.is_undefined(endian) {
                image.imports.insert(name.to_vec());
            } else if is_function(symbol.st_type()) {
                image.exports.insert(name.to_vec());
            }
        }
    }
    if let Ok(symbols) = sections.symbols(endian, file, format::SHT_SYMTAB) {
        for symbol in symbols.iter().filter(|symbol| !symbol.is_undefined(endian)) {
            let name = symbols.symbol_name(endian, symbol).unwrap_or_default();
            if is_function(symbol.st_type()) && wanted(name) {
                image.known.insert(name.to_vec());
            }
        }
    }
    image.known.extend(image.exports.iter().filter(|name| wanted(name)).cloned());
    versions::<H, R>(endian, file, &sections, image);
    Ok(())
}

/// `SHF_EXECINSTR` (elf(5)).
const EXECUTABLE: u64 = 4;

fn is_function(kind: format::SymbolType) -> bool {
    kind == format::STT_FUNC || kind == format::STT_GNU_IFUNC
}

fn build_id<H, R>(endian: Endianness, file: &ReadCache<R>, section: &H::SectionHeader) -> Option<String>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadCacheOps,
{
    let mut notes = section.notes(endian, file).ok()??;
    let note = notes.find_map(|note| {
        note.ok().filter(|note| note.name() == b"GNU" && note.n_type(endian) == format::NT_GNU_BUILD_ID)
    })?;
    let mut text = String::new();
    for byte in note.desc() {
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

fn versions<'data, H, R>(
    endian: Endianness,
    file: &'data ReadCache<R>,
    sections: &SectionTable<'data, H, &'data ReadCache<R>>,
    image: &mut Image,
) where
    H: FileHeader<Endian = Endianness>,
    R: ReadCacheOps,
    &'data ReadCache<R>: ReadRef<'data>,
{
    if let Ok(Some((libraries, link))) = sections.gnu_verneed(endian, file)
        && let Ok(strings) = sections.strings(endian, file, link)
    {
        for (library, names) in libraries.flatten() {
            let Ok(library) = library.file(endian, strings) else { continue };
            for name in names.flatten().filter_map(|name| name.name(endian, strings).ok()) {
                image.requires.insert(Version { library: library.to_vec(), name: name.to_vec() });
            }
        }
    }
    if let Ok(Some((versions, link))) = sections.gnu_verdef(endian, file)
        && let Ok(strings) = sections.strings(endian, file, link)
    {
        for (_, mut names) in versions.flatten() {
            // The first is the version, the others are those it comes after.
            if let Ok(Some(name)) = names.next()
                && let Ok(name) = name.name(endian, strings)
            {
                image.versions.insert(name.to_vec());
            }
        }
    }
}
