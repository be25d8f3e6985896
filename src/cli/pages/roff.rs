//! A page in Markdown as man(7) has it.

use crate::cli::markdown::{Block, Look, Span, blocks};
use std::fmt::Write;

/// The page `name(section)`.
pub fn page(name: &str, section: u8, about: &str, text: &str) -> String {
    let mut out = format!(
        ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH {name} {section} \"\" \"forkproof {}\"\n.SH NAME\n{} \\- {}\n",
        env!("CARGO_PKG_VERSION"),
        plain(name),
        plain(about)
    );
    let mut depth = 0;
    for block in blocks(text) {
        let wanted = match &block {
            Block::Item(depth, ..) | Block::Paragraph(depth, _) | Block::Code(depth, _) => {
                depth.saturating_sub(1)
            }
            Block::Heading(..) | Block::Table(_) => 0,
        };
        while depth < wanted {
            out.push_str(".RS 4\n");
            depth += 1;
        }
        while depth > wanted {
            out.push_str(".RE\n");
            depth -= 1;
        }
        match block {
            Block::Heading(1, spans) => {
                let _ = writeln!(out, ".SH \"{}\"", quoted(&letters(&spans)));
            }
            Block::Heading(_, spans) => {
                let _ = writeln!(out, ".SS \"{}\"", quoted(&letters(&spans)));
            }
            Block::Paragraph(0, spans) => {
                let _ = writeln!(out, ".PP\n{}", line(&spans));
            }
            Block::Paragraph(_, spans) => {
                let _ = writeln!(out, ".IP \"\" 4\n{}", line(&spans));
            }
            Block::Item(_, marker, spans) => {
                let marker = if marker == "-" { "\\(bu" } else { &*marker };
                let _ = writeln!(out, ".IP \"{marker}\" 4\n{}", line(&spans));
            }
            Block::Code(_, code) => {
                out.push_str(".PP\n.RS 4\n.nf\n");
                for line in code.lines() {
                    let _ = writeln!(out, "{}", plain(line));
                }
                out.push_str(".fi\n.RE\n");
            }
            // Cells as sentences: man(7) has no tables of its own, and tbl(1) does not wrap.
            Block::Table(rows) => table(&mut out, &rows),
        }
    }
    while depth > 0 {
        out.push_str(".RE\n");
        depth -= 1;
    }
    out
}

/// The first cell as a term, the others below it; the last column is a sentence and needs no name.
fn table(out: &mut String, rows: &[Vec<Vec<Span>>]) {
    let Some((head, rows)) = rows.split_first() else { return };
    for (first, rest) in rows.iter().filter_map(|row| row.split_first()) {
        let _ = writeln!(out, ".TP\n{}", line(first));
        for (place, cell) in rest.iter().enumerate() {
            let name = head.get(place + 1).filter(|_| place + 1 < rest.len());
            let name = name.map(|name| format!("{}: ", plain(&letters(name)))).unwrap_or_default();
            let _ = writeln!(out, "{name}{}.", line(cell));
        }
    }
}

/// What `--help` says below the options: indented lines as they stand, the rest as paragraphs.
pub fn examples(text: &str) -> String {
    let mut out = String::from(".SH NOTES\n");
    let mut as_it_stands = false;
    for line in text.lines() {
        if line.starts_with("  ") != as_it_stands {
            as_it_stands = !as_it_stands;
            out.push_str(if as_it_stands { ".PP\n.nf\n" } else { ".fi\n" });
        }
        match line {
            "" => out.push_str(".PP\n"),
            line => {
                let _ = writeln!(out, "{}", plain(line));
            }
        }
    }
    if as_it_stands {
        out.push_str(".fi\n");
    }
    out
}

fn letters(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.trim_matches('`')).collect()
}

fn quoted(text: &str) -> String {
    plain(text).replace('"', "\\(dq")
}

/// One input line; what is code or strong is bold.
fn line(spans: &[Span]) -> String {
    let piece = |span: &Span| match span.look {
        Look::Plain => escaped(&span.text),
        Look::Strong => format!("\\fB{}\\fR", escaped(&span.text)),
        Look::Code => format!("\\fB{}\\fR", escaped(span.text.trim_matches('`'))),
    };
    guarded(spans.iter().map(piece).collect())
}

fn plain(text: &str) -> String {
    guarded(escaped(text))
}

/// A dot or an apostrophe that begins a line would be a request.
fn guarded(text: String) -> String {
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\*(Aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            letter if letter.is_ascii() => out.push(letter),
            letter => {
                let _ = write!(out, "\\[u{:04X}]", u32::from(letter));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_roff_would_obey_is_escaped() {
        let page = super::page("x", 7, "y", "# a\n\n.TH stays text, `a-b`\n");
        assert!(page.contains("\n\\&.TH stays text, \\fBa\\-b\\fR\n"), "{page}");
    }
}
