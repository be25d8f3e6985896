//! `forkproof explain`: the pages of the catalogue.

use super::{Trouble, exec, render, status};
use crate::catalog;
use clap::Args;
use clap::builder::PossibleValuesParser;

const EXAMPLES: &str = "\
Examples:
  forkproof explain                     every finding, and what is done about it
  forkproof explain inherited-poller    one of them: what it means, what to do";

/// Explain a finding by its slug, or list them all
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// The finding's name, as in the log
    #[arg(value_parser = PossibleValuesParser::new(catalog::ALL.each_ref().map(|entry| entry.slug)))]
    slug: Option<String>,
}

/// `forkproof explain`.
pub fn explain(explain: &Explain) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    let page = match &explain.slug {
        // clap lets only slugs of the catalogue through.
        Some(slug) => catalog::ALL
            .iter()
            .filter(|entry| entry.slug == slug)
            .map(|entry| render::page::page(entry.text))
            .collect(),
        None => render::text::catalogue(),
    };
    render::print(&page).map(|()| status::OK)
}

/// Cause and cure of a finding in a few sentences: what its page has below `## In short`, on one line; empty for a
/// slug that the catalogue has not.
pub fn short(slug: &str) -> String {
    let page = catalog::ALL.iter().find(|entry| entry.slug == slug).map_or("", |entry| entry.text);
    let section = page.split_once("\n## In short\n").map_or("", |(_, section)| section);
    let section = section.split("\n## ").next().unwrap_or_default();
    section.split_whitespace().collect::<Vec<_>>().join(" ")
}
