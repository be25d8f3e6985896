//! `<unistd.h>`: another program takes this one's place, and gets its signal mask.
//!
//! Several are variadic, and a vfork child calls them on its parent's stack: so they are noted, and jump.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::reentrant_sigchld::{self, deferral};
use crate::report::life;
use crate::sys::fd;

/// `call` begins. With a path that is not there it comes back: a search along PATH calls for each folder.
fn begins(call: &'static str, is_there: impl FnOnce() -> bool) {
    if life::wanted() {
        life::exec(call, is_there);
    }
    if reentrant_sigchld::holds() {
        deferral::ending();
    }
}

fn by_path(call: &'static str, path: usize) {
    begins(call, || fd::may_be_there(path));
}

fn otherwise(call: &'static str, _name_or_number: usize) {
    begins(call, || true);
}

hook! {
    /// See above.
    noting by_path, named:
    unsafe fn execve;
    unsafe fn execv;
    unsafe fn execl;
    unsafe fn execle;
}

hook! {
    /// libc looks for the program, or its caller has it open.
    noting otherwise, named:
    unsafe fn execvp;
    unsafe fn execvpe;
    unsafe fn execlp;
    unsafe fn fexecve;
}
