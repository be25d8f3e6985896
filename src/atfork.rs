//! The fork sequence. A list, nothing else.
//!
//! `-z initfirst` makes these handlers the first to be registered, so they are the innermost: prepare runs
//! last, child and parent run first, and signals are held over the kernel's fork and nobody's code but
//! libc's. Where another library took that place the bracket is wider; the sequence is right all the same.
//!
//! # Safety
//! Three handlers given to libc, once. libc runs them on the forking thread.
#![allow(unsafe_code)]

use crate::hazards::{interrupted_resolver, reentrant_sigchld};
use crate::ident::{birth, epoch};
use crate::registry::forks;
use core::ffi::{c_int, c_void};

unsafe extern "C" {
    /// What `pthread_atfork` calls; the wrapper itself lies in a static library (glibc, `GLIBC_2.3.2`).
    fn __register_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
        library: *const c_void,
    ) -> c_int;
}

// One section for what runs around a fork: a new process faults its code in anew, 64 KiB at a time at best.

#[unsafe(link_section = ".text_fork")]
extern "C" fn prepare() {
    birth::hold_signals();
    interrupted_resolver::forking();
}

/// Runs when fork failed as well.
#[unsafe(link_section = ".text_fork")]
extern "C" fn parent() {
    forks::happened();
    interrupted_resolver::forked();
    birth::release_signals();
}

#[unsafe(link_section = ".text_fork")]
extern "C" fn child() {
    birth::born();
    birth::handlers_run();
    epoch::born();
    birth::release_signals();
    reentrant_sigchld::deferral::born();
}

/// Installs the handlers. Called once, by the constructor.
pub fn install() {
    // SAFETY: three functions of this library, which is never unloaded (`-z nodelete`).
    let _no_memory_no_bracket =
        unsafe { __register_atfork(Some(prepare), Some(parent), Some(child), core::ptr::null()) };
}
