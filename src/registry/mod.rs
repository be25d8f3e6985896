//! Who owns what: flat tables in plain memory, indexed by descriptor.
//!
//! Fork copies them at the right instant, so a child finds the interest lists as they were when it
//! was made, whatever its parent has done since. No lock anywhere: a record is one or two words,
//! and a record that two threads changed at once says so (`DOUBT`).

pub mod batches;
pub mod birthplace;
pub mod deliveries;
pub mod depot;
pub mod duplicates;
pub mod fds;
pub mod forks;
pub mod function;
pub mod gate;
pub mod handlers;
pub mod interests;
pub mod marks;
pub mod oneshots;
pub mod overflow;
pub mod pairs;
pub mod pollers;
pub mod reaped;
pub mod removals;
pub mod requests;
pub mod rings;
pub mod sandbox;
pub mod services;
pub mod table;
pub mod tag;
pub mod threads;
