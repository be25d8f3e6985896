//! late-completion: an operation ends after its caller gave it up, or never ends in a forked child.

pub mod rings;
