//! What a finding asks of its reader: an act, a look, nothing. Order, colour and shape on the page follow from it.

use crate::cli::history::Group;
use crate::wire::Outcome;

/// The gravest first, so that sorting puts it on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    Died,
    Failed,
    Poisoned,
    Reported,
    /// An outcome that a newer library has.
    Other,
    Repaired,
    /// Silenced by a suppression, whatever its outcome.
    Suppressed,
}

impl Tone {
    pub const ALL: [Self; 7] = [
        Self::Died,
        Self::Failed,
        Self::Poisoned,
        Self::Reported,
        Self::Other,
        Self::Repaired,
        Self::Suppressed,
    ];

    pub fn of(group: &Group) -> Self {
        if !group.first.suppressed.is_empty() {
            return Self::Suppressed;
        }
        let word = &*group.first.outcome;
        let known = [
            (Outcome::Died, Self::Died),
            (Outcome::Failed, Self::Failed),
            (Outcome::Poisoned, Self::Poisoned),
            (Outcome::Reported, Self::Reported),
            (Outcome::Repaired, Self::Repaired),
        ];
        known.iter().find(|(outcome, _)| outcome.word() == word).map_or(Self::Other, |&(_, tone)| tone)
    }

    /// The word for people, and the name in the style sheet and the script.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Died => Outcome::Died.word(),
            Self::Failed => Outcome::Failed.word(),
            Self::Poisoned => Outcome::Poisoned.word(),
            Self::Reported => Outcome::Reported.word(),
            Self::Other => "other",
            Self::Repaired => Outcome::Repaired.word(),
            Self::Suppressed => "suppressed",
        }
    }

    /// What was done, in a sentence.
    pub const fn deed(self) -> &'static str {
        match self {
            Self::Died => "The process was ended.",
            Self::Failed => "It could not be mended.",
            Self::Poisoned => "The call was refused; the shared thing was not touched.",
            Self::Reported => "It was left as it was.",
            Self::Other => "This forkproof does not know the outcome; a newer one wrote it.",
            Self::Repaired => "It was mended, and the program went on.",
            Self::Suppressed => "It was counted and logged, and not said.",
        }
    }
}
