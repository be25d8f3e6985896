//! The name of an epoll instance in the tables.

/// Instances at once, less one: slot 0 stays empty.
pub const SLOTS: usize = 1 << 12;
/// Uses of a slot before its tags come round again.
pub const GENERATIONS: u32 = 1 << 12;

/// Names an instance: its slot (12 bits) and how often the slot was used (12 bits). A record left
/// behind by an instance that is gone carries a tag that no longer lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tag(u32);

impl Tag {
    /// No poller.
    pub const NONE: Self = Self(0);

    /// The `generation`th use of `slot`.
    #[must_use]
    pub const fn new(slot: usize, generation: u32) -> Self {
        // Twelve bits of it.
        #[allow(clippy::cast_possible_truncation)]
        let slot = slot as u32;
        Self(slot << 12 | generation)
    }

    /// How far up a tag lies in the lower half of a table word; flags lie below.
    pub const SHIFT: u32 = 8;
    /// Where it lies there.
    pub const MASK: u32 = !0 << Self::SHIFT;

    /// Shifted to where table words keep it, flags clear.
    #[inline]
    #[must_use]
    pub const fn low(self) -> u32 {
        self.0 << Self::SHIFT
    }

    /// Out of the lower half of a table word.
    #[inline]
    #[must_use]
    pub const fn from_low(low: u32) -> Self {
        Self(low >> Self::SHIFT)
    }

    /// Its place in the table of pollers.
    #[must_use]
    pub const fn slot(self) -> usize {
        (self.0 >> 12) as usize
    }

    /// Which use of the slot.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.0 & (GENERATIONS - 1)
    }
}
