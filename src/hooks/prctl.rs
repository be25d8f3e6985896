//! `<sys/prctl.h>`: from when on a system call of ours could end the process.
//!
//! # Safety
//! As in `hooks`. prctl is variadic; five words of registers are passed on whatever there are.
#![allow(unsafe_code)]

use crate::registry::sandbox;
use core::ffi::c_int;

hook! {
    /// See above.
    unlisted unsafe fn prctl(option: c_int, second: usize, third: usize, fourth: usize, fifth: usize) -> c_int
        => my_prctl {
        if option == libc::PR_SET_SECCOMP {
            sandbox::begins();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(prctl)(option, second, third, fourth, fifth) }
    }
}
