//! `<poll.h>`, `<sys/select.h>`: an epoll descriptor can itself be waited for, and a timer.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::{interrupted, lasts};
use crate::hazards::arrival;
use crate::hazards::inherited_poller::{any_inherited, inherited, touched_in};
use crate::hazards::reentrant_sigchld::{self, Idle, Restarts};
use crate::hazards::shared_descriptor::{self, waited_for_in};
use crate::hazards::shared_wakeup;
use crate::ident::page;
use crate::registry::fds;
use crate::sys::memory;
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use libc::{fd_set, nfds_t, pollfd, sigset_t, timespec, timeval};

/// Must the wait end before it begins? `lasts` says that it has a time limit other than zero, or none.
#[inline]
fn polled(call: &'static str, list: *const pollfd, count: nfds_t, lasts: impl FnOnce() -> bool) -> bool {
    look(call, list, count);
    settle();
    ends_early(lasts)
}

/// What was held back arrives. A call that does not wait goes on all the same.
fn ends_early(lasts: impl FnOnce() -> bool) -> bool {
    reentrant_sigchld::idle(Restarts::Never) == Idle::Interrupted && lasts()
}

/// Are there questions left?
fn settle() {
    if arrival::is_calm() && shared_descriptor::is_still() && inherited().next().is_none() {
        page::get().plain_polls.store(1, Ordering::Relaxed);
    }
}

fn is_list_worth_a_look() -> bool {
    any_inherited() || shared_descriptor::any_inherited()
}

/// Reads the list as the kernel would, some entries at a time: a list that cannot be read is the real call's to
/// refuse.
#[cold]
#[inline(never)]
fn look(call: &'static str, list: *const pollfd, count: nfds_t) {
    const SIZE: usize = size_of::<pollfd>();
    // What a copy waits for tells which pipes are its loop's.
    let is_first = !arrival::has_waited();
    arrival::waits(call);
    shared_descriptor::look_through();
    let mut place = list.addr();
    let mut left = usize::try_from(count).unwrap_or(0);
    let mut entries = [0_u8; 32 * SIZE];
    while left != 0 {
        let some = left.min(entries.len() / SIZE);
        let Some(entries) = entries.get_mut(..some * SIZE).filter(|_| is_first || is_list_worth_a_look())
        else {
            return;
        };
        if memory::copy(place, entries).is_none() {
            return;
        }
        let number = |entry: &[u8]| entry.first_chunk().map_or(-1, |number| c_int::from_ne_bytes(*number));
        touched_in(call, entries.chunks(SIZE).map(number));
        shared_wakeup::polled(entries.chunks(SIZE).map(number));
        waited_for_in(call, entries.chunks(SIZE).map(number));
        place = place.wrapping_add(some * SIZE);
        left -= some;
    }
}

/// Looks only at the words with the bits of inherited pollers: those are open, so the kernel reads them too,
/// while it cuts a count beyond the descriptor table.
#[cold]
#[inline(never)]
fn look_in_sets(
    call: &'static str,
    count: c_int,
    read: *const fd_set,
    write: *const fd_set,
    except: *const fd_set,
) {
    let is_first = !arrival::has_waited();
    arrival::waits(call);
    let is_set = |fd: c_int| [read, write, except].iter().any(|set| has(set.addr(), fd));
    if is_first {
        shared_wakeup::polled_among(|fd| fd < count && is_set(fd));
    }
    touched_in(call, inherited().filter(|&fd| fd < count && is_set(fd)));
    waited_for_in(call, fds::open_questions().filter(|&fd| fd < count && is_set(fd)));
    settle();
}

/// Without `FD_ISSET`: programs with more descriptors than `FD_SETSIZE` allocate longer sets.
fn has(set: usize, fd: c_int) -> bool {
    let mut word = [0_u8; size_of::<usize>()];
    let bits = usize::BITS as usize;
    let fd = usize::try_from(fd).unwrap_or(0);
    let place = set.wrapping_add(fd / bits * word.len());
    set != 0 && memory::copy(place, &mut word).is_some() && usize::from_ne_bytes(word) >> (fd % bits) & 1 != 0
}

hook! {
    /// A child may poll the inherited number and never call epoll itself.
    still(plain_polls) unsafe fn poll(list: *mut pollfd, count: nfds_t, timeout: c_int) -> c_int => my_poll {
        if polled("poll", list, count, || timeout != 0) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(poll)(list, count, timeout) }
    }
}

hook! {
    /// Another name of `poll`.
    again still(plain_polls) unsafe fn __poll => my_poll of poll
}

hook! {
    /// `poll` as `_FORTIFY_SOURCE` calls it.
    still(plain_polls) unlisted unsafe fn __poll_chk(list: *mut pollfd, count: nfds_t, timeout: c_int, size: usize) -> c_int => my_poll_chk {
        if polled("poll", list, count.min((size / size_of::<pollfd>()) as nfds_t), || timeout != 0) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(__poll_chk)(list, count, timeout, size) }
    }
}

hook! {
    /// As `poll`.
    still(plain_polls) unsafe fn ppoll(list: *mut pollfd, count: nfds_t, timeout: *const timespec, mask: *const sigset_t) -> c_int => my_ppoll {
        if polled("ppoll", list, count, || lasts(timeout)) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(ppoll)(list, count, timeout, mask) }
    }
}

hook! {
    /// `ppoll` as `_FORTIFY_SOURCE` calls it.
    still(plain_polls) unlisted unsafe fn __ppoll_chk(list: *mut pollfd, count: nfds_t, timeout: *const timespec, mask: *const sigset_t,
        size: usize) -> c_int => my_ppoll_chk {
        if polled("ppoll", list, count.min((size / size_of::<pollfd>()) as nfds_t), || lasts(timeout)) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(__ppoll_chk)(list, count, timeout, mask, size) }
    }
}

hook! {
    /// As `poll`.
    still(plain_polls) unsafe fn select(count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        timeout: *mut timeval) -> c_int => my_select {
        look_in_sets("select", count, read, write, except);
        if ends_early(|| lasts(timeout.cast())) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(select)(count, read, write, except, timeout) }
    }
}

hook! {
    /// Another name of `select`.
    again still(plain_polls) unsafe fn __select => my_select of select
}

hook! {
    /// As `poll`.
    still(plain_polls) unsafe fn pselect(count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        timeout: *const timespec, mask: *const sigset_t) -> c_int => my_pselect {
        look_in_sets("pselect", count, read, write, except);
        if ends_early(|| lasts(timeout)) {
            return interrupted();
        }
        // SAFETY: the program's own arguments.
        unsafe { real!(pselect)(count, read, write, except, timeout, mask) }
    }
}
