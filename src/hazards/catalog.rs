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

/// See `shared_wakeup.md`.
pub const SHARED_WAKEUP: Entry = Entry {
    place: 8,
    slug: "shared-wakeup",
    title: "a signal sent to a forked child wakes its parent through a pipe both share",
    default: Action::Repair,
    text: include_str!("shared_wakeup.md"),
};

/// See `handler_in_child.md`.
pub const HANDLER_IN_CHILD: Entry = Entry {
    place: 9,
    slug: "handler-in-child",
    title: "a handler of the parent's ran in a forked child",
    default: Action::Report,
    text: include_str!("handler_in_child.md"),
};

/// See `reentrant_sigchld.md`.
pub const REENTRANT_SIGCHLD: Entry = Entry {
    place: 10,
    slug: "reentrant-sigchld",
    title: "a signal's handler is entered again while it is still at work",
    default: Action::Report,
    text: include_str!("reentrant_sigchld.md"),
};

/// See `stolen_child_status.md`.
pub const STOLEN_CHILD_STATUS: Entry = Entry {
    place: 11,
    slug: "stolen-child-status",
    title: "one part of a program takes the exit status that another waits for",
    default: Action::Report,
    text: include_str!("stolen_child_status.md"),
};

/// See `shared_timerfd.md`.
pub const SHARED_TIMERFD: Entry = Entry {
    place: 12,
    slug: "shared-timerfd",
    title: "a forked child reads or sets its parent's timerfd",
    default: Action::Repair,
    text: include_str!("shared_timerfd.md"),
};

/// See `shared_signalfd.md`.
pub const SHARED_SIGNALFD: Entry = Entry {
    place: 13,
    slug: "shared-signalfd",
    title: "a forked child changes its parent's signalfd",
    default: Action::Repair,
    text: include_str!("shared_signalfd.md"),
};

/// See `shared_inotify.md`.
pub const SHARED_INOTIFY: Entry = Entry {
    place: 14,
    slug: "shared-inotify",
    title: "a forked child reads or changes its parent's inotify instance",
    default: Action::Report,
    text: include_str!("shared_inotify.md"),
};

/// See `late_completion.md`.
pub const LATE_COMPLETION: Entry = Entry {
    place: 15,
    slug: "late-completion",
    title: "a completion arrives after its caller gave it up, or never arrives in a forked child",
    default: Action::Repair,
    text: include_str!("late_completion.md"),
};

/// See `stale_event.md`.
pub const STALE_EVENT: Entry = Entry {
    place: 16,
    slug: "stale-event",
    title: "an event is handed out for a registration that is gone",
    default: Action::Report,
    text: include_str!("stale_event.md"),
};

/// See `lost_wait.md`.
pub const LOST_WAIT: Entry = Entry {
    place: 17,
    slug: "lost-wait",
    title: "a wait that nobody can end",
    default: Action::Report,
    text: include_str!("lost_wait.md"),
};

/// Each at its place.
pub const ALL: [Entry; 18] = [
    INHERITED_POLLER,
    PHANTOM_EVENT,
    FORKPROOF_INTERNAL,
    ADOPTED_LOCK,
    ORPHANED_LOCK,
    GHOST_WAITER,
    INTERRUPTED_RESOLVER,
    VANISHED_THREADS,
    SHARED_WAKEUP,
    HANDLER_IN_CHILD,
    REENTRANT_SIGCHLD,
    STOLEN_CHILD_STATUS,
    SHARED_TIMERFD,
    SHARED_SIGNALFD,
    SHARED_INOTIFY,
    LATE_COMPLETION,
    STALE_EVENT,
    LOST_WAIT,
];

/// The slugs alone, each at its place.
pub const SLUGS: [&str; 18] = [
    INHERITED_POLLER.slug,
    PHANTOM_EVENT.slug,
    FORKPROOF_INTERNAL.slug,
    ADOPTED_LOCK.slug,
    ORPHANED_LOCK.slug,
    GHOST_WAITER.slug,
    INTERRUPTED_RESOLVER.slug,
    VANISHED_THREADS.slug,
    SHARED_WAKEUP.slug,
    HANDLER_IN_CHILD.slug,
    REENTRANT_SIGCHLD.slug,
    STOLEN_CHILD_STATUS.slug,
    SHARED_TIMERFD.slug,
    SHARED_SIGNALFD.slug,
    SHARED_INOTIFY.slug,
    LATE_COMPLETION.slug,
    STALE_EVENT.slug,
    LOST_WAIT.slug,
];
