//! Text on the stack: a buffer that `write!` fills, cut at its end, never allocated, and not zeroed either:
//! that would touch every page of it.
//!
//! # Safety
//! Only bytes that were written are read.
#![allow(unsafe_code)]

use core::fmt;
use core::mem::MaybeUninit;

/// At most `N` bytes of text.
pub struct Line<const N: usize> {
    bytes: [MaybeUninit<u8>; N],
    length: usize,
}

impl<const N: usize> Line<N> {
    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [MaybeUninit::uninit(); N], length: 0 }
    }

    /// What has been written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let written = self.bytes.get(..self.length).unwrap_or(&[]);
        // SAFETY: `push` has written every byte below `length`.
        unsafe { core::slice::from_raw_parts(written.as_ptr().cast(), written.len()) }
    }

    /// Appends bytes that need not be UTF-8.
    pub fn push(&mut self, text: &[u8]) {
        let room = self.bytes.get_mut(self.length..).unwrap_or(&mut []);
        let fits = text.len().min(room.len());
        for (to, from) in room.iter_mut().zip(text) {
            to.write(*from);
        }
        self.length += fits;
    }

    /// Makes a line that was cut end in a newline all the same.
    pub fn end(&mut self) {
        if !self.bytes().ends_with(b"\n") {
            self.length = self.length.min(N.saturating_sub(1));
            self.push(b"\n");
        }
    }
}

impl<const N: usize> fmt::Write for Line<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// The part of a fixed C array before its first NUL.
#[must_use]
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write;

    #[test]
    fn a_long_text_is_cut_and_still_ends_in_a_newline() {
        let mut line = Line::<8>::new();
        line.write_str("abcdefghij").unwrap();
        line.end();
        assert_eq!(line.bytes(), b"abcdefg\n");
    }
}
