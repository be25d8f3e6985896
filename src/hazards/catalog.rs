//! Every hazard by slug, with the page a user reads. Data only: the command compiles it too.

use crate::settings::Action;

/// One hazard as users know it.
pub struct Entry {
    /// Its place in the settings and in [`ALL`]: new ones go last.
    pub place: usize,
    /// Its name in options, logs and documents.
    pub slug: &'static str,
    /// One line.
    pub title: &'static str,
    /// What is done about it when nothing is set.
    pub default: Action,
    /// The page `forkproof explain` prints, Markdown.
    #[allow(dead_code)] // the command's; the library drops it
    pub text: &'static str,
}

/// See `inherited_poller.md`.
pub const INHERITED_POLLER: Entry = Entry {
    place: 0,
    slug: "inherited-poller",
    title: "a forked child uses its parent's epoll instance",
    default: Action::Repair,
    text: include_str!("inherited_poller.md"),
};

/// See `phantom_event.md`.
pub const PHANTOM_EVENT: Entry = Entry {
    place: 1,
    slug: "phantom-event",
    title: "a closed descriptor stays registered because another process holds its file",
    default: Action::Repair,
    text: include_str!("phantom_event.md"),
};

/// See `forkproof_internal.md`.
pub const FORKPROOF_INTERNAL: Entry = Entry {
    place: 2,
    slug: "forkproof-internal",
    title: "forkproof itself could not do something",
    default: Action::Report,
    text: include_str!("forkproof_internal.md"),
};

/// Each at its place.
pub const ALL: [Entry; 3] = [INHERITED_POLLER, PHANTOM_EVENT, FORKPROOF_INTERNAL];

/// The slugs alone, each at its place.
pub const SLUGS: [&str; 3] = [INHERITED_POLLER.slug, PHANTOM_EVENT.slug, FORKPROOF_INTERNAL.slug];
