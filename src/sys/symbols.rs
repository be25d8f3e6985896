//! Symbols of loaded objects, found in the tables that the loader itself uses.
//!
//! dlsym takes the loader's lock, which a vanished thread may hold, and a search in vain changes what dlerror(3) says
//! and allocates that text. The tables are in memory as long as the object is (elf(5), `PT_DYNAMIC`).
//!
//! # Safety
//! The loader's list and an object's own tables, as the loader left them. Whoever asks sees to it that the object stays.
#![allow(unsafe_code)]

use super::next::Next;
use core::ffi::{CStr, c_char, c_int};
use core::ptr::with_exposed_provenance as pointer;
use core::sync::atomic::{AtomicPtr, Ordering};
use libc::Elf64_Sym;

/// `struct link_map` of `<link.h>`.
#[repr(C)]
pub struct Loaded {
    base: usize,
    name: *const c_char,
    dynamic: *const Entry,
    next: *const Self,
}

/// `Elf64_Dyn`
#[repr(C)]
struct Entry {
    tag: usize,
    value: usize,
}

/// The head of `struct r_debug` of `<link.h>`.
#[repr(C)]
struct Debug {
    version: c_int,
    first: AtomicPtr<Loaded>,
}

const DT_STRTAB: usize = 5;
const DT_SYMTAB: usize = 6;
const DT_GNU_HASH: usize = 0x6fff_fef5;
/// No object has more entries in its dynamic section, and no chain of a hash table is longer.
const ENTRIES_MAX: usize = 256;
const CHAIN_MAX: usize = 1 << 16;

/// What the loader shows debuggers; it is there in every version.
static DEBUG: Next<&'static Debug> = Next::new("_r_debug\0");

/// The objects that are loaded now, the program first. In the constructor: another thread's dlclose frees one of them.
pub fn objects() -> impl Iterator<Item = &'static Loaded> {
    let first = DEBUG.get().map_or(core::ptr::null_mut(), |debug| debug.first.load(Ordering::Acquire));
    // SAFETY: the loader's list; the caller sees to it that nothing is unloaded.
    core::iter::successors(unsafe { first.as_ref() }, |object| unsafe { object.next.as_ref() })
}

/// The object at the head of the loader's list: the program. It stays.
#[must_use]
pub fn program() -> Option<&'static Loaded> {
    objects().next()
}

impl Loaded {
    /// The path the loader has of it, empty for the program.
    #[cfg(test)]
    fn path(&self) -> &[u8] {
        // SAFETY: null, or a text of the loader's that lives as long as the object.
        if self.name.is_null() { &[] } else { unsafe { CStr::from_ptr(self.name) }.to_bytes() }
    }

    /// Tells it from others, as long as it is loaded.
    #[must_use]
    pub fn identity(&self) -> usize {
        core::ptr::from_ref(self).addr() ^ self.base
    }

    /// The address of what it defines under `name`.
    #[must_use]
    pub fn symbol(&self, name: &CStr) -> Option<usize> {
        let [hashes, symbols, names] = self.tables()?;
        // SAFETY: four words at the table's start: buckets, first symbol, words of the filter, its shift.
        let [buckets, first, words, shift] = unsafe { *pointer::<[u32; 4]>(hashes) };
        let hash = gnu_hash(name.to_bytes());
        let filter = hashes.checked_add(16)?;
        // Both are powers of two or at least not zero in a table that is one.
        let word = (hash / usize::BITS).checked_rem(words)?;
        // SAFETY: `words` words stand there.
        let word = unsafe { *pointer::<usize>(filter).add(word as usize) };
        let bits = 1_usize << (hash % usize::BITS) | 1 << ((hash >> (shift & 31)) % usize::BITS);
        if word & bits != bits {
            return None;
        }
        let heads = filter.checked_add(words as usize * size_of::<usize>())?;
        // SAFETY: `buckets` numbers stand there.
        let head = unsafe { *pointer::<u32>(heads).add(hash.checked_rem(buckets)? as usize) };
        let chains = heads.checked_add(buckets as usize * 4)?;
        for place in (head as usize..).take(CHAIN_MAX) {
            let in_chain = place.checked_sub(first as usize)?;
            // SAFETY: a bucket's chain has a number for each of its symbols; the last has bit 0 set.
            let of_symbol = unsafe { *pointer::<u32>(chains).add(in_chain) };
            if of_symbol | 1 == hash | 1 {
                // SAFETY: the symbol in that place, and its name.
                let symbol = unsafe { &*pointer::<Elf64_Sym>(symbols).add(place) };
                let its_name = pointer::<c_char>(names.checked_add(symbol.st_name as usize)?);
                // SAFETY: a name in the table ends in NUL.
                if symbol.st_shndx != 0 && unsafe { CStr::from_ptr(its_name) } == name {
                    return self.base.checked_add(usize::try_from(symbol.st_value).ok()?);
                }
            }
            if of_symbol & 1 != 0 {
                return None;
            }
        }
        None
    }

    fn tables(&self) -> Option<[usize; 3]> {
        let mut found = [0; 3];
        if self.dynamic.is_null() {
            return None;
        }
        for number in 0..ENTRIES_MAX {
            // SAFETY: the section ends with an entry whose tag is 0.
            let entry = unsafe { &*self.dynamic.add(number) };
            let which = match entry.tag {
                0 => break,
                DT_GNU_HASH => 0,
                DT_SYMTAB => 1,
                DT_STRTAB => 2,
                _ => continue,
            };
            // The loader turns offsets into addresses, but for what the kernel mapped (the vdso).
            let moved = if entry.value < self.base { self.base } else { 0 };
            if let Some(table) = found.get_mut(which) {
                *table = entry.value.checked_add(moved)?;
            }
        }
        found.iter().all(|&table| table != 0).then_some(found)
    }
}

fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381, |hash: u32, &letter| hash.wrapping_mul(33).wrapping_add(letter.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    #[test]
    fn what_dlsym_finds_is_found_and_nothing_else() {
        let libc = objects().find(|object| object.path().ends_with(b"/libc.so.6")).unwrap();
        for name in ["epoll_create1", "fputs", "environ", "stderr", "qsort", "free", "_dl_find_object_"] {
            let name = CString::new(name).unwrap();
            // SAFETY: a search, by a name that ends in NUL.
            let expected = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) } as usize;
            assert_eq!(libc.symbol(&name).unwrap_or(0), expected, "{name:?}");
        }
        assert!(objects().all(|object| object.symbol(c"forkproof_has_no_such_thing").is_none()));
        assert!(program().is_some_and(|program| program.path().is_empty()));
    }
}
