//! JSON lines, in the log's own format: what is written here can be inspected again.

use crate::cli::harmless;
use std::fmt::Write;

/// A line of the log that was read as a finding, as it is, fit for a terminal.
pub fn raw(line: &[u8]) -> String {
    let line = line.trim_ascii();
    if line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return String::from_utf8_lossy(line).into_owned() + "\n";
    }
    let mut text = String::with_capacity(line.len() + 1);
    // It was UTF-8 when it was read.
    for letter in String::from_utf8_lossy(line).chars() {
        match letter {
            // Such stand between the words alone: a string has them escaped.
            letter if letter < ' ' => text.push(' '),
            // JSON lets DEL and the marks above it stand as they are; a terminal would obey them. Outside of strings
            // there is none, so the escape is the same text to every parser.
            letter if harmless::steers(letter) => {
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::read::Finding;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_reads_back() {
        let finding = Finding { comm: "\u{1b}\u{7f}\u{9b}\u{202e}é".to_owned(), ..Finding::default() };
        let line = serde_json::to_string(&finding).unwrap().replacen(',', ",\t\r", 1) + "\r\n";
        let text = raw(line.as_bytes());
        assert!(!text.trim_end().chars().any(harmless::steers), "{text:?}");
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
    }
}
