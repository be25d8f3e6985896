//! `<dlfcn.h>`, `<link.h>`: the list of objects is under three locks of the loader's.
//!
//! dlopen looks at who calls it, so nothing of ours may stand between: tried out before, then a jump.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::interrupted_resolver::{self, Kind};
use core::ffi::{c_char, c_int, c_void};

type Visit = unsafe extern "C" fn(*mut c_void, usize, *mut c_void) -> c_int;

unsafe extern "C" fn enough(_: *mut c_void, _: usize, _: *mut c_void) -> c_int {
    1
}

/// The real function behind a slot that was declared without arguments, because `probing` passes on whatever came.
macro_rules! typed {
    ($name:ident as fn($($type:ty),*) -> $answer:ty) => {
        // SAFETY: its type, as the manual has it.
        unsafe {
            core::mem::transmute::<unsafe extern "C-unwind" fn() -> c_int, unsafe extern "C-unwind" fn($($type),*) -> $answer>(
                real!($name),
            )
        }
    };
}

fn objects(call: &'static str) {
    interrupted_resolver::before(Kind::Loader, call, &mut || {
        let iterate = typed!(dl_iterate_phdr as fn(Visit, *mut c_void) -> c_int);
        // SAFETY: stops at the first object.
        unsafe { iterate(enough, core::ptr::null_mut()) };
        // `dl_load_lock` and `dl_load_tls_lock`: libc's fork resets them, `_Fork` and clone do not.
        let open = typed!(dlopen as fn(*const c_char, c_int) -> *mut c_void);
        // SAFETY: the program itself, which is open and stays so.
        unsafe { open(core::ptr::null(), libc::RTLD_LAZY) };
    });
}

hook! {
    /// Each takes one of the three at least.
    probing objects:
    unsafe fn dl_iterate_phdr;
    unsafe fn dlopen;
    unsafe fn dlmopen;
    unsafe fn dlclose;
}
