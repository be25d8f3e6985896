//! Text on the stack: a buffer that `write!` fills, cut at its end, never allocated.

use core::fmt;

/// At most `N` bytes of text.
pub struct Line<const N: usize> {
    bytes: [u8; N],
    length: usize,
    cut: bool,
}

impl<const N: usize> Line<N> {
    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], length: 0, cut: false }
    }

    /// What has been written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }

    /// Did something not fit?
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Appends bytes that need not be UTF-8.
    pub fn push(&mut self, text: &[u8]) {
        let room = self.bytes.get_mut(self.length..).unwrap_or(&mut []);
        let fits = text.len().min(room.len());
        for (to, from) in room.iter_mut().zip(text) {
            *to = *from;
        }
        self.length += fits;
        self.cut |= fits < text.len();
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
        write!(line, "{}", "abcdefghij").unwrap();
        line.end();
        assert_eq!(line.bytes(), b"abcdefg\n");
        assert!(line.is_cut());
    }
}
