//! `libforkproof.so`: preloaded into a program, it knows which process owns each epoll instance, and
//! mends what a forked child inherited and must not share.
//!
//! The floors, top to bottom. A file names only floors below its own, and siblings in its folder;
//! `scripts/check-floors` holds it to that.

mod hooks;
mod start;
mod atfork;
mod hazards;
mod policy;
mod report;
mod registry;
mod ident;
mod sys;
mod settings;
mod suppressions;
mod wire;
