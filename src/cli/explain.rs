//! `forkproof explain`: the pages of the catalogue.

use super::{Trouble, exec, render, status};
use crate::catalog;
use clap::Args;
use clap::builder::PossibleValuesParser;

const EXAMPLES: &str = "\
Examples:
  forkproof explain                       every finding there is, with what is done about it
  forkproof explain inherited-poller      one of them: what it means, what to do";

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
