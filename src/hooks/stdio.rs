//! `<stdio.h>`: closes that libc makes inside itself, which pass no hook.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::fork::missed;
use crate::hazards::phantom_event;
use crate::registry::{marks, removals};
use crate::sys::errno;
use core::ffi::c_int;
use libc::FILE;

/// The stream's number is closed by the call that follows. Answers how many registrations had been removed before.
unsafe fn closing(stream: *mut FILE, call: &'static str) -> u64 {
    let before = removals::count();
    if stream.is_null() {
        return before;
    }
    // SAFETY: the program's own open stream; fileno takes no lock, and sets errno where there is no number.
    let fd = errno::kept(|| unsafe { libc::fileno(stream) });
    if !marks::is_plain(fd) {
        let _never_ours = phantom_event::closing(fd, call);
    }
    before
}

hook! {
    /// A socket under a stream is closed here and nowhere else.
    unsafe fn fclose(stream: *mut FILE) -> c_int => my_fclose {
        // SAFETY: the program's own argument.
        let before = unsafe { closing(stream, "fclose") };
        // SAFETY: as above.
        let answer = unsafe { real!(fclose)(stream) };
        removals::again(before);
        answer
    }
}

hook! {
    /// As `fclose`: the pipe of `popen` is often registered.
    site unsafe fn pclose(stream: *mut FILE) -> c_int => my_pclose(site) {
        // SAFETY: the program's own argument.
        let before = unsafe { closing(stream, "pclose") };
        // SAFETY: as above.
        let answer = unsafe { real!(pclose)(stream) };
        removals::again(before);
        missed("pclose", answer, site);
        answer
    }
}
