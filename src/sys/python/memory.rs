//! This process's own memory, a word at a time.
//!
//! A thread that holds the GIL, or is the only one, may look at what its state leads to as it is. Another's
//! `Py_Finalize` may be taking it away from one that does not, and then a look at it would end the program: there the
//! kernel is asked, about 0.3 us for each block.
//!
//! # Safety
//! A direct look is at what the interpreter keeps for as long as the caller is where it is.
#![allow(unsafe_code)]

use super::super::memory;

/// What no program has memory at: the first pages, and from here on (x86-64 with four levels; arm64 has 48 bits).
const HIGHEST: usize = if cfg!(target_arch = "x86_64") { 1 << 47 } else { 1 << 48 };
const LOWEST: usize = 1 << 12;

/// A way to read memory.
pub trait Memory {
    /// May what is found be followed without this?
    const IS_DIRECT: bool;

    /// The word at an address, `None` where it is not one of a word or cannot be read.
    fn word(&mut self, at: usize) -> Option<usize>;
}

/// Could a word be there?
fn is_plausible(at: usize) -> bool {
    (LOWEST..HIGHEST).contains(&at) && at.is_multiple_of(size_of::<usize>())
}

/// As it is. Only the caller knows that it is there.
pub struct Here;

impl Memory for Here {
    const IS_DIRECT: bool = true;

    #[inline]
    fn word(&mut self, at: usize) -> Option<usize> {
        // SAFETY: what the interpreter's own structures point to, see the header.
        is_plausible(at).then(|| unsafe { core::ptr::with_exposed_provenance::<usize>(at).read_volatile() })
    }
}

const BLOCK: usize = 512;

/// Through the kernel. Remembers the last block: the frames of a thread lie beside each other since 3.11.
pub struct Asked {
    start: usize,
    words: [usize; BLOCK / size_of::<usize>()],
}

impl Asked {
    #[must_use]
    pub const fn new() -> Self {
        Self { start: usize::MAX, words: [0; BLOCK / size_of::<usize>()] }
    }
}

impl Memory for Asked {
    const IS_DIRECT: bool = false;

    fn word(&mut self, at: usize) -> Option<usize> {
        if !is_plausible(at) {
            return None;
        }
        // A block is within a page.
        let start = at & !(BLOCK - 1);
        if self.start != start {
            self.start = usize::MAX;
            memory::words(start, &mut self.words)?;
            self.start = start;
        }
        self.words.get((at - start) / size_of::<usize>()).copied()
    }
}

/// The four bytes at an address that is a multiple of four.
pub fn int(memory: &mut impl Memory, at: usize) -> Option<u32> {
    let bytes = memory.word(at & !7)?.to_ne_bytes();
    let (halves, _) = bytes.as_chunks::<4>();
    halves.get(at >> 2 & 1).map(|half| u32::from_ne_bytes(*half))
}

/// The byte at an address.
pub fn byte(memory: &mut impl Memory, at: usize) -> Option<u8> {
    let bytes = memory.word(at & !7)?.to_ne_bytes();
    bytes.get(at & 7).copied()
}

/// `length` bytes, as they are. `None` where there can be none.
pub fn bytes<'a>(at: usize, length: usize) -> Option<&'a [u8]> {
    let end = at.checked_add(length)?;
    // SAFETY: the contents of an object of the interpreter's whose length was read from it, see the header.
    (at >= LOWEST && end <= HIGHEST)
        .then(|| unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(at), length) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_read_the_same_and_one_survives_what_is_not_there() {
        let words: [usize; 100] = core::array::from_fn(|place| place * 0x0102_0304_0506_0708);
        let mut asked = Asked::new();
        for word in &words {
            let at = core::ptr::from_ref(word).expose_provenance();
            assert_eq!(Here.word(at), Some(*word));
            assert_eq!(asked.word(at), Some(*word));
            assert_eq!(int(&mut asked, at + 4), u32::try_from(word >> 32).ok());
            assert_eq!(byte(&mut Here, at + 6), Some(word.to_ne_bytes()[6]));
            assert_eq!(asked.word(at + 1), None);
        }
        assert_eq!(Here.word(8), None);
        assert_eq!(Here.word(usize::MAX - 7), None);
        assert_eq!(asked.word(LOWEST), None);
        assert_eq!(bytes(usize::MAX, 2), None);
    }
}
