//! shared-inotify: a forked child reads or changes its parent's inotify instance.
//!
//! Watches and queued events lie in the open file (inotify(7)): what the child reads, the parent never hears of,
//! and its `inotify_rm_watch` removes the parent's watch. An instance cannot be copied: the kernel shows inodes and not
//! the paths that were watched, hands out watch descriptors of its own, and gives nobody the queue without taking it.
//! So it is said, once an instance and process, where the parent certainly has the instance too, and left alone.

use super::catalog::SHARED_INOTIFY;
use super::shared_descriptor::{Kind, Way};
use crate::registry::fds;

pub(super) const KIND: Kind = Kind {
    flag: fds::INOTIFY,
    entry: SHARED_INOTIFY,
    noun: "inotify instance",
    link: b"anon_inode:inotify",
    harm: "events that one process reads and watches that it removes are gone for the other",
    // To wait for it takes nothing away.
    way: |way, _| (way == Way::Used).then_some(way),
    copy: None,
};
