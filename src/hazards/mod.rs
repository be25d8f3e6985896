//! One hazard a file: why it is one, and how it is mended. Each file begins with its argument.

pub mod adopted_lock;
pub mod arrival;
mod borrowed;
pub mod catalog;
pub mod forkproof_internal;
pub mod ghost_waiter;
mod holder;
pub mod inherited_poller;
pub mod interrupted_resolver;
pub mod orphaned_lock;
pub mod phantom_event;
mod telling;
pub mod vanished_threads;
mod words;
