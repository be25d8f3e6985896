//! Calls on rings of `io_uring` and contexts of Linux AIO, which libc has no functions for: by number only.
//!
//! # Safety
//! As in `hooks`; what is read the kernel has just written.
#![allow(unsafe_code)]
// As in `syscall`.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

use super::{mman, refused};
use crate::hazards::late_completion::rings;
use crate::sys::call::Errno;
use core::ffi::{c_int, c_long};

/// `io_uring_setup(2)`: the flags in its parameters, and the one that asks for no descriptor.
const FLAGS_AT: usize = 8;
const REGISTERED_FD_ONLY: u32 = 1 << 15;
/// `io_uring_enter(2)`: the number is the thread's own name for a ring, which no child has.
const ENTER_REGISTERED: usize = 1 << 4;
/// `io_uring_register(2)`, likewise.
const REGISTER_REGISTERED: usize = 1 << 31;

/// `io_pgetevents(2)`, which the libc crate leaves out.
#[cfg(target_arch = "x86_64")]
pub(super) const SYS_IO_PGETEVENTS: c_long = 333;
/// As above.
#[cfg(target_arch = "aarch64")]
pub(super) const SYS_IO_PGETEVENTS: c_long = 292;

/// One of these calls. `words` are its first five.
pub(super) fn by_number(number: c_long, words: [usize; 5], real: impl FnOnce() -> c_long) -> c_long {
    let [first, second, _, fourth, fifth] = words;
    let fd = first as c_int;
    let is_refused = match number {
        libc::SYS_io_uring_setup => {
            let answer = real();
            // SAFETY: the kernel has written the parameters where it answers a number.
            let flags =
                || unsafe { core::ptr::with_exposed_provenance::<u32>(second + FLAGS_AT).read_unaligned() };
            if answer >= 0 && flags() & REGISTERED_FD_ONLY == 0 {
                rings::made(answer as c_int);
            }
            return answer;
        }
        libc::SYS_io_uring_enter => fourth & ENTER_REGISTERED == 0 && rings::is_refused(fd, "io_uring_enter"),
        libc::SYS_io_uring_register => {
            second & REGISTER_REGISTERED == 0 && rings::is_refused(fd, "io_uring_register")
        }
        libc::SYS_mmap => {
            let start = mman::map_by(second, fourth as c_int, fifth as c_int, || real() as usize);
            return start.map_or(-1, |start| start as c_long);
        }
        libc::SYS_io_setup => {
            let answer = real();
            if answer == 0 {
                // SAFETY: the kernel has written the context's name there.
                let context = unsafe { core::ptr::with_exposed_provenance::<usize>(second).read_unaligned() };
                rings::contexts::made(context);
            }
            return answer;
        }
        libc::SYS_io_destroy => {
            rings::contexts::destroying(first);
            false
        }
        libc::SYS_io_submit => return used(first, "io_submit", real),
        libc::SYS_io_cancel => return used(first, "io_cancel", real),
        libc::SYS_io_getevents => return used(first, "io_getevents", real),
        SYS_IO_PGETEVENTS => return used(first, "io_pgetevents", real),
        _ => false,
    };
    if is_refused { c_long::from(refused(Errno(libc::EBADF))) } else { real() }
}

/// A call on a context: what the kernel says of it comes first.
fn used(context: usize, call: &'static str, real: impl FnOnce() -> c_long) -> c_long {
    let answer = real();
    // SAFETY: libc's errno of this thread.
    if answer == -1 && unsafe { *libc::__errno_location() } == libc::EINVAL {
        rings::contexts::was_invalid(context, call);
    }
    answer
}
