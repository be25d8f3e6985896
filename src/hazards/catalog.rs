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

/// See `adopted_lock.md`.
pub const ADOPTED_LOCK: Entry = Entry {
    place: 3,
    slug: "adopted-lock",
    title: "a lock of the thread that forked bears that thread's old id",
    default: Action::Repair,
    text: include_str!("adopted_lock.md"),
};

/// See `orphaned_lock.md`.
pub const ORPHANED_LOCK: Entry = Entry {
    place: 4,
    slug: "orphaned-lock",
    title: "a forked child waits for a lock of a thread it has not got",
    default: Action::Report,
    text: include_str!("orphaned_lock.md"),
};

/// See `ghost_waiter.md`.
pub const GHOST_WAITER: Entry = Entry {
    place: 5,
    slug: "ghost-waiter",
    title: "a forked child uses or destroys a condition variable its parent's threads wait for",
    default: Action::Repair,
    text: include_str!("ghost_waiter.md"),
};

/// See `interrupted_resolver.md`.
pub const INTERRUPTED_RESOLVER: Entry = Entry {
    place: 6,
    slug: "interrupted-resolver",
    title: "a fork while another thread is inside libc's resolver, or another function whose locks fork does not reset",
    default: Action::Repair,
    text: include_str!("interrupted_resolver.md"),
};

/// See `vanished_threads.md`.
pub const VANISHED_THREADS: Entry = Entry {
    place: 7,
    slug: "vanished-threads",
    title: "a forked child goes on without its parent's other threads",
    default: Action::Report,
    text: include_str!("vanished_threads.md"),
};

/// Each at its place.
pub const ALL: [Entry; 8] = [
    INHERITED_POLLER,
    PHANTOM_EVENT,
    FORKPROOF_INTERNAL,
    ADOPTED_LOCK,
    ORPHANED_LOCK,
    GHOST_WAITER,
    INTERRUPTED_RESOLVER,
    VANISHED_THREADS,
];

/// The slugs alone, each at its place.
pub const SLUGS: [&str; 8] = [
    INHERITED_POLLER.slug,
    PHANTOM_EVENT.slug,
    FORKPROOF_INTERNAL.slug,
    ADOPTED_LOCK.slug,
    ORPHANED_LOCK.slug,
    GHOST_WAITER.slug,
    INTERRUPTED_RESOLVER.slug,
    VANISHED_THREADS.slug,
];
