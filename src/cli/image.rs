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
    for (symbol, name) in symbols(endian, file, &sections, format::SHT_DYNSYM) {
        if symbol.is_undefined(endian) {
            image.imports.insert(name.to_vec());
        } else if is_function(symbol.st_type()) {
            image.exports.insert(name.to_vec());
        }
    }
    for (symbol, name) in symbols(endian, file, &sections, format::SHT_SYMTAB) {
        if !symbol.is_undefined(endian) && is_function(symbol.st_type()) && wanted(name) {
            image.known.insert(name.to_vec());
        }
    }
    image.known.extend(image.exports.iter().filter(|name| wanted(name)).cloned());
    versions::<H, R>(endian, file, &sections, image);
    Ok(())
}

/// A table's symbols with their names. The names are read in one piece: there may be millions.
fn symbols<'data, H, R>(
    endian: Endianness,
    file: &'data ReadCache<R>,
    sections: &SectionTable<'data, H, &'data ReadCache<R>>,
    kind: format::SectionType,
) -> impl Iterator<Item = (&'data H::Sym, &'data [u8])>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadCacheOps,
{
    let table = sections.symbols(endian, file, kind).ok();
    let names = table
        .as_ref()
        .and_then(|table| sections.section(table.string_section()).ok()?.data(endian, file).ok());
    let entries = table.map(|table| table.symbols()).unwrap_or_default();
    entries.iter().filter_map(move |symbol| {
        let rest = names?.get(usize::try_from(symbol.st_name(endian)).ok()?..)?;
        let name = rest.split(|&byte| byte == 0).next().filter(|name| !name.is_empty())?;
        Some((symbol, name))
    })
}

/// Linkers write 8 to 20 bytes.
const BUILD_ID_MAX: usize = 64;
/// Version records that are looked at. Their chains may meet in a damaged file, and grow with the square of its size.
const VERSIONS_MAX: usize = 65_536;
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
    for byte in note.desc().iter().take(BUILD_ID_MAX) {
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
        let named = libraries.flatten().flat_map(|(library, names)| {
            let library = library.file(endian, strings).unwrap_or_default();
            names.flatten().map(move |name| (library, name))
        });
        for (library, name) in named.take(VERSIONS_MAX) {
            if let Ok(name) = name.name(endian, strings) {
                image.requires.insert(Version { library: library.to_vec(), name: name.to_vec() });
            }
        }
    }
    if let Ok(Some((versions, link))) = sections.gnu_verdef(endian, file)
        && let Ok(strings) = sections.strings(endian, file, link)
    {
        for (_, mut names) in versions.flatten().take(VERSIONS_MAX) {
            // The first is the version, the others are those it comes after.
            if let Ok(Some(name)) = names.next()
                && let Ok(name) = name.name(endian, strings)
            {
                image.versions.insert(name.to_vec());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn of(bytes: Vec<u8>) -> Result<Image, String> {
        image(&ReadCache::new(Cursor::new(bytes)), |name| name == b"main")
    }

    #[test]
    fn this_program_shows_what_it_has() {
        let image = of(std::fs::read("/proc/self/exe").unwrap()).unwrap();
        assert!(image.imports("malloc") && image.has_section(".text"));
        assert_eq!(image.known, BTreeSet::from([b"main".to_vec()]));
        assert!(image.requires.iter().any(|version| version.library == b"libc.so.6"));
        assert!(image.build_id.is_some_and(|id| id.len() >= 16));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        /// The head, or the section table at the end: from both, everything is found.
        #[test]
        fn a_damaged_file_is_a_value(
            damage in prop::collection::vec((any::<bool>(), prop_oneof![0_usize..128, 0_usize..4096], any::<u8>()), 1..9),
            length in prop::option::weighted(0.1, 0_usize..100_000),
        ) {
            let mut bytes = std::fs::read("/bin/true").unwrap();
            for (from_end, place, value) in damage {
                let place = place.min(bytes.len() - 1);
                let place = if from_end { bytes.len() - 1 - place } else { place };
                bytes[place] = value;
            }
            bytes.truncate(length.unwrap_or(bytes.len()));
            let _ = of(bytes);
        }
    }
}
