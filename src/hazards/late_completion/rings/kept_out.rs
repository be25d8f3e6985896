//! Under `poison` a ring's memory is not given to children (`MADV_DONTFORK`, madvise(2)): one that touches it dies of
//! SIGSEGV instead of taking what is its parent's. It must not die without a word, so SIGSEGV, where it is at its
//! default, gets an action of ours, that names the ring, puts the default back and sends the signal again as it came.
//! It is there before a fork, so that children are covered however they are made; the program is told SIGSEGV is at
//! its default, and whatever it sets takes the place.
//!
//! # Safety
//! The kernel calls the action with a siginfo (sigaction(2)).
#![allow(unsafe_code)]

use super::super::super::catalog::LATE_COMPLETION as ENTRY;
use super::super::super::telling::about;
use super::action;
use crate::ident::epoch::{self, Verdict};
use crate::registry::handlers;
use crate::registry::rings::{CONTEXTS, Ring, URINGS};
use crate::report::{self, Finding};
use crate::sys::{memory, signals};
use crate::wire::Outcome;
use core::ffi::{c_int, c_void};
use core::fmt;
use libc::siginfo_t;

/// Keeps memory of a ring from children to come.
pub(super) fn keep(start: usize, length: usize) {
    if memory::keep_from_children(start, length).is_ok() {
        watch();
    }
}

/// Whoever handles faults himself is left alone.
fn watch() {
    let ours = signals::Action { mask: 0, ..signals::Action::ours(faulted as *const () as usize) };
    let is_default = |now: &signals::Action| now.handler == libc::SIG_DFL;
    if !signals::action(libc::SIGSEGV, None).is_ok_and(|now| is_default(&now)) {
        return;
    }
    handlers::hides(ours.handler);
    // Another thread may have set its own in between.
    if let Ok(before) = signals::action(libc::SIGSEGV, Some(&ours))
        && !is_default(&before)
    {
        let _the_last_word = signals::action(libc::SIGSEGV, Some(&before));
    }
}

unsafe extern "C" fn faulted(signal: c_int, info: *mut siginfo_t, _: *mut c_void) {
    let held = signals::hold();
    // SAFETY: the kernel's own.
    let about_it = unsafe { &*info };
    // What is positive the kernel found; the rest somebody sent (sigaction(2)).
    if about_it.si_code > 0 {
        // SAFETY: SIGSEGV from the kernel has an address.
        name(unsafe { about_it.si_addr() }.addr(), held);
    }
    let _cannot_fail = signals::action(signal, Some(&signals::Action::default()));
    // Blocked while this runs, it arrives on return, as it came. Most faults would come again by themselves; what
    // somebody sent, and a tag that is checked late, would not.
    // SAFETY: a siginfo is so many words.
    let words = unsafe { &*info.cast::<[u64; size_of::<siginfo_t>() / size_of::<u64>()]>() };
    signals::queue(signal, words);
    signals::restore(held);
}

fn name(address: usize, held: signals::Mask) {
    let Verdict::Owner(_) = epoch::settle() else { return };
    let uring = URINGS.inherited_at(address);
    let Some(ring) = uring.or_else(|| CONTEXTS.inherited_at(address)) else { return };
    let (fd, maker) = (uring.map_or(-1, Ring::fd), ring.maker());
    let noun = Noun { fd, context: ring.name() };
    report::note(
        &Finding {
            fd,
            owner: maker,
            ..about(
                &ENTRY,
                action(),
                Outcome::Poisoned,
                "SIGSEGV",
                format_args!(
                    "a touch at {address:#x}, where process {maker} has {noun}: its memory is kept out of children, and SIGSEGV ends this one"
                ),
            )
        },
        held,
    );
}

struct Noun {
    fd: i32,
    context: usize,
}

impl fmt::Display for Noun {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fd < 0 {
            write!(out, "AIO context {:#x}", self.context)
        } else {
            write!(out, "io_uring ring {}", self.fd)
        }
    }
}
