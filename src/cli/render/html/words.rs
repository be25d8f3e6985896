//! Foreign text and numbers as they stand on the page.

use crate::cli::harmless;
use maud::{Markup, html};

/// Longest text that stands on the page, in characters; its whole is in its title.
const SHORT: usize = 160;
/// Longest title: room for a whole record of the library's, not for what somebody else made of one.
const TITLE: usize = 6000;

/// Text from the program, cut where it is enormous, with the whole in a title.
pub fn foreign(text: &str) -> Markup {
    let shown = harmless::cut(text, SHORT);
    html! {
        @if text.chars().nth(SHORT).is_some() {
            bdi title=(title(text)) { (shown) }
        } @else {
            bdi { (shown) }
        }
    }
}

/// The same as one string, for attributes.
pub fn title(text: &str) -> String {
    harmless::cut(text, TITLE)
}

/// `1 finding`, `10 000 findings`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// In groups of three, with a narrow space that does not break.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A length that is one of memory, as a number of the log's.
pub fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped_and_agree_with_their_noun() {
        assert_eq!(super::counted(1, "finding", "findings"), "1 finding");
        assert_eq!(super::number(0), "0");
        assert_eq!(super::number(999), "999");
        assert_eq!(super::number(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn what_is_cut_stands_whole_in_the_title() {
        let text = format!("{}<\"\u{202e}", "x".repeat(super::SHORT));
        let shown = super::foreign(&text).into_string();
        assert!(shown.contains("…") && shown.contains("&lt;&quot;\\u{202e}\""), "{shown}");
    }
}
