//! `<cxxabi.h>`: statics that are made at first use.
//!
//! The real function is libstdc++'s or libc++abi's, and may be loaded long after us and where `RTLD_NEXT`
//! does not look: it is found where the caller itself would have found it.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::orphaned_lock::guard::{acquired, before_acquire};
use crate::sys::next::Late;
use core::ffi::c_int;

type Acquire = unsafe extern "C-unwind" fn(*mut u64) -> c_int;

static REAL: Late<Acquire> = Late::new("__cxa_guard_acquire\0");

hook! {
    /// Who makes a static may be a thread that the child has not got.
    optional late site unsafe fn __cxa_guard_acquire(guard: *mut u64) -> c_int => my_cxa_guard_acquire(site) {
        // SAFETY: the program's own argument.
        let _cannot_be_refused = unsafe { before_acquire(guard) };
        let answer = match REAL.get(site) {
            // SAFETY: as above.
            Some(acquire) => unsafe { acquire(guard) },
            // SAFETY: as above; nobody but the caller knows of it, and it is made once: the first byte says so.
            None => c_int::from(unsafe { guard.cast::<u8>().read() } == 0),
        };
        if answer != 0 {
            // SAFETY: as above.
            unsafe { acquired(guard) };
        }
        answer
    }
}
