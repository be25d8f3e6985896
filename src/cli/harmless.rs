//! Foreign text made fit for a terminal.

use std::fmt::Write;
use std::path::Path;

/// Longest text that is shown whole, in characters.
const LONGEST: usize = 200;

/// `text` with everything that could steer a terminal or turn the reading order round spelled out, and cut to
/// a sane length.
pub fn text(text: &str) -> String {
    cut(text, LONGEST)
}

/// The same, cut to a length of the caller's, in characters.
pub fn cut(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for (place, letter) in text.chars().enumerate() {
        if place == longest {
            shown.push('…');
            break;
        }
        spell(&mut shown, letter);
    }
    shown
}

/// The same, and not cut: for what is no column of a table.
pub fn whole(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|letter| spell(&mut shown, letter));
    shown
}

fn spell(shown: &mut String, letter: char) {
    if steers(letter) {
        let _ = write!(shown, "{}", letter.escape_default());
    } else {
        shown.push(letter);
    }
}

/// The same for a path.
pub fn path(path: &Path) -> String {
    text(&path.to_string_lossy())
}

/// The same for bytes.
pub fn bytes(bytes: &[u8]) -> String {
    text(&String::from_utf8_lossy(bytes))
}

/// Controls, line separators, and the invisible marks that reorder text.
pub fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_are_spelled_out_and_words_are_kept() {
        assert_eq!(super::text("caf\u{e9} \u{1b}[2J\u{9b}\u{202e}\n"), "café \\u{1b}[2J\\u{9b}\\u{202e}\\n");
        assert_eq!(super::text(&"x".repeat(5000)).chars().count(), super::LONGEST + 1);
        assert_eq!(super::whole(&"x\n".repeat(5000)), "x\\n".repeat(5000));
    }
}
