//! `<locale.h>`: one rwlock of libc's. No call takes it and changes nothing, so these are watched themselves.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::interrupted_resolver::during;
use core::ffi::{c_char, c_int};
use libc::locale_t;

hook! {
    /// Reads files under the lock.
    in_copy unsafe fn setlocale(category: c_int, name: *const c_char) -> *mut c_char => my_setlocale {
        // SAFETY: the program's own arguments.
        during("setlocale", || unsafe { real!(setlocale)(category, name) })
    }
}

hook! {
    /// As `setlocale`.
    in_copy unsafe fn newlocale(mask: c_int, name: *const c_char, base: locale_t) -> locale_t => my_newlocale {
        // SAFETY: the program's own arguments.
        during("newlocale", || unsafe { real!(newlocale)(mask, name, base) })
    }
}

hook! {
    /// Another name of `newlocale`.
    again in_copy unsafe fn __newlocale => my_newlocale of newlocale
}

hook! {
    /// Counts users under the lock.
    in_copy unsafe fn duplocale(locale: locale_t) -> locale_t => my_duplocale {
        // SAFETY: the program's own argument.
        during("duplocale", || unsafe { real!(duplocale)(locale) })
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
        during("freelocale", || unsafe { real!(freelocale)(locale) });
    }
}

hook! {
    /// Another name of `freelocale`.
    again in_copy unsafe fn __freelocale => my_freelocale of freelocale
}
