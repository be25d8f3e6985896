//! `<locale.h>`: one rwlock of libc's. No call takes it and changes nothing, so these are watched themselves.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::interrupted_resolver::during;
use core::ffi::{c_char, c_int};
use core::ptr::null_mut;
use libc::locale_t;

hook! {
    /// Reads files under the lock.
    in_copy unsafe fn setlocale(category: c_int, name: *const c_char) -> *mut c_char => my_setlocale {
        let mut answer = null_mut();
        // SAFETY: the program's own arguments.
        during("setlocale", &mut || answer = unsafe { real!(setlocale)(category, name) });
        answer
    }
}

hook! {
    /// As `setlocale`.
    in_copy unsafe fn newlocale(mask: c_int, name: *const c_char, base: locale_t) -> locale_t => my_newlocale {
        let mut answer = null_mut();
        // SAFETY: the program's own arguments.
        during("newlocale", &mut || answer = unsafe { real!(newlocale)(mask, name, base) });
        answer
    }
}

hook! {
    /// Another name of `newlocale`.
    again in_copy unsafe fn __newlocale => my_newlocale of newlocale
}

hook! {
    /// Counts users under the lock.
    in_copy unsafe fn duplocale(locale: locale_t) -> locale_t => my_duplocale {
        let mut answer = null_mut();
        // SAFETY: the program's own arguments.
        during("duplocale", &mut || answer = unsafe { real!(duplocale)(locale) });
        answer
    }
}

hook! {
    /// Another name of `duplocale`.
    again in_copy unsafe fn __duplocale => my_duplocale of duplocale
}

hook! {
    /// As `duplocale`.
    in_copy unsafe fn freelocale(locale: locale_t) -> () => my_freelocale {
        // SAFETY: the program's own argument.
        during("freelocale", &mut || unsafe { real!(freelocale)(locale) });
    }
}

hook! {
    /// Another name of `freelocale`.
    again in_copy unsafe fn __freelocale => my_freelocale of freelocale
}
