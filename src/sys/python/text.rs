//! Python's `str` as UTF-8: one, two or four bytes a character there, behind a head that is shorter where all are ASCII.

use super::super::python::NAME_MAX;

/// Where the characters are, how many, and how many bytes each takes.
pub struct Characters<'a> {
    pub bytes: &'a [u8],
    pub width: usize,
    pub ascii: bool,
}

/// Names that are not ASCII, as UTF-8.
pub struct Buffer {
    bytes: [u8; NAME_MAX],
}

impl Buffer {
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; NAME_MAX] }
    }

    /// The text's beginning, as much as is kept of a name.
    pub fn beginning<'a>(&'a mut self, text: &'a Characters<'_>) -> &'a [u8] {
        if text.ascii {
            return text.bytes.get(..NAME_MAX).unwrap_or(text.bytes);
        }
        let mut used = 0;
        for letter in text.bytes.chunks_exact(text.width).map(letter) {
            let Some(room) = self.bytes.get_mut(used..used + letter.len_utf8()) else { break };
            used += letter.encode_utf8(room).len();
        }
        self.bytes.get(..used).unwrap_or(&[])
    }

    /// The text's end, likewise.
    pub fn end<'a>(&'a mut self, text: &'a Characters<'_>) -> &'a [u8] {
        if text.ascii {
            return text.bytes.get(text.bytes.len().saturating_sub(NAME_MAX)..).unwrap_or(text.bytes);
        }
        let mut free = NAME_MAX;
        for letter in text.bytes.chunks_exact(text.width).rev().map(letter) {
            let Some(start) = free.checked_sub(letter.len_utf8()) else { break };
            let Some(room) = self.bytes.get_mut(start..free) else { break };
            let _as_long_as_the_room = letter.encode_utf8(room);
            free = start;
        }
        self.bytes.get(free..).unwrap_or(&[])
    }
}

/// Python has half surrogates for the bytes of a name that is not UTF-8.
fn letter(bytes: &[u8]) -> char {
    let number = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
    char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_width_becomes_utf8_and_is_cut_between_letters() {
        let wide: Vec<u8> = "żaba🐸".chars().flat_map(|letter| u32::from(letter).to_ne_bytes()).collect();
        let text = Characters { bytes: &wide, width: 4, ascii: false };
        assert_eq!(Buffer::new().beginning(&text), "żaba🐸".as_bytes());
        assert_eq!(Buffer::new().end(&text), "żaba🐸".as_bytes());
        let two = Characters { bytes: &[0xff, 0xdc, 0x3f, 0x04], width: 2, ascii: false };
        assert_eq!(Buffer::new().end(&two), "\u{fffd}п".as_bytes());
        let frogs: Vec<u8> = [0xe9].into_iter().chain([b'x'; 300]).chain([0xe9]).collect();
        let text = Characters { bytes: &frogs, width: 1, ascii: false };
        assert!(Buffer::new().beginning(&text).starts_with("éx".as_bytes()));
        assert!(Buffer::new().end(&text).ends_with("xé".as_bytes()));
        let many = Characters { bytes: &[0x3f, 0x04].repeat(150), width: 2, ascii: false };
        assert_eq!(Buffer::new().beginning(&many).len(), 200);
        let three = Characters { bytes: &[0x3f, 0x24].repeat(150), width: 2, ascii: false };
        assert_eq!(Buffer::new().end(&three).len(), 198);
        let plain = Characters { bytes: &[b'a'; 300], width: 1, ascii: true };
        assert_eq!(Buffer::new().end(&plain).len(), 200);
    }
}
