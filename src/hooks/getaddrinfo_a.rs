//! `<netdb.h>`: lookups that libc's helper threads make, as transfers are in `aio`.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::aio::span;
use super::{netdb, pthread, refused};
use crate::hazards::interrupted_resolver;
use crate::hazards::late_completion::cancel::NotCanceled;
use crate::hazards::late_completion::{begun, is_asked, is_looked_at, service};
use crate::registry::function::Function;
use crate::sys::requests::{Block, EAI_ALLDONE, EAI_INTR, EAI_NOTCANCELED, Event, Kind, Lookup};
use core::ffi::c_int;
use libc::{sigevent, timespec};

/// `netdb.h`.
const GAI_WAIT: c_int = 0;
const GAI_NOWAIT: c_int = 1;

/// What the copy's own service makes its threads and its lookups with.
pub(super) static LIBC: service::Libc = service::Libc { make: pthread::make_servant, look_up };

/// # Safety
/// A block that the program asked about.
unsafe fn look_up(block: *mut Lookup) -> c_int {
    static FUNCTION: Function = Function { name: "getaddrinfo" };
    // SAFETY: the caller's promise: the program left the block to us, with what it names.
    interrupted_resolver::inside(
        &FUNCTION,
        || libc::EAI_SYSTEM,
        move || unsafe {
            let Lookup { name, service, hints, .. } = *block;
            netdb::getaddrinfo.get()(name, service, hints.cast(), (&raw mut (*block).list).cast())
        },
    )
}

fn block(of: *const Lookup) -> Block {
    Block { kind: Kind::Lookup, address: of.expose_provenance() }
}

/// The blocks of a list, null ones left out.
///
/// # Safety
/// The program's own list, of `count` entries.
unsafe fn blocks(list: *const *const Lookup, count: c_int) -> impl Iterator<Item = Block> + Clone {
    let entries = if list.is_null() { 0 } else { usize::try_from(count).unwrap_or(0) };
    // SAFETY: the caller's promise.
    (0..entries).map(move |place| unsafe { *list.add(place) }).filter(|of| !of.is_null()).map(block)
}

hook! {
    /// In a copy libc may count on a thread that is not here.
    unlisted unsafe fn getaddrinfo_a(mode: c_int, list: *const *mut Lookup, count: c_int, told: *mut sigevent) -> c_int
        => my_getaddrinfo_a {
        // SAFETY: the program's own arguments.
        let each = unsafe { blocks(list.cast(), count) };
        if !matches!(mode, GAI_WAIT | GAI_NOWAIT) || !is_asked(Kind::Lookup, "getaddrinfo_a") {
            // SAFETY: as above.
            let answer = unsafe { real!(getaddrinfo_a)(mode, list, count, told) };
            // Where a child is made meanwhile, it lacks a thread that may hold locks of the resolver's.
            each.filter(|block| block.seems_under_way()).for_each(|block| begun(block, -1));
            return answer;
        }
        service::know(&LIBC);
        // SAFETY: as above; the two are one structure.
        let event = unsafe { told.cast::<Event>().as_ref() }.filter(|_| mode == GAI_NOWAIT);
        let event = event.copied().unwrap_or(Event::NONE);
        // SAFETY: as above.
        let (_, refusal) = unsafe { service::ask_each(Kind::Lookup, each.clone().map(|block| (block, 0)), &event) };
        // SAFETY: as above.
        if mode == GAI_WAIT && unsafe { service::wait_for_all(&each) } == service::Waited::Interrupted {
            return EAI_INTR;
        }
        refusal.map_or(0, |errno| {
            let _minus_one = refused(errno);
            libc::EAI_SYSTEM
        })
    }
}

hook! {
    /// What an ancestor had in flight has ended here.
    unlisted unsafe fn gai_error(of: *mut Lookup) -> c_int => my_gai_error {
        if is_looked_at(Kind::Lookup) && !of.is_null() {
            // SAFETY: the program's own argument.
            unsafe { service::look(block(of), "gai_error") };
        }
        // SAFETY: as above.
        unsafe { real!(gai_error)(of) }
    }
}

hook! {
    /// As `gai_error`. libc would wait for ever for what an ancestor had in flight.
    unlisted unsafe fn gai_suspend(list: *const *const Lookup, count: c_int, limit: *const timespec) -> c_int
        => my_gai_suspend {
        if !is_looked_at(Kind::Lookup) {
            // SAFETY: the program's own arguments.
            return unsafe { real!(gai_suspend)(list, count, limit) };
        }
        // SAFETY: as above.
        service::of_lookups(unsafe { service::suspend(&blocks(list, count), span(limit), "gai_suspend") })
    }
}

hook! {
    /// "Not canceled" means that the block will still be written.
    unlisted unsafe fn gai_cancel(of: *mut Lookup) -> c_int => my_gai_cancel {
        let own = is_looked_at(Kind::Lookup) && !of.is_null();
        let answer = if own {
            // SAFETY: the program's own argument.
            unsafe { service::cancel(block(of), "gai_cancel") }.of_lookup()
        } else {
            // SAFETY: as above.
            unsafe { real!(gai_cancel)(of) }
        };
        let late = NotCanceled { kind: Kind::Lookup, fd: -1, block: of.addr(), call: "gai_cancel" };
        if answer == EAI_NOTCANCELED && late.has_ended(|| if !own { let_through() }) {
            return EAI_ALLDONE;
        }
        answer
    }
}

/// As in `aio`: until libc has taken the request off its list, the same block cannot be told from a new one.
fn let_through() {
    let nothing = [core::ptr::null::<Lookup>()];
    // SAFETY: a list of one entry, which is null.
    let _nothing_to_wait_for = unsafe { real!(gai_suspend)(nothing.as_ptr(), 1, core::ptr::null()) };
}
