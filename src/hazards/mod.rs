//! One hazard a file: why it is one, and how it is mended. Each file begins with its argument.

mod borrowed;
pub mod catalog;
pub mod forkproof_internal;
pub mod inherited_poller;
pub mod phantom_event;
