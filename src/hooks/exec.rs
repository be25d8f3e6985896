//! `<unistd.h>`: another program takes this one's place, and gets its signal mask.
//!
//! Several are variadic, and a vfork child calls them on its parent's stack: so they are noted, and jump.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::reentrant_sigchld::{self, deferral};

extern "C" fn ending() {
    if reentrant_sigchld::holds() {
        deferral::ending();
    }
}

hook! {
    /// See above.
    noting ending:
    unsafe fn execve;
    unsafe fn execv;
    unsafe fn execvp;
    unsafe fn execvpe;
    unsafe fn execl;
    unsafe fn execle;
    unsafe fn execlp;
    unsafe fn fexecve;
}
