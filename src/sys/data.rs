//! Where libc and the loader keep what they write to: their own locks lie there.
//!
//! # Safety
//! The program headers of two objects that are never unloaded, read as the loader mapped them.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::ops::Range;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use libc::{Elf64_Ehdr, Elf64_Phdr};

/// Most words that are looked at, libc's and the loader's together: twice what glibc 2.36 has.
pub const WORDS: usize = 1 << 15;

/// Begin and end of libc's data, then of the loader's.
static ENDS: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

/// Learns where they lie. Called once, by the constructor: dladdr takes a lock of the loader's.
pub fn open() {
    // SAFETY: Dl_info is plain data, all zeroes is a value.
    let mut info: libc::Dl_info = unsafe { core::mem::zeroed() };
    let in_libc = libc::getauxval as *const c_void;
    // SAFETY: dladdr fills the structure, and answers 0 if it cannot.
    let found = unsafe { libc::dladdr(in_libc, &raw mut info) };
    // SAFETY: reads the auxiliary vector (getauxval(3)); 0 if the kernel gave no loader.
    let loader = unsafe { libc::getauxval(libc::AT_BASE) };
    let bases = [if found == 0 { 0 } else { info.dli_fbase as usize }, usize::try_from(loader).unwrap_or(0)];
    for (base, ends) in bases.into_iter().zip(ENDS.chunks_exact(2)) {
        let Some(data) = Some(base).filter(|&base| base != 0).and_then(writable) else { continue };
        for (end, value) in ends.iter().zip([data.start, data.end]) {
            end.store(value, Ordering::Relaxed);
        }
    }
}

/// The last writable segment of the object at `base`.
fn writable(base: usize) -> Option<Range<usize>> {
    let header = core::ptr::with_exposed_provenance::<Elf64_Ehdr>(base);
    // SAFETY: the loader maps an object's first page, which begins with its header, at its base.
    let header = unsafe { &*header };
    let offset = usize::try_from(header.e_phoff).ok()?;
    let first = core::ptr::with_exposed_provenance::<Elf64_Phdr>(base.checked_add(offset)?);
    // SAFETY: the loader itself reads the headers there.
    let headers = unsafe { core::slice::from_raw_parts(first, usize::from(header.e_phnum)) };
    let is_data =
        |segment: &&Elf64_Phdr| segment.p_type == libc::PT_LOAD && segment.p_flags & libc::PF_W != 0;
    let segment = headers.iter().rfind(is_data)?;
    let start = base.checked_add(usize::try_from(segment.p_vaddr).ok()?)?;
    Some(start.next_multiple_of(4)..start.checked_add(usize::try_from(segment.p_memsz).ok()?)?)
}

fn ranges() -> [Range<usize>; 2] {
    let [a, b, c, d] = ENDS.each_ref().map(|end| end.load(Ordering::Relaxed));
    [a..b, c..d]
}

/// Place of `word` among the words of libc and the loader; `None` for one that lies elsewhere.
#[must_use]
pub fn place(word: &AtomicU32) -> Option<usize> {
    let address = core::ptr::from_ref(word).addr();
    let [libc, loader] = ranges();
    let place = if libc.contains(&address) {
        (address - libc.start) / 4
    } else if loader.contains(&address) {
        libc.len() / 4 + (address - loader.start) / 4
    } else {
        return None;
    };
    (place < WORDS).then_some(place)
}

/// Every word of libc and the loader, in the order of their places.
pub fn words() -> impl Iterator<Item = &'static AtomicU32> {
    let word = |address: usize| {
        // SAFETY: aligned, inside a writable segment of an object that is never unloaded.
        unsafe { &*core::ptr::with_exposed_provenance::<AtomicU32>(address) }
    };
    ranges()
        .into_iter()
        .flat_map(move |range| {
            let count = range.len() / 4;
            (0..count).map(move |place| word(range.start + place * 4))
        })
        .take(WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libcs_words_are_found_and_ours_are_not() {
        static OURS: AtomicU32 = AtomicU32::new(0);
        open();
        let count = words().count();
        assert!((1000..WORDS).contains(&count), "{count}");
        for (number, word) in words().enumerate() {
            assert_eq!(place(word), Some(number));
        }
        assert_eq!(place(&OURS), None);
    }
}
