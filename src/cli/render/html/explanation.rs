//! The catalogue's pages as HTML. They are this project's own text.

use crate::catalog;
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

/// The title of a hazard; of one that this forkproof does not know, nothing.
pub fn title(slug: &str) -> Option<&'static str> {
    entry(slug).map(|entry| entry.title)
}

/// The page of a hazard, below a heading of the third level.
pub fn page(slug: &str) -> Option<Markup> {
    let text = entry(slug)?.text;
    // The first heading is the slug again.
    let body = text.strip_prefix('#').and_then(|text| text.split_once('\n')).map_or(text, |(_, body)| body);
    let events = Parser::new(body).map(|event| match event {
        Event::Start(Tag::Heading { id, classes, attrs, .. }) => {
            Event::Start(Tag::Heading { level: HeadingLevel::H4, id, classes, attrs })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(HeadingLevel::H4)),
        // A page means what it shows: `<fd>` in it is a word.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        event => event,
    });
    let mut markup = String::new();
    pulldown_cmark::html::push_html(&mut markup, events);
    Some(html! { (PreEscaped(markup)) })
}

fn entry(slug: &str) -> Option<&'static catalog::Entry> {
    catalog::ALL.iter().find(|entry| entry.slug == slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_the_catalogue_becomes_html() {
        for entry in catalog::ALL {
            let page = page(entry.slug).unwrap().into_string();
            assert!(page.contains("<h4>In short</h4>"), "{}: {page}", entry.slug);
            assert!(!page.contains("<h1") && !page.contains("<script"), "{}", entry.slug);
        }
        assert!(page("no-such-slug").is_none());
    }
}
