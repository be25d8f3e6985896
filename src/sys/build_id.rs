//! The build id of a loaded module: the note by which debuggers find a file's debug information again (ld(1),
//! `--build-id`).
//!
//! # Safety
//! The head of a loaded file and what its program headers name is read in place, checked against the module's range.
#![allow(unsafe_code)]

use super::module::Found;
use core::mem::offset_of;
use libc::{Elf64_Ehdr, Elf64_Phdr, PT_NOTE};

const BUILD_ID: u32 = 3; // NT_GNU_BUILD_ID
/// Longest that is believed: SHA-512 has so many.
const MOST: usize = 64;
/// The part of a file that the loader has certainly mapped with its headers.
const HEAD: usize = super::memory::PAGE;

/// The id's bytes, empty where it has none.
#[must_use]
pub fn of(found: &Found) -> &'static [u8] {
    find(found).unwrap_or(&[])
}

fn find(found: &Found) -> Option<&'static [u8]> {
    let range = found.range();
    // SAFETY: a module begins with a segment that the loader has mapped to be read, of a page at least.
    let head = unsafe { bytes(range.start, HEAD.min(range.len())) };
    if !head.starts_with(b"\x7fELF\x02") {
        return None;
    }
    let place = usize::try_from(number::<8>(head, offset_of!(Elf64_Ehdr, e_phoff))?).ok()?;
    let size = usize::try_from(number::<2>(head, offset_of!(Elf64_Ehdr, e_phentsize))?).ok()?;
    let count = usize::try_from(number::<2>(head, offset_of!(Elf64_Ehdr, e_phnum))?).ok()?;
    (0..count).find_map(|index| {
        let header = head.get(place.checked_add(index.checked_mul(size)?)?..)?;
        if number::<4>(header, offset_of!(Elf64_Phdr, p_type))? != u64::from(PT_NOTE) {
            return None;
        }
        let offset = usize::try_from(number::<8>(header, offset_of!(Elf64_Phdr, p_vaddr))?).ok()?;
        let length = usize::try_from(number::<8>(header, offset_of!(Elf64_Phdr, p_memsz))?).ok()?;
        let start = found.base().wrapping_add(offset);
        let end = start.checked_add(length)?;
        if start < range.start || end > range.end {
            return None;
        }
        // SAFETY: a segment of notes is part of a loaded one (elf(5)), and within the module.
        in_notes(unsafe { bytes(start, length) })
    })
}

/// # Safety
/// So many bytes of a module that stays loaded can be read there.
unsafe fn bytes(start: usize, length: usize) -> &'static [u8] {
    // SAFETY: as the caller promises.
    unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(start), length) }
}

/// A number of `N` bytes at `place`, in the machine's order.
fn number<const N: usize>(bytes: &[u8], place: usize) -> Option<u64> {
    let from = bytes.get(place..)?.first_chunk::<N>()?;
    Some(from.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

fn in_notes(mut notes: &[u8]) -> Option<&[u8]> {
    loop {
        let [name, value, kind] = [0, 4, 8].map(|place| number::<4>(notes, place));
        let name = usize::try_from(name?).ok()?;
        let value = usize::try_from(value?).ok()?;
        let value_at = name.checked_next_multiple_of(4)?.checked_add(12)?;
        let end = value_at.checked_add(value)?;
        if kind? == u64::from(BUILD_ID) && notes.get(12..)?.starts_with(b"GNU\0") {
            return notes.get(value_at..end).filter(|id| id.len() <= MOST);
        }
        notes = notes.get(end.checked_next_multiple_of(4)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_walked_to_the_one_and_nonsense_ends_them() {
        let mut notes = Vec::new();
        let mut note = |name: &[u8], kind: u32, value: &[u8]| {
            notes.extend_from_slice(&u32::try_from(name.len()).unwrap().to_ne_bytes());
            notes.extend_from_slice(&u32::try_from(value.len()).unwrap().to_ne_bytes());
            notes.extend_from_slice(&kind.to_ne_bytes());
            for part in [name, value] {
                notes.extend_from_slice(part);
                notes.resize(notes.len().next_multiple_of(4), 0);
            }
        };
        note(b"other\0", 3, b"five!");
        note(b"GNU\0", 1, b"");
        note(b"GNU\0", 3, b"abc");
        assert_eq!(in_notes(&notes), Some(&b"abc"[..]));
        for cut in 0..notes.len() - 1 {
            assert_eq!(in_notes(&notes[..cut]), None);
        }
        assert_eq!(in_notes(&[0xff; 64]), None);
    }

    #[test]
    fn libc_has_one() {
        let found = crate::sys::module::find(libc::getpid as *const () as usize).unwrap();
        assert_eq!(of(&found).len(), 20);
    }
}
