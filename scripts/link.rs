//! Linker flags of the library, each with its reason.
fn main() {}
