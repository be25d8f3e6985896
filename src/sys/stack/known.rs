//! Rules that were worked out before, by instruction: 10 ns instead of 250.
//!
//! Filled without a lock by any thread: of an entry's two words the first is the instruction mixed with the second, so
//! that halves of two never match. What stays from a module that was unloaded since may be wrong about what lies there
//! now: no word is believed more for it (`Frame::word`).

use core::sync::atomic::{AtomicU64, Ordering};

const ENTRIES: usize = 1024;

static KNOWN: [[AtomicU64; 2]; ENTRIES] = [const { [AtomicU64::new(0), AtomicU64::new(0)] }; ENTRIES];

/// The simple rules, which nearly all are: offsets in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Simple {
    /// The frame ends so far above the frame pointer, else the stack pointer.
    pub by_frame_pointer: bool,
    /// See there.
    pub top: u16,
    /// Where the caller's frame pointer is, from that end; 0 where it was not changed.
    pub frame_pointer: i16,
    /// Where the return address is, likewise; 0 where it is in its register.
    pub back: i16,
}

impl Simple {
    /// Never 0: no frame that ends where it begins keeps anything.
    fn pack(self) -> u64 {
        u64::from(self.by_frame_pointer)
            | u64::from(self.top) << 16
            | u64::from(self.frame_pointer.cast_unsigned()) << 32
            | u64::from(self.back.cast_unsigned()) << 48
    }

    #[allow(clippy::cast_possible_truncation)] // sixteen bits each
    fn unpack(word: u64) -> Self {
        Self {
            by_frame_pointer: word & 1 != 0,
            top: (word >> 16) as u16,
            frame_pointer: (word >> 32) as i16,
            back: (word >> 48) as i16,
        }
    }
}

fn entry(instruction: usize) -> Option<&'static [AtomicU64; 2]> {
    let place = (instruction as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54;
    KNOWN.get(usize::try_from(place).unwrap_or(0))
}

/// The rules at `instruction`, if they are known.
#[inline]
pub(super) fn get(instruction: usize) -> Option<Simple> {
    let [mixed, packed] = entry(instruction)?;
    let word = packed.load(Ordering::Relaxed);
    (word != 0 && mixed.load(Ordering::Relaxed) ^ word == instruction as u64).then(|| Simple::unpack(word))
}

/// They are known from now on.
pub(super) fn put(instruction: usize, rules: Simple) {
    if let Some([mixed, packed]) = entry(instruction) {
        let word = rules.pack();
        packed.store(word, Ordering::Relaxed);
        mixed.store(instruction as u64 ^ word, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_had_until_another_takes_its_place_and_never_for_another() {
        let rules = Simple { by_frame_pointer: true, top: 2, frame_pointer: -2, back: -1 };
        put(0x7f00_1234_5678, rules);
        assert_eq!(get(0x7f00_1234_5678), Some(rules));
        assert_eq!(get(0x7f00_1234_5679), None);
        for instruction in 0..100_000 {
            put(instruction, Simple { top: 9, ..rules });
        }
        assert_eq!(get(0x7f00_1234_5678), None);
        assert_eq!(get(99_999), Some(Simple { top: 9, ..rules }));
    }
}
