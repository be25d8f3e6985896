//! Which process is this, and how did it come to be?

pub mod birth;
pub mod epoch;
pub mod kin;
mod note;
pub mod page;
pub mod thread;
