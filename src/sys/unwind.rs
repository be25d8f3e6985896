//! A stand-in for the one symbol that would raise the floor to glibc 2.35.
//!
//! The static unwinder asks `_dl_find_object` first and walks the modules where it answers "not found". Only
//! our own panics are ever unwound by it, so the slow way does. The symbol is hidden: nobody else sees it.
//!
//! # Safety
//! An assembly function that touches nothing but its return register.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".globl _dl_find_object",
    ".hidden _dl_find_object",
    ".type _dl_find_object, @function",
    "_dl_find_object:",
    "mov eax, -1",
    "ret",
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".globl _dl_find_object",
    ".hidden _dl_find_object",
    ".type _dl_find_object, %function",
    "_dl_find_object:",
    "mov w0, -1",
    "ret",
);
