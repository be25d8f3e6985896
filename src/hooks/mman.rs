//! `<sys/mman.h>`: memory of an `io_uring` ring, which a fork shares.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::late_completion::rings;
use crate::sys::call::Errno;
use core::ffi::{c_int, c_void};
use libc::off_t;

hook! {
    /// Where nobody has made a ring it is a load and a jump.
    unsafe fn mmap(address: *mut c_void, length: usize, access: c_int, flags: c_int, fd: c_int, offset: off_t)
        -> *mut c_void => my_mmap {
        if rings::any() {
            // SAFETY: the program's own arguments.
            return unsafe { map_ring(address, length, access, flags, fd, offset) };
        }
        // SAFETY: as above.
        unsafe { real!(mmap)(address, length, access, flags, fd, offset) }
    }
}

hook! {
    /// Another name of `mmap` where a `long` has 64 bits.
    again unsafe fn mmap64(address: *mut c_void, length: usize, access: c_int, flags: c_int, fd: c_int, offset: off_t)
        -> *mut c_void => my_mmap
}

#[cold]
#[inline(never)]
unsafe extern "C-unwind" fn map_ring(
    address: *mut c_void,
    length: usize,
    access: c_int,
    flags: c_int,
    fd: c_int,
    offset: off_t,
) -> *mut c_void {
    map_by(length, flags, fd, || {
        // SAFETY: the program's own arguments.
        unsafe { real!(mmap)(address, length, access, flags, fd, offset) }.expose_provenance()
    })
    .map_or(libc::MAP_FAILED, core::ptr::with_exposed_provenance_mut)
}

/// A mapping, by whatever call: the address it answers, or `None` where it failed.
pub(super) fn map_by(length: usize, flags: c_int, fd: c_int, real: impl FnOnce() -> usize) -> Option<usize> {
    let failed = libc::MAP_FAILED.addr();
    if flags & libc::MAP_ANONYMOUS != 0 || fd < 0 {
        return Some(real()).filter(|&start| start != failed);
    }
    if rings::is_refused(fd, "mmap") {
        let _minus_one = refused(Errno(libc::EBADF));
        return None;
    }
    let start = Some(real()).filter(|&start| start != failed)?;
    rings::mapped(fd, start, length);
    Some(start)
}
