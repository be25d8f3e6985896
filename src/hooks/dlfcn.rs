//! `<dlfcn.h>`, `<link.h>`: the list of objects is under a lock of the loader's.
//!
//! dlopen looks at who calls it, so nothing of ours may stand between: tried out before, then a jump.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::interrupted_resolver::{self, Kind};
use core::ffi::{c_int, c_void};

type Visit = unsafe extern "C" fn(*mut c_void, usize, *mut c_void) -> c_int;

unsafe extern "C" fn enough(_: *mut c_void, _: usize, _: *mut c_void) -> c_int {
    1
}

fn objects(call: &'static str) {
    interrupted_resolver::before(Kind::Loader, call, || {
        let visit_one: Visit = enough;
        // SAFETY: the slot holds dl_iterate_phdr, declared without arguments because `probing` passes on whatever came;
        // this is its type (dl_iterate_phdr(3)).
        let iterate = unsafe {
            core::mem::transmute::<unsafe extern "C-unwind" fn() -> c_int, unsafe extern "C-unwind" fn(Visit, *mut c_void) -> c_int>(
                real!(dl_iterate_phdr),
            )
        };
        // SAFETY: stops at the first object.
        unsafe { iterate(visit_one, core::ptr::null_mut()) };
    });
}

hook! {
    /// Each takes `dl_load_write_lock`.
    probing objects:
    unsafe fn dl_iterate_phdr;
    unsafe fn dlopen;
    unsafe fn dlmopen;
    unsafe fn dlclose;
}
