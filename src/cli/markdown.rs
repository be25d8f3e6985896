//! The pages in Markdown, as blocks: what the terminal and roff(7) print of them.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A piece of text in one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Plain,
    Strong,
    Code,
}

/// One block, with how deep in lists it stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    Heading(u8, Vec<Span>),
    Paragraph(usize, Vec<Span>),
    /// The marker, and the item's first paragraph.
    Item(usize, String, Vec<Span>),
    /// As it stands, line by line.
    Code(usize, String),
    /// Rows of cells; the first is the heading.
    Table(Vec<Vec<Vec<Span>>>),
}

/// Reads a page. Whatever Markdown it does not know comes out as its text.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        reader.event(event);
    }
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    strong: bool,
    code: Option<String>,
    /// The number of the next item of each list we are in; none in one without numbers.
    lists: Vec<Option<u64>>,
    marker: Option<String>,
    rows: Vec<Vec<Vec<Span>>>,
    cells: Vec<Vec<Span>>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text, if self.strong { Look::Strong } else { Look::Plain }),
            },
            // Its quotes stay, for those who see no colours.
            Event::Code(text) => self.push(&format!("`{text}`"), Look::Code),
            Event::SoftBreak | Event::HardBreak => self.push(" ", Look::Plain),
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text, Look::Plain),
            _ => {}
        }
    }

    fn push(&mut self, text: &str, look: Look) {
        self.spans.push(Span { text: text.to_owned(), look });
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Strong | Tag::Emphasis => self.strong = true,
            Tag::CodeBlock(_) => self.code = Some(String::new()),
            Tag::List(first) => {
                self.paragraph();
                self.lists.push(*first);
            }
            Tag::Item => {
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "-".to_owned(),
                };
                self.marker = Some(marker);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong | TagEnd::Emphasis => self.strong = false,
            TagEnd::Heading(level) => {
                let spans = std::mem::take(&mut self.spans);
                self.blocks.push(Block::Heading(level as u8, spans));
            }
            TagEnd::Paragraph | TagEnd::Item => self.paragraph(),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.blocks.push(Block::Code(self.lists.len(), code));
            }
            TagEnd::TableCell => self.cells.push(std::mem::take(&mut self.spans)),
            TagEnd::TableHead | TagEnd::TableRow => self.rows.push(std::mem::take(&mut self.cells)),
            TagEnd::Table => self.blocks.push(Block::Table(std::mem::take(&mut self.rows))),
            _ => {}
        }
    }

    fn paragraph(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        if spans.is_empty() {
            return;
        }
        let depth = self.lists.len();
        self.blocks.push(match self.marker.take() {
            Some(marker) => Block::Item(depth, marker, spans),
            None => Block::Paragraph(depth, spans),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_comes_apart_into_its_blocks() {
        let page = "# a\n\nSome *text*\nwith `code`.\n\n1. one\n2. two\n   - deep\n\n```\nx  y\n```\n\n| h | i |\n|---|---|\n| 1 | 2 |\n";
        let plain = |text: &str| Span { text: text.to_owned(), look: Look::Plain };
        let found = blocks(page);
        assert_eq!(found[0], Block::Heading(1, vec![plain("a")]));
        let Block::Paragraph(0, spans) = &found[1] else { panic!("{:?}", found[1]) };
        assert_eq!(spans.iter().map(|span| &*span.text).collect::<String>(), "Some text with `code`.");
        assert_eq!(found[2], Block::Item(1, "1.".to_owned(), vec![plain("one")]));
        assert_eq!(found[3], Block::Item(1, "2.".to_owned(), vec![plain("two")]));
        assert_eq!(found[4], Block::Item(2, "-".to_owned(), vec![plain("deep")]));
        assert_eq!(found[5], Block::Code(0, "x  y\n".to_owned()));
        assert_eq!(
            found[6],
            Block::Table(vec![
                vec![vec![plain("h")], vec![plain("i")]],
                vec![vec![plain("1")], vec![plain("2")]],
            ])
        );
    }
}
