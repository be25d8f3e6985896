//! One hazard a file: why it is one, and how it is mended. Each file begins with its argument.

pub mod adopted_lock;
pub mod arrival;
mod borrowed;
pub mod catalog;
pub mod forkproof_internal;
pub mod ghost_waiter;
pub mod handler_in_child;
mod holder;
pub mod inherited_poller;
pub mod interrupted_resolver;
mod mender;
pub mod late_completion;
pub mod lost_wait;
pub mod orphaned_lock;
pub mod phantom_event;
pub mod reentrant_sigchld;
pub mod shared_descriptor;
pub mod shared_inotify;
pub mod shared_signalfd;
pub mod shared_timerfd;
pub mod shared_wakeup;
pub mod stale_event;
pub mod stolen_child_status;
mod telling;
pub mod trampoline;
pub mod vanished_threads;
mod words;
