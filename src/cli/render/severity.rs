//! How bad a finding is, in the words that formats for machines have.

use crate::catalog;
use crate::cli::history::Group;
use crate::cli::tally::OUTCOMES;
use crate::wire::Outcome;

/// The mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing to do: mended without doubt, or about forkproof itself.
    Note,
    /// Mended: the program works, and only with forkproof.
    Warning,
    /// Left as it was, refused or fatal.
    Error,
}

impl Severity {
    /// Of an outcome that is not known, the worst.
    pub fn of(group: &Group) -> Self {
        let slug = &*group.first.slug;
        let repaired =
            OUTCOMES.iter().any(|known| *known == Outcome::Repaired && known.word() == group.first.outcome);
        if slug == catalog::FORKPROOF_INTERNAL.slug || repaired && slug == catalog::ADOPTED_LOCK.slug {
            Self::Note
        } else if repaired {
            Self::Warning
        } else {
            Self::Error
        }
    }
}

/// The catalogue's line for a slug; of one that a newer library brought, the slug.
pub fn title(slug: &str) -> &str {
    catalog::ALL.iter().find(|entry| entry.slug == slug).map_or(slug, |entry| entry.title)
}
