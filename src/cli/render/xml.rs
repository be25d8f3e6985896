//! Text for XML 1.0.

/// For an element's content and for attributes in double quotes. What XML 1.0 has no way to say (section 2.2, Char)
/// becomes U+FFFD; what a parser would turn into a space (3.3.3) is written as a reference.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\t' => shown.push_str("&#9;"),
            '\n' => shown.push_str("&#10;"),
            '\r' => shown.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => shown.push('\u{fffd}'),
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xml_cannot_say_is_replaced() {
        assert_eq!(
            super::escaped("<a b=\"c\">&\u{0}\u{1b}\u{ffff}\n"),
            "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}\u{fffd}\u{fffd}&#10;"
        );
    }
}
