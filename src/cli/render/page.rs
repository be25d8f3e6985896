//! A page for a terminal: at most 80 columns, headings and code told apart where there are colours.

use crate::cli::markdown::{Block, Look, Span, blocks};
use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table};
use std::fmt::Write;

/// What a page is written for; longer lines are hard to read on any terminal.
const COLUMNS: usize = 80;
const INDENT: usize = 2;

/// The page, wrapped.
pub fn page(text: &str) -> String {
    let mut out = String::new();
    let mut in_list = false;
    for block in blocks(text) {
        let starts_anew = !(in_list && matches!(block, Block::Item(..)));
        in_list = matches!(block, Block::Item(..));
        if starts_anew && !out.is_empty() {
            out.push('\n');
        }
        match block {
            Block::Heading(level, spans) => {
                let style = if level == 1 { Style::new().bold().underline() } else { Style::new().bold() };
                let text = spans.iter().map(|span| &*span.text).collect::<String>();
                let _ = writeln!(out, "{style}{text}{style:#}");
            }
            Block::Paragraph(depth, spans) => {
                let indent = " ".repeat(depth * INDENT);
                wrapped(&mut out, &spans, &indent, &indent);
            }
            Block::Item(depth, marker, spans) => {
                let outer = " ".repeat(depth.saturating_sub(1) * INDENT);
                let first = format!("{outer}{marker} ");
                wrapped(&mut out, &spans, &first, &" ".repeat(first.len()));
            }
            Block::Code(depth, code) => {
                for line in code.lines() {
                    let _ = writeln!(out, "{:indent$}{line}", "", indent = (depth + 1) * INDENT);
                }
            }
            Block::Table(rows) => table(&mut out, &rows),
        }
    }
    out
}

fn style(look: Look) -> Style {
    match look {
        Look::Plain => Style::new(),
        Look::Strong => Style::new().bold(),
        Look::Code => AnsiColor::Cyan.on_default(),
    }
}

/// Breaks between words alone. A style is closed before each break and opened again behind it.
fn wrapped(out: &mut String, spans: &[Span], first: &str, rest: &str) {
    let mut column = first.chars().count();
    out.push_str(first);
    let mut at_start = true;
    for word in words(spans) {
        let width = word.iter().map(|(text, _)| text.chars().count()).sum::<usize>();
        if !at_start && column + 1 + width > COLUMNS {
            out.push('\n');
            out.push_str(rest);
            column = rest.chars().count();
        } else if !at_start {
            out.push(' ');
            column += 1;
        }
        for (text, look) in word {
            let style = style(look);
            let _ = write!(out, "{style}{text}{style:#}");
        }
        column += width;
        at_start = false;
    }
    out.push('\n');
}

/// Words, each of pieces that may look different: `code`s is one word.
fn words(spans: &[Span]) -> Vec<Vec<(&str, Look)>> {
    let mut words = vec![Vec::new()];
    for span in spans {
        for (place, piece) in span.text.split(char::is_whitespace).enumerate() {
            if place > 0 {
                words.push(Vec::new());
            }
            if let (Some(word), false) = (words.last_mut(), piece.is_empty()) {
                word.push((piece, span.look));
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn table(out: &mut String, rows: &[Vec<Vec<Span>>]) {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(COLUMNS).unwrap_or(u16::MAX));
    for row in rows {
        table.add_row(row.iter().map(|cell| cell.iter().map(|span| &*span.text).collect::<String>()));
    }
    for line in table.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn no_line_of_any_page_is_wider_than_a_terminal() {
        for entry in &catalog::ALL {
            let shown = anstream::adapter::strip_str(&page(entry.text)).to_string();
            assert!(shown.starts_with(&format!("{}\n", entry.slug)), "{shown}");
            for line in shown.lines() {
                assert!(line.chars().count() <= COLUMNS, "{}: {line}", entry.slug);
                assert!(!line.ends_with(' '), "{}: {line:?}", entry.slug);
            }
            let words = |text: &str| text.split_whitespace().count();
            assert!(words(&shown) * 10 > words(entry.text) * 9, "{}: text got lost", entry.slug);
        }
    }

    #[test]
    fn a_word_of_two_looks_is_not_broken() {
        let shown =
            anstream::adapter::strip_str(&page(&format!("{} `FD_CLOEXEC`s end", "x".repeat(70)))).to_string();
        assert_eq!(shown, format!("{}\n`FD_CLOEXEC`s end\n", "x".repeat(70)));
    }
}
