//! A value the compiler knows nothing about: no instruction, and one register less to save or load.
//!
//! On the hot paths each instruction is counted. What the compiler can deduce about a value it also
//! recomputes or keeps twice, at a register to save around the real call for each.
//!
//! # Safety
//! Empty assembly that hands its operand back.
#![allow(unsafe_code)]

use core::arch::asm;

/// Where the calling function's frame is.
#[inline(always)]
#[must_use]
pub fn stack() -> usize {
    let place: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: copies a register.
    unsafe {
        asm!("mov {0}, rsp", out(reg) place, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: copies a register.
    unsafe {
        asm!("mov {0}, sp", out(reg) place, options(nomem, nostack, preserves_flags));
    }
    place
}

/// A reference as it is.
#[inline(always)]
#[must_use]
pub fn reference<T>(value: &'static T) -> &'static T {
    let mut address = core::ptr::from_ref(value).expose_provenance();
    // SAFETY: no instruction.
    unsafe { asm!("/* {0} */", inout(reg) address, options(pure, nomem, nostack, preserves_flags)) };
    // SAFETY: it is the reference that came in.
    unsafe { &*core::ptr::with_exposed_provenance(address) }
}
