//! `<aio.h>`: transfers that libc's helper threads make, which a fork leaves behind, and cancels that come too late.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::{getaddrinfo_a, refused};
use crate::hazards::late_completion::cancel::NotCanceled;
use crate::hazards::late_completion::{begun, is_asked, is_looked_at, know, service};
use crate::ident::epoch;
use crate::registry::requests;
use crate::sys::call::Errno;
use crate::sys::requests::{Block, DATA_SYNC, Event, Kind, SYNC};
use core::ffi::c_int;
use core::sync::atomic::Ordering;
use libc::{aiocb, sigevent, ssize_t, timespec};

fn block(of: *const aiocb) -> Block {
    Block { kind: Kind::Transfer, address: of.expose_provenance() }
}

/// The blocks of a list, null ones left out.
///
/// # Safety
/// The program's own list, of `count` entries.
unsafe fn blocks(list: *const *const aiocb, count: c_int) -> impl Iterator<Item = Block> + Clone {
    let entries = if list.is_null() { 0 } else { usize::try_from(count).unwrap_or(0) };
    // SAFETY: the caller's promise.
    (0..entries).map(move |place| unsafe { *list.add(place) }).filter(|of| !of.is_null()).map(block)
}

/// How long a wait may last, in nanoseconds; `None` for ever.
///
/// # Safety
/// Null, or a limit of the program's.
pub(super) unsafe fn span(limit: *const timespec) -> Option<u64> {
    // SAFETY: the caller's promise.
    let limit = unsafe { limit.as_ref() }?;
    let [seconds, ns] = [limit.tv_sec, limit.tv_nsec].map(|part| u64::try_from(part).unwrap_or(0));
    Some(seconds.saturating_mul(1_000_000_000).saturating_add(ns))
}

/// One transfer, by libc or by the copy's own service.
///
/// # Safety
/// `of` is the program's argument of `call`, and `real` is that call.
unsafe fn transfer(
    call: &'static str,
    of: *mut aiocb,
    operation: c_int,
    real: impl FnOnce() -> c_int,
) -> c_int {
    // SAFETY: the caller's promise; libc reads it too.
    let Some(fd) = unsafe { of.as_ref() }.map(|of| of.aio_fildes) else { return real() };
    let answer = if is_asked(Kind::Transfer, call) {
        service::know(&getaddrinfo_a::LIBC);
        // SAFETY: as above.
        unsafe { service::ask(block(of), operation, 0) }.map_or_else(refused, |()| 0)
    } else {
        real()
    };
    if answer == 0 {
        know(let_through);
        begun(block(of), fd);
    }
    answer
}

hook! {
    /// In a copy libc may count on a thread that is not here.
    unsafe fn aio_read(of: *mut aiocb) -> c_int => my_aio_read {
        // SAFETY: the program's own argument.
        unsafe { transfer("aio_read", of, libc::LIO_READ, move || real!(aio_read)(of)) }
    }
}

hook! {
    /// Another name of `aio_read`.
    again unsafe fn aio_read64(of: *mut aiocb) -> c_int => my_aio_read
}

hook! {
    /// As `aio_read`.
    unsafe fn aio_write(of: *mut aiocb) -> c_int => my_aio_write {
        // SAFETY: the program's own argument.
        unsafe { transfer("aio_write", of, libc::LIO_WRITE, move || real!(aio_write)(of)) }
    }
}

hook! {
    /// Another name of `aio_write`.
    again unsafe fn aio_write64(of: *mut aiocb) -> c_int => my_aio_write
}

hook! {
    /// As `aio_read`.
    unsafe fn aio_fsync(how: c_int, of: *mut aiocb) -> c_int => my_aio_fsync {
        let operation = if how == libc::O_SYNC { SYNC } else { DATA_SYNC };
        if is_looked_at(Kind::Transfer) {
            // SAFETY: the program's own argument.
            let fd = unsafe { of.as_ref() }.map_or(-1, |of| of.aio_fildes);
            if how != libc::O_SYNC && how != libc::O_DSYNC {
                return refused(Errno(libc::EINVAL));
            }
            if !service::is_open(fd) {
                return refused(Errno(libc::EBADF));
            }
        }
        // SAFETY: as above.
        unsafe { transfer("aio_fsync", of, operation, move || real!(aio_fsync)(how, of)) }
    }
}

hook! {
    /// Another name of `aio_fsync`.
    again unsafe fn aio_fsync64(how: c_int, of: *mut aiocb) -> c_int => my_aio_fsync
}

hook! {
    /// As `aio_read`, many at once. The version before 2.4 told nobody of a single one.
    since "GLIBC_2.34" unsafe fn lio_listio(mode: c_int, list: *const *mut aiocb, count: c_int, told: *mut sigevent) -> c_int
        => my_lio_listio {
        // SAFETY: the program's own arguments.
        let each = unsafe { blocks(list.cast(), count) };
        let answer = if matches!(mode, libc::LIO_WAIT | libc::LIO_NOWAIT) && is_asked(Kind::Transfer, "lio_listio") {
            service::know(&getaddrinfo_a::LIBC);
            // SAFETY: as above.
            unsafe { by_own_service(mode, &each, told) }
        } else {
            // SAFETY: as above.
            unsafe { real!(lio_listio)(mode, list, count, told) }
        };
        // Those that a list begins and that end at once leave no record: they may be the program's again.
        for block in each.filter(|block| block.seems_under_way()) {
            // SAFETY: as above: under way, so still the program's loan.
            if let Some(transfer) = unsafe { block.transfer() } {
                know(let_through);
                begun(block, transfer.fd);
            }
        }
        answer
    }
}

hook! {
    /// Another name of `lio_listio`.
    again unsafe fn lio_listio64(mode: c_int, list: *const *mut aiocb, count: c_int, told: *mut sigevent) -> c_int
        => my_lio_listio
}

/// # Safety
/// The program's own arguments of `lio_listio`.
unsafe fn by_own_service(
    mode: c_int,
    each: &(impl Iterator<Item = Block> + Clone),
    told: *mut sigevent,
) -> c_int {
    let wanted = each.clone().filter_map(|block| {
        // SAFETY: the caller's promise.
        let operation = unsafe { block.transfer() }?.operation;
        (operation != libc::LIO_NOP).then_some((block, operation))
    });
    let waits = mode == libc::LIO_WAIT;
    // SAFETY: null, or the program's own; the two are one structure.
    let event = unsafe { told.cast::<Event>().as_ref() }.filter(|_| !waits).copied().unwrap_or(Event::NONE);
    // SAFETY: the caller's promise.
    let (taken, refusal) = unsafe { service::ask_each(Kind::Transfer, wanted.clone(), &event) };
    if !waits || taken == 0 {
        return refusal.map_or(0, refused);
    }
    let mut wanted = wanted.map(|(block, _)| block);
    // SAFETY: as above.
    if unsafe { service::wait_for_all(&wanted) } == service::Waited::Interrupted {
        return super::interrupted();
    }
    let failed = |block: Block| {
        // SAFETY: as above; nothing is under way any more.
        let transfer = unsafe { block.transfer() };
        transfer.is_some_and(|transfer| transfer.answer.load(Ordering::Relaxed) == -1)
    };
    if refusal.is_some() || wanted.any(failed) { refused(Errno(libc::EIO)) } else { 0 }
}

hook! {
    /// What an ancestor had in flight has ended here. libc's takes its lock to read a word (glibc, `aio_error.c`), and whoever had
    /// that lock at the fork may not be here.
    unsafe fn aio_error(of: *const aiocb) -> c_int => my_aio_error {
        if is_looked_at(Kind::Transfer) && !of.is_null() {
            // SAFETY: the program's own argument.
            return unsafe {
                service::look(block(of), "aio_error");
                block(of).state()
            };
        }
        // SAFETY: as above.
        unsafe { real!(aio_error)(of) }
    }
}

hook! {
    /// Another name of `aio_error`.
    again unsafe fn aio_error64(of: *const aiocb) -> c_int => my_aio_error
}

hook! {
    /// As `aio_error`; the block is the program's again.
    unsafe fn aio_return(of: *mut aiocb) -> ssize_t => my_aio_return {
        if is_looked_at(Kind::Transfer) && !of.is_null() {
            // SAFETY: the program's own argument.
            unsafe { service::look(block(of), "aio_return") };
        }
        if !epoch::is_visitor() {
            requests::taken_back(of.addr());
        }
        // SAFETY: as above.
        unsafe { real!(aio_return)(of) }
    }
}

hook! {
    /// Another name of `aio_return`.
    again unsafe fn aio_return64(of: *mut aiocb) -> ssize_t => my_aio_return
}

hook! {
    /// As `aio_error`. libc would wait for ever for what an ancestor had in flight.
    unsafe fn aio_suspend(list: *const *const aiocb, count: c_int, limit: *const timespec) -> c_int => my_aio_suspend {
        // libc refuses less than none before it looks at anything.
        if !is_looked_at(Kind::Transfer) || count < 0 {
            // SAFETY: the program's own arguments.
            return unsafe { real!(aio_suspend)(list, count, limit) };
        }
        // SAFETY: as above.
        match unsafe { service::suspend(&blocks(list, count), span(limit), "aio_suspend") } {
            None | Some(service::Waited::Done) => 0,
            Some(service::Waited::Interrupted) => super::interrupted(),
            Some(service::Waited::TimedOut) => refused(Errno(libc::EAGAIN)),
        }
    }
}

hook! {
    /// Another name of `aio_suspend`.
    again unsafe fn aio_suspend64(list: *const *const aiocb, count: c_int, limit: *const timespec) -> c_int => my_aio_suspend
}

hook! {
    /// "Not canceled" means that the block will still be written.
    unsafe fn aio_cancel(fd: c_int, of: *mut aiocb) -> c_int => my_aio_cancel {
        let own = is_looked_at(Kind::Transfer);
        // SAFETY: the program's own arguments.
        let answer = if own { unsafe { take_back(fd, of) } } else { unsafe { real!(aio_cancel)(fd, of) } };
        let late = NotCanceled { kind: Kind::Transfer, fd, block: of.addr(), call: "aio_cancel" };
        if answer == libc::AIO_NOTCANCELED && late.has_ended(|| if !own { let_through() }) {
            return libc::AIO_ALLDONE;
        }
        answer
    }
}

hook! {
    /// Another name of `aio_cancel`.
    again unsafe fn aio_cancel64(fd: c_int, of: *mut aiocb) -> c_int => my_aio_cancel
}

/// The block says that its request has ended a moment before libc is through with it: libc still reads whom to tell. This
/// call waits for nothing but the lock that libc holds meanwhile.
fn let_through() {
    let nothing = [core::ptr::null::<aiocb>()];
    // SAFETY: a list of one entry, which is null.
    let _nothing_to_wait_for = unsafe { real!(aio_suspend)(nothing.as_ptr(), 1, core::ptr::null()) };
}

/// # Safety
/// The program's own arguments of `aio_cancel`.
unsafe fn take_back(fd: c_int, of: *mut aiocb) -> c_int {
    if !service::is_open(fd) {
        return refused(Errno(libc::EBADF));
    }
    // SAFETY: the caller's promise.
    let canceled = match unsafe { of.as_ref() } {
        None => service::cancel_all(fd),
        Some(one) if one.aio_fildes != fd => return refused(Errno(libc::EINVAL)),
        // SAFETY: as above.
        Some(_) => unsafe { service::cancel(block(of), "aio_cancel") },
    };
    canceled.of_transfers()
}

hook! {
    /// Takes a lock that a thread which is not here may have held, to no end: the copy's own service has no settings.
    unlisted unsafe fn aio_init(settings: *const core::ffi::c_void) -> () => my_aio_init {
        if !is_looked_at(Kind::Transfer) {
            // SAFETY: the program's own argument.
            unsafe { real!(aio_init)(settings) }
        }
    }
}
