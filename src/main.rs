//! The `forkproof` command: runs programs under `libforkproof.so` and reads what it found.
//!
//! A crate root of its own. It shares the options, the log format and the catalogue with the library as
//! source, and never links it: a command that defined `fork` would stand in its own way.
#![cfg_attr(not(test), no_main)]
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep std's locks, threads and environment out of the library; this is a program of its own"
)]

#[allow(dead_code, reason = "the library finds a hazard by its place, the command by its slug")]
#[path = "hazards/catalog.rs"]
mod catalog;
mod cli;
#[allow(dead_code, reason = "the library acts on the settings, the command only checks them")]
mod settings;
#[allow(dead_code, reason = "the library matches findings, the command also lists the lines")]
mod suppressions;
#[allow(dead_code, reason = "the library writes records, the command only reads them")]
mod wire;

/// C's `main`, because Rust's changes what `run` passes on: its runtime ignores SIGPIPE and opens
/// `/dev/null` on closed standard descriptors first, and a program executed in place would inherit both.
#[allow(unsafe_code, reason = "the one exported name: this crate has no other `main`")]
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn main() -> std::ffi::c_int {
    cli::main()
}
