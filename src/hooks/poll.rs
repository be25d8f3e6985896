//! `<poll.h>`, `<sys/select.h>`: an epoll descriptor can itself be waited for.
#![allow(unsafe_code)]
//! # Safety
//! As in `hooks`; descriptor lists are read before the kernel reads them.


use crate::hazards::inherited_poller::{any_inherited, touched_in};
use core::ffi::c_int;
use libc::{fd_set, nfds_t, pollfd, sigset_t, timespec, timeval};

#[inline]
unsafe fn polled(call: &'static str, list: *const pollfd, count: nfds_t) {
    if any_inherited() {
        // SAFETY: as the caller promises.
        unsafe { look(call, list, count) }
    }
}

#[cold]
#[inline(never)]
unsafe fn look(call: &'static str, list: *const pollfd, count: nfds_t) {
    if !list.is_null() {
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: the kernel is about to read as many; a list it cannot read, it could not poll either.
        touched_in(call, unsafe { core::slice::from_raw_parts(list, count) }.iter().map(|one| one.fd));
    }
}

#[cold]
#[inline(never)]
unsafe fn look_in_sets(call: &'static str, count: c_int, read: *const fd_set, write: *const fd_set, except: *const fd_set) {
    // SAFETY: the kernel is about to read `count` bits of each set that is not null.
    let is_set = |fd: c_int| [read, write, except].iter().any(|&set| unsafe { has(set, fd) });
    touched_in(call, (0..count).filter(|&fd| is_set(fd)));
}

/// Without `FD_ISSET`: programs with more descriptors than `FD_SETSIZE` allocate longer sets.
unsafe fn has(set: *const fd_set, fd: c_int) -> bool {
    let bits = usize::BITS as usize;
    let fd = usize::try_from(fd).unwrap_or(0);
    // SAFETY: the caller vouches for a set of more than `fd` bits.
    !set.is_null() && unsafe { *set.cast::<usize>().add(fd / bits) } >> (fd % bits) & 1 != 0
}

hook! {
    /// A child may poll the inherited number and never call epoll itself.
    unsafe fn poll(list: *mut pollfd, count: nfds_t, timeout: c_int) -> c_int => my_poll {
        // SAFETY: the program's own arguments.
        unsafe { polled("poll", list, count) };
        // SAFETY: as above.
        unsafe { real!(poll)(list, count, timeout) }
    }
}

hook! {
    /// Another name of `poll`.
    again unsafe fn __poll(list: *mut pollfd, count: nfds_t, timeout: c_int) -> c_int => my_poll
}

hook! {
    /// `poll` as `_FORTIFY_SOURCE` calls it.
    unlisted unsafe fn __poll_chk(list: *mut pollfd, count: nfds_t, timeout: c_int, size: usize) -> c_int => my_poll_chk {
        // SAFETY: the program's own arguments; a list that is too short ends the program in the real call.
        unsafe { polled("poll", list, count.min((size / size_of::<pollfd>()) as nfds_t)) };
        // SAFETY: as above.
        unsafe { real!(__poll_chk)(list, count, timeout, size) }
    }
}

hook! {
    /// As `poll`.
    unsafe fn ppoll(list: *mut pollfd, count: nfds_t, timeout: *const timespec, mask: *const sigset_t) -> c_int => my_ppoll {
        // SAFETY: the program's own arguments.
        unsafe { polled("ppoll", list, count) };
        // SAFETY: as above.
        unsafe { real!(ppoll)(list, count, timeout, mask) }
    }
}

hook! {
    /// `ppoll` as `_FORTIFY_SOURCE` calls it.
    unlisted unsafe fn __ppoll_chk(list: *mut pollfd, count: nfds_t, timeout: *const timespec, mask: *const sigset_t,
        size: usize) -> c_int => my_ppoll_chk {
        // SAFETY: as in `__poll_chk`.
        unsafe { polled("ppoll", list, count.min((size / size_of::<pollfd>()) as nfds_t)) };
        // SAFETY: as above.
        unsafe { real!(__ppoll_chk)(list, count, timeout, mask, size) }
    }
}

hook! {
    /// As `poll`.
    unsafe fn select(count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        timeout: *mut timeval) -> c_int => my_select {
        if any_inherited() {
            // SAFETY: the program's own arguments.
            unsafe { look_in_sets("select", count, read, write, except) };
        }
        // SAFETY: as above.
        unsafe { real!(select)(count, read, write, except, timeout) }
    }
}

hook! {
    /// Another name of `select`.
    again unsafe fn __select(count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        timeout: *mut timeval) -> c_int => my_select
}

hook! {
    /// As `poll`.
    unsafe fn pselect(count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        timeout: *const timespec, mask: *const sigset_t) -> c_int => my_pselect {
        if any_inherited() {
            // SAFETY: the program's own arguments.
            unsafe { look_in_sets("pselect", count, read, write, except) };
        }
        // SAFETY: as above.
        unsafe { real!(pselect)(count, read, write, except, timeout, mask) }
    }
}
