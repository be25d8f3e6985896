//! `<unistd.h>`, `<fcntl.h>`: which numbers are open, and which name the same file.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::inherited_poller;
use crate::hazards::phantom_event::{self, Closing};
use crate::registry::{fds, marks, removals};
use crate::sys::call::Errno;
use crate::sys::fd;
use core::ffi::{c_int, c_uint};

unsafe extern "C-unwind" {
    safe fn pthread_testcancel();
}

/// libc's own close; the same call by number is none.
const CANCELLATION_POINT: &str = "close";

/// A close, by whatever call: records first, then the number.
#[inline]
pub(super) fn close_by(call: &'static str, fd: c_int, real: impl FnOnce() -> c_int) -> c_int {
    if marks::is_plain(fd) { real() } else { close_recorded(call, fd, real) }
}

#[cold]
#[inline(never)]
fn close_recorded(call: &'static str, fd: c_int, real: impl FnOnce() -> c_int) -> c_int {
    if call == CANCELLATION_POINT {
        // A cancellation that is pending acts before anything is closed (pthreads(7)): so before the records go.
        pthread_testcancel();
    }
    let before = removals::count();
    match phantom_event::closing(fd, call) {
        Closing::Go => {
            let answer = real();
            removals::again(before);
            answer
        }
        Closing::Hidden => refused(Errno(libc::EBADF)),
    }
}

/// A dup, by whatever call.
#[inline]
pub(super) fn duplicate_by(old: c_int, real: impl FnOnce() -> c_int) -> c_int {
    let new = real();
    if new >= 0 {
        marks::add(old, marks::DUPLICATED);
        marks::add(new, marks::DUPLICATED);
        if marks::of(old) & marks::KNOWN != 0 {
            inherited_poller::duplicated(old, new);
        }
    }
    new
}

/// A dup onto a chosen number, which closes what was there.
#[inline]
pub(super) fn replace_by(
    call: &'static str,
    (old, new, flags): (c_int, c_int, c_int),
    real: impl FnOnce() -> c_int,
) -> c_int {
    if fds::get(old).has(fds::OURS) {
        return refused(Errno(libc::EBADF));
    }
    // The call then closes nothing: dup2 answers the number, dup3 EINVAL (dup(2)).
    if old == new || flags & !libc::O_CLOEXEC != 0 {
        return real();
    }
    let before = removals::count();
    if !marks::is_plain(new) {
        phantom_event::replacing(old, new, call);
    }
    let answer = duplicate_by(old, real);
    removals::again(before);
    if answer == libc::STDERR_FILENO {
        phantom_event::stderr_replaced();
    }
    answer
}

/// A close of many numbers: ours is left out, as if it were not open.
pub(super) fn close_range_by(
    call: &'static str,
    first: c_uint,
    last: c_uint,
    how: c_uint,
    real: impl Fn(c_uint, c_uint) -> c_int,
) -> c_int {
    // A mark, or an error: nothing is closed.
    if how & !libc::CLOSE_RANGE_UNSHARE != 0 || first > last {
        return real(first, last);
    }
    let before = removals::count();
    let ours = phantom_event::closing_range(first, last, call).filter(|ours| (first..=last).contains(ours));
    let Some(ours) = ours else {
        let answer = real(first, last);
        removals::again(before);
        return answer;
    };
    let below = ours.checked_sub(1).filter(|&end| first <= end).map_or(0, |end| real(first, end));
    let above = ours.checked_add(1).filter(|&start| start <= last).map_or(0, |start| real(start, last));
    removals::again(before);
    if below == 0 { above } else { below }
}

hook! {
    /// The last number of a file ends its registrations, unless another process holds it.
    unsafe fn close(fd: c_int) -> c_int => my_close {
        // SAFETY: the program's own argument.
        close_by("close", fd, move || unsafe { real!(close)(fd) })
    }
}

hook! {
    /// Another name of `close`.
    again unsafe fn __close(fd: c_int) -> c_int => my_close
}

hook! {
    /// As `close`, for a range (Linux 5.9, glibc 2.34).
    optional unsafe fn close_range(first: c_uint, last: c_uint, how: c_int) -> c_int => my_close_range {
        let Some(real) = real!(close_range) else { return refused(Errno(libc::ENOSYS)) };
        // SAFETY: the program's own arguments, less a number of ours.
        close_range_by("close_range", first, last, how.cast_unsigned(), |first, last| unsafe { real(first, last, how) })
    }
}

hook! {
    /// As `close_range` to the end (glibc 2.34); its calls inside libc do not pass us.
    optional unlisted unsafe fn closefrom(first: c_int) -> () => my_closefrom {
        let Some(real) = real!(closefrom) else { return };
        let start = c_uint::try_from(first).unwrap_or(0);
        let before = removals::count();
        let ours = phantom_event::closing_range(start, c_uint::MAX, "closefrom").filter(|&ours| ours >= start);
        let around = ours.is_some_and(|ours| {
            let below = ours.checked_sub(1).filter(|&end| start <= end);
            below.is_none_or(|end| fd::close_range(start, end, 0).is_ok())
                && fd::close_range(ours.saturating_add(1), c_uint::MAX, 0).is_ok()
        });
        if !around {
            // SAFETY: the program's own argument.
            unsafe { real(first) }
        }
        removals::again(before);
    }
}

hook! {
    /// Two numbers for one file: closing one of them ends nothing.
    marking unsafe fn dup => my_dup
}

/// `new` is a dup of what may be a poller, or a number of ours. Answers what dup answers.
unsafe extern "C-unwind" fn my_dup(old: c_int, new: c_int) -> c_int {
    if new < 0 {
        return new;
    }
    if fds::get(old).has(fds::OURS) {
        fd::close(new);
        return refused(Errno(libc::EBADF));
    }
    inherited_poller::duplicated(old, new);
    new
}

hook! {
    /// As `dup`, and the close of what was at `new`.
    unsafe fn dup2(old: c_int, new: c_int) -> c_int => my_dup2 {
        // SAFETY: the program's own arguments.
        replace_by("dup2", (old, new, 0), move || unsafe { real!(dup2)(old, new) })
    }
}

hook! {
    /// Another name of `dup2`.
    again unsafe fn __dup2(old: c_int, new: c_int) -> c_int => my_dup2
}

hook! {
    /// As `dup2`.
    unsafe fn dup3(old: c_int, new: c_int, flags: c_int) -> c_int => my_dup3 {
        // SAFETY: the program's own arguments.
        replace_by("dup3", (old, new, flags), move || unsafe { real!(dup3)(old, new, flags) })
    }
}

/// A fcntl, by whatever call.
#[inline]
pub(super) fn fcntl_by(fd: c_int, command: c_int, real: impl FnOnce() -> c_int) -> c_int {
    let duplicates = command == libc::F_DUPFD || command == libc::F_DUPFD_CLOEXEC;
    if !duplicates && marks::is_plain(fd) { real() } else { fcntl_recorded(fd, duplicates, real) }
}

#[cold]
#[inline(never)]
fn fcntl_recorded(fd: c_int, duplicates: bool, real: impl FnOnce() -> c_int) -> c_int {
    if fds::get(fd).has(fds::OURS) {
        return refused(Errno(libc::EBADF));
    }
    if duplicates { duplicate_by(fd, real) } else { real() }
}

hook! {
    /// `F_DUPFD` is a dup. Variadic in C; the third argument, given or not, is in the same register.
    unlisted unsafe fn fcntl(fd: c_int, command: c_int, argument: usize) -> c_int => my_fcntl {
        // SAFETY: the program's own arguments.
        fcntl_by(fd, command, move || unsafe { real!(fcntl)(fd, command, argument) })
    }
}

hook! {
    /// Another name of `fcntl`.
    again unsafe fn __fcntl(fd: c_int, command: c_int, argument: usize) -> c_int => my_fcntl
}

hook! {
    /// As `fcntl`, the name `_FILE_OFFSET_BITS=64` gives it (glibc 2.28).
    unlisted unsafe fn fcntl64(fd: c_int, command: c_int, argument: usize) -> c_int => my_fcntl64 {
        // SAFETY: the program's own arguments.
        fcntl_by(fd, command, move || unsafe { real!(fcntl64)(fd, command, argument) })
    }
}
