//! `<setjmp.h>`: a signal handler may leave a lookup by a jump; then it is not going on.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::{reentrant_sigchld, trampoline};
use crate::registry::threads;

extern "C" fn jumps() {
    threads::jumps();
    reentrant_sigchld::jumps();
    trampoline::jumps();
}

hook! {
    /// The frames that are jumped over are not run.
    noting jumps:
    unsafe fn longjmp;
    unsafe fn _longjmp;
    unsafe fn siglongjmp;
    unsafe fn __longjmp_chk;
}
