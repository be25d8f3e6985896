//! Every hazard by slug, with the page a user reads. Data only: the command compiles it too.

use crate::settings::Action;

/// One hazard as users know it.
pub struct Entry {
    /// Its name in options, logs and documents.
    pub slug: &'static str,
    /// One line.
    pub title: &'static str,
    /// What is done about it when nothing is set.
    pub default: Action,
    /// The page `forkproof explain` prints, Markdown.
    pub text: &'static str,
}

/// In the order they joined: a hazard's place here is its place in the settings, so new ones go last.
pub const ALL: [Entry; 3] = [
    Entry {
        slug: "inherited-poller",
        title: "a forked child uses its parent's epoll instance",
        default: Action::Repair,
        text: include_str!("inherited_poller.md"),
    },
    Entry {
        slug: "phantom-event",
        title: "a closed descriptor stays registered because another process holds its file",
        default: Action::Repair,
        text: include_str!("phantom_event.md"),
    },
    Entry {
        slug: "forkproof-internal",
        title: "forkproof itself could not do something",
        default: Action::Report,
        text: include_str!("forkproof_internal.md"),
    },
];
