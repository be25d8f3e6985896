//! The registers that a frame can be found by, by their numbers in DWARF's tables. No compiler lets a frame that makes
//! calls end at another.

#[cfg(target_arch = "x86_64")]
const ALL: [u16; 3] = [6, 7, 16];
#[cfg(target_arch = "aarch64")]
const ALL: [u16; 3] = [29, 31, 30];

/// The frame pointer.
pub(super) const FRAME: u16 = ALL[0];
/// The stack pointer.
pub(super) const STACK: u16 = ALL[1];
/// What it returns to: on x86-64 a column of its own, which in a frame holds its instruction.
pub(super) const RETURN: u16 = ALL[2];
