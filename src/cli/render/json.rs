//! JSON lines, in the log's own format: what is written here can be inspected again.

use crate::cli::harmless;
use crate::cli::read::Finding;
use std::fmt::Write;

/// One finding a line.
pub fn lines(findings: &[Finding]) -> String {
    // Only a map with keys that are no strings can fail, and a finding has none.
    findings.iter().map(|finding| line(&serde_json::to_string(finding).unwrap_or_default())).collect()
}

/// A line of JSON with its newline, fit for a terminal.
pub fn line(json: &str) -> String {
    let mut text = String::new();
    for letter in json.chars() {
        if harmless::steers(letter) {
            // JSON lets DEL and the marks above it stand as they are; a terminal would obey them. Outside of
            // strings there is none, so the escape is the same text to every parser.
            let _ = write!(text, "\\u{:04x}", u32::from(letter));
        } else {
            text.push(letter);
        }
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_reads_back() {
        let finding = Finding { comm: "\u{1b}\u{7f}\u{9b}\u{202e}é".to_owned(), ..Finding::default() };
        let text = lines(std::slice::from_ref(&finding));
        assert!(!text.trim_end().chars().any(harmless::steers), "{text:?}");
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
    }
}
