//! `<stdlib.h>`: the environment and the exit functions, each under a lock.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]
#![allow(non_snake_case)] // `_Exit`

use crate::hazards::interrupted_resolver::{self, Kind};
use crate::hazards::late_completion::rings;
use crate::report::life;
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C" {
    /// Runs the exit functions of one object (Itanium C++ ABI 3.3.6).
    fn __cxa_finalize(object: *mut c_void);
}

fn environment(call: &'static str) {
    interrupted_resolver::before(Kind::Environment, call, &mut || {
        // SAFETY: the slot holds unsetenv, declared without arguments because `probing` passes on whatever came; this is
        // its type (unsetenv(3)).
        let unset = unsafe {
            core::mem::transmute::<
                unsafe extern "C-unwind" fn() -> c_int,
                unsafe extern "C-unwind" fn(*const c_char) -> c_int,
            >(real!(unsetenv))
        };
        // SAFETY: a name that nobody has set: it is looked for, and nothing changes.
        unsafe { unset(c"FORKPROOF_NOT_A_VARIABLE".as_ptr()) };
    });
}

fn exit_functions(call: &'static str) {
    static NO_OBJECT: u8 = 0;
    // SAFETY: nobody registers with this address: the list is looked through, and nothing is called.
    interrupted_resolver::before(Kind::Exit, call, &mut || unsafe {
        __cxa_finalize((&raw const NO_OBJECT).cast_mut().cast());
    });
}

extern "C" fn ending(status: c_int) {
    rings::ends("_exit");
    life::exit(status);
}

hook! {
    /// The end of a child that runs no exit functions; `start` has those of the others.
    noting ending:
    unsafe fn _exit;
    unsafe fn _Exit;
}

hook! {
    /// Each takes `envlock`. getenv takes none before glibc 2.41, and is not hooked.
    probing environment:
    unsafe fn setenv;
    unsafe fn unsetenv;
    unsafe fn putenv;
    unsafe fn clearenv;
}

hook! {
    /// Each takes `__exit_funcs_lock`; atexit is `__cxa_atexit` by the time it is called.
    probing exit_functions:
    unsafe fn exit;
    unsafe fn on_exit;
    unsafe fn __cxa_atexit;
}
