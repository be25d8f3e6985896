//! A value the compiler knows nothing about: no instruction, and one register less to save or load.
//!
//! On the hot paths each instruction is counted. What the compiler can deduce about a value it also
//! recomputes or keeps twice, at a register to save around the real call for each.
//!
//! # Safety
//! Empty assembly that hands its operand back.
#![allow(unsafe_code)]

use core::arch::asm;

/// A word or number as it is.
#[inline(always)]
#[must_use]
pub fn number(mut value: u64) -> u64 {
    // SAFETY: no instruction.
    unsafe { asm!("/* {0} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags)) };
    value
}

/// A reference as it is.
#[inline(always)]
#[must_use]
pub fn reference<T>(value: &'static T) -> &'static T {
    let mut value = core::ptr::from_ref(value);
    // SAFETY: no instruction.
    unsafe { asm!("/* {0} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags)) };
    // SAFETY: it is the reference that came in.
    unsafe { &*value }
}
