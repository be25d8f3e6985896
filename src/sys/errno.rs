//! errno, where a call of libc's made on our own account may change it.
//!
//! # Safety
//! libc's errno of the calling thread.
#![allow(unsafe_code)]

/// Makes `work`, and puts errno back as it was.
pub fn kept<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: libc answers the address of a word that lives as long as the thread.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *place };
    let answer = work();
    // SAFETY: as above.
    unsafe { *place = before };
    answer
}
