//! What the program was started with, as a constructor gets it.
//!
//! # Safety
//! The loader hands over an array of NUL-terminated strings that the kernel laid down.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char, c_int};

/// As many as are kept.
pub const MOST: usize = 64;

/// The first arguments of the program.
///
/// # Safety
/// `count` and `array` are a constructor's first two arguments, and nobody changes them meanwhile.
#[must_use]
pub unsafe fn first(count: c_int, array: *const *const c_char) -> ([&'static [u8]; MOST], usize) {
    let mut arguments = [&[][..]; MOST];
    let count = if array.is_null() { 0 } else { usize::try_from(count).unwrap_or(0).min(MOST) };
    for (place, argument) in arguments.iter_mut().enumerate().take(count) {
        // SAFETY: there are `count` of them, as the caller promises.
        let text = unsafe { *array.add(place) };
        if !text.is_null() {
            // SAFETY: a NUL-terminated string, as the caller promises.
            *argument = unsafe { CStr::from_ptr(text) }.to_bytes();
        }
    }
    (arguments, count)
}
