//! What an ELF file says about itself: the few fields that decide whether it can be preloaded.
//!
//! The file may be anything. Every size it names is checked before it is read, and what does not add up is
//! an error with a reason.

use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::read::{ReadCache, ReadCacheOps, ReadRef, StringTable};
use object::{Endian, Endianness, FileKind, elf};
use std::fmt;

/// Most bytes of program headers, as in the kernel's `load_elf_phdrs`.
const HEADERS_MAX: u64 = 65_536;
/// `PATH_MAX`, the kernel's limit for the loader's name.
const INTERPRETER_MAX: u64 = 4096;
/// Far more than any linker writes, and little enough to read.
const DYNAMIC_MAX: u64 = 1 << 20;
/// `DF_SYMBOLIC` (elf(5)).
const SYMBOLIC: u64 = 2;

/// For which processor a file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    wide: bool,
    little: bool,
    number: elf::Machine,
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-bit ", if self.wide { 64 } else { 32 })?;
        match (self.number, self.little) {
            (elf::EM_386, _) => out.write_str("x86"),
            (elf::EM_X86_64, _) => out.write_str("x86-64"),
            (elf::EM_ARM, _) => out.write_str("ARM"),
            (elf::EM_AARCH64, _) => out.write_str("AArch64"),
            (elf::EM_RISCV, _) => out.write_str("RISC-V"),
            (elf::EM_S390, _) => out.write_str("S/390"),
            (elf::EM_PPC64, true) => out.write_str("little-endian PowerPC"),
            (elf::EM_PPC64 | elf::EM_PPC, _) => out.write_str("PowerPC"),
            (other, _) => write!(out, "machine {}", other.0),
        }
    }
}

/// The fields in question.
#[derive(Debug)]
pub struct Facts {
    pub machine: Machine,
    /// A program or a shared object, as opposed to an object file or a core dump.
    pub runnable: bool,
    /// The dynamic loader it asks for; none means nothing reads `LD_PRELOAD`.
    pub interpreter: Option<Vec<u8>>,
    /// The libraries it needs, by name.
    pub needed: Vec<Vec<u8>>,
    /// Where it says they may be (`DT_RUNPATH`, else `DT_RPATH`), as it stands there.
    pub search: Option<Vec<u8>>,
    /// Linked with `-Bsymbolic`: what it defines itself, it calls itself, whoever comes before it.
    pub symbolic: bool,
}

/// What the dynamic section holds of it.
#[derive(Default)]
struct Dynamic {
    needed: Vec<Vec<u8>>,
    search: Option<Vec<u8>>,
    symbolic: bool,
}

/// Reads them.
pub fn facts<R: ReadCacheOps>(file: &ReadCache<R>) -> Result<Facts, String> {
    match FileKind::parse(file) {
        Ok(FileKind::Elf32) => facts_of::<elf::FileHeader32<Endianness>, _>(file),
        Ok(FileKind::Elf64) => facts_of::<elf::FileHeader64<Endianness>, _>(file),
        _ => Err("it is not an ELF file, or a damaged one".to_owned()),
    }
}

fn facts_of<H, R>(file: &ReadCache<R>) -> Result<Facts, String>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadCacheOps,
{
    let damaged = |error: object::Error| format!("damaged ELF file: {error}");
    let header = H::parse(file).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let kind = header.e_type(endian);
    let mut facts = Facts {
        machine: Machine {
            wide: header.is_type_64(),
            little: endian.is_little_endian(),
            number: header.e_machine(endian),
        },
        runnable: kind == elf::ET_EXEC || kind == elf::ET_DYN,
        interpreter: None,
        needed: Vec::new(),
        search: None,
        symbolic: false,
    };
    if u64::from(header.e_phnum(endian)) * u64::from(header.e_phentsize(endian)) > HEADERS_MAX {
        return Err("damaged ELF file: more program headers than the kernel takes".to_owned());
    }
    let segments = header.program_headers(endian, file).map_err(damaged)?;
    for segment in segments {
        let size = segment.p_filesz(endian).into();
        match segment.p_type(endian) {
            elf::PT_INTERP if size > INTERPRETER_MAX => {
                return Err("damaged ELF file: the name of its loader is too long".to_owned());
            }
            elf::PT_INTERP => {
                let name = segment.interpreter(endian, file).map_err(damaged)?;
                facts.interpreter = name.map(<[u8]>::to_vec);
            }
            elf::PT_DYNAMIC if size > DYNAMIC_MAX => {
                return Err("damaged ELF file: its dynamic section is too large".to_owned());
            }
            elf::PT_DYNAMIC => {
                let entries = segment.dynamic(endian, file).map_err(damaged)?.unwrap_or_default();
                let dynamic = dynamic::<H, R>(endian, file, segments, entries)?;
                (facts.needed, facts.search, facts.symbolic) =
                    (dynamic.needed, dynamic.search, dynamic.symbolic);
            }
            _ => {}
        }
    }
    Ok(facts)
}

/// The names live at an address, so the loaded segments say where that is in the file.
fn dynamic<H, R>(
    endian: Endianness,
    file: &ReadCache<R>,
    segments: &[H::ProgramHeader],
    entries: &[H::Dyn],
) -> Result<Dynamic, String>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadCacheOps,
{
    const NAMES: [elf::DynamicTag; 3] = [elf::DT_NEEDED, elf::DT_RUNPATH, elf::DT_RPATH];
    let mut dynamic = Dynamic::default();
    let used = || entries.iter().take_while(|entry| entry.tag(endian) != elf::DT_NULL);
    let flags = used().find(|entry| entry.tag(endian) == elf::DT_FLAGS).map(|entry| entry.val(endian));
    dynamic.symbolic = used().any(|entry| entry.tag(endian) == elf::DT_SYMBOLIC)
        || flags.is_some_and(|flags| flags & SYMBOLIC != 0);
    if !used().any(|entry| NAMES.contains(&entry.tag(endian))) {
        return Ok(dynamic);
    }
    let address = used().find(|entry| entry.tag(endian) == elf::DT_STRTAB).map(|entry| entry.val(endian));
    let table = address.and_then(|address| {
        let place = segments.iter().find_map(|segment| {
            let within = address.checked_sub(segment.p_vaddr(endian).into())?;
            let loaded = segment.p_type(endian) == elf::PT_LOAD && within < segment.p_filesz(endian).into();
            if loaded { within.checked_add(segment.p_offset(endian).into()) } else { None }
        })?;
        Some(StringTable::new(file, place, file.len().ok()?))
    });
    let table = table.ok_or("damaged ELF file: it needs libraries, but their names are nowhere in it")?;
    let names = |tag| {
        let named = used().filter(move |entry| entry.tag(endian) == tag);
        named.map(move |entry| {
            let name = entry.string(endian, table).map(<[u8]>::to_vec);
            name.map_err(|error| format!("damaged ELF file: {error}"))
        })
    };
    dynamic.needed = names(elf::DT_NEEDED).collect::<Result<_, _>>()?;
    // With both, ld.so(8) reads DT_RUNPATH alone.
    dynamic.search = names(elf::DT_RUNPATH).chain(names(elf::DT_RPATH)).next().transpose()?;
    Ok(dynamic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn this_program() -> Vec<u8> {
        std::fs::read("/proc/self/exe").unwrap()
    }

    fn read(bytes: Vec<u8>) -> Result<Facts, String> {
        facts(&ReadCache::new(Cursor::new(bytes)))
    }

    #[test]
    fn a_program_names_its_loader_and_its_libraries() {
        let facts = read(this_program()).unwrap();
        assert!(facts.runnable);
        assert!(String::from_utf8(facts.interpreter.unwrap()).unwrap().contains("/ld-"));
        assert!(facts.needed.contains(&b"libc.so.6".to_vec()));
        assert_eq!(facts.machine.wide, cfg!(target_pointer_width = "64"));
    }

    #[test]
    fn hostile_sizes_are_refused_before_they_are_read() {
        let mut bytes = this_program();
        bytes[56..58].copy_from_slice(&[0xff, 0xff]); // e_phnum of ELF64: PN_XNUM, "look elsewhere"
        assert!(read(bytes).unwrap_err().contains("more program headers"));
        assert!(read(b"\x7fELF".to_vec()).is_err());
    }

    proptest! {
        /// The head decides nearly everything, so half of the damage goes there.
        #[test]
        fn a_damaged_program_is_a_value(
            place in prop_oneof![0_usize..1024, 0_usize..100_000],
            damage in prop::collection::vec(any::<u8>(), 1..9),
            length in 0_usize..100_000,
        ) {
            let mut bytes = std::fs::read("/bin/sh").unwrap();
            let place = place.min(bytes.len() - damage.len());
            bytes[place..place + damage.len()].copy_from_slice(&damage);
            let _ = read(bytes.clone());
            bytes.truncate(length);
            let _ = read(bytes);
        }

        #[test]
        fn any_bytes_after_the_magic_are_a_value(class in 0_u8..4, order in 0_u8..4, rest: Vec<u8>) {
            let _ = read([&[0x7f, b'E', b'L', b'F', class, order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &rest].concat());
            let _ = read(rest);
        }
    }
}
