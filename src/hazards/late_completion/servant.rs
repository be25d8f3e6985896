//! The threads that do the work: detached, with all signals of the program's blocked, gone when there is nothing left to do.
//!
//! # Safety
//! Threads are made with libc's own function. Blocks are the program's until it is told that their request has ended.
#![allow(unsafe_code)]

use super::notice::announce;
use super::slots::{Slot, at_desk};
use crate::registry::threads;
use crate::sys::requests::{Block, Event, Kind, Lookup};
use crate::sys::signals;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicPtr, Ordering};
use libc::pthread_attr_t;

/// A thread's first routine.
pub type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

/// What the hooks know and this floor does not.
pub struct Libc {
    /// libc's `pthread_create`, for a thread with these attributes.
    pub make: unsafe fn(*const pthread_attr_t, Routine, *mut c_void) -> c_int,
    /// libc's `getaddrinfo`, for this block.
    pub look_up: unsafe fn(*mut Lookup) -> c_int,
}

static LIBC: AtomicPtr<Libc> = AtomicPtr::new(core::ptr::null_mut());

/// From now on threads can be made.
pub fn know(libc: &'static Libc) {
    LIBC.store(core::ptr::from_ref(libc).cast_mut(), Ordering::Release);
}

fn libc() -> Option<&'static Libc> {
    // SAFETY: null, or what `know` was given.
    unsafe { LIBC.load(Ordering::Acquire).as_ref() }
}

/// Starts a thread with all signals of the program's blocked.
///
/// # Safety
/// `attributes` are null, for a detached thread, or the program's; `routine` takes `argument`.
pub unsafe fn start(routine: Routine, attributes: *const pthread_attr_t, argument: *mut c_void) -> bool {
    let Some(libc) = libc() else { return false };
    let mut own = MaybeUninit::<pthread_attr_t>::uninit();
    // SAFETY: libc fills the structure, which is ours, and changes no more than it.
    let detached = unsafe {
        libc::pthread_attr_init(own.as_mut_ptr()) == 0
            && libc::pthread_attr_setdetachstate(own.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED) == 0
    };
    if !detached {
        return false;
    }
    let attributes = if attributes.is_null() { own.as_ptr() } else { attributes };
    let before = signals::blocked();
    // A thread inherits the mask, and may sit in a read for ever.
    signals::also_block(signals::ALL_OF_THE_PROGRAMS);
    // SAFETY: as the caller promises.
    let made = unsafe { (libc.make)(attributes, routine, argument) } == 0;
    signals::restore(before);
    // SAFETY: it was made above.
    let _frees_nothing = unsafe { libc::pthread_attr_destroy(own.as_mut_ptr()) };
    made
}

/// Starts one that works at requests of the kind, which the desk has counted already.
pub fn hire(kind: Kind) -> bool {
    let routine = match kind {
        Kind::Transfer => transfers,
        Kind::Lookup => lookups,
    };
    // SAFETY: our own routines, which take no argument.
    unsafe { start(routine, core::ptr::null(), core::ptr::null_mut()) }
}

unsafe extern "C-unwind" fn transfers(_: *mut c_void) -> *mut c_void {
    serve(Kind::Transfer);
    core::ptr::null_mut()
}

unsafe extern "C-unwind" fn lookups(_: *mut c_void) -> *mut c_void {
    serve(Kind::Lookup);
    // The resolver's gate has made a record of this thread.
    threads::leaves();
    core::ptr::null_mut()
}

fn serve(kind: Kind) {
    loop {
        let (slot, helped) = at_desk(|desk| {
            let slot = desk.takes(kind);
            if slot.is_none() {
                desk.dismisses(kind);
            }
            (slot, slot.is_some() && desk.hires(kind))
        });
        let Some(slot) = slot else { return };
        if helped && !hire(kind) {
            at_desk(|desk| desk.dismisses(kind));
        }
        work_at(slot);
    }
}

fn work_at(slot: &'static Slot) {
    let block = slot.block();
    match block.kind {
        Kind::Transfer => {
            // SAFETY: the program's block, which it must leave alone until its request has ended (aio(7)).
            let Some(transfer) = (unsafe { block.transfer() }) else { return };
            // SAFETY: as above, with the buffer it names.
            let done = unsafe { transfer.make() };
            let event = transfer.event;
            match done {
                Ok(count) => end(slot, block, 0, count.cast_signed(), &event),
                Err(errno) => end(slot, block, errno.0, -1, &event),
            }
        }
        Kind::Lookup => {
            let Some(libc) = libc() else { return };
            // SAFETY: the program's block, likewise (getaddrinfo_a(3)).
            let code = unsafe { (libc.look_up)(block.lookup()) };
            end(slot, block, code, 0, &Event::NONE);
        }
    }
}

/// Ends a request: first the block says so, then those who wait are woken, then it is announced.
fn end(slot: &Slot, block: Block, state: i32, answer: isize, event: &Event) {
    let list = at_desk(|desk| {
        // SAFETY: the request is in its slot, so the block is the program's loan, and only the desk writes to it.
        unsafe { block.say(state, answer) };
        desk.ends(slot)
    });
    told(block.kind, event, list);
}

/// Wakes who waits for an end, and announces it.
pub fn told(kind: Kind, event: &Event, list: Option<Event>) {
    crate::sys::futex::wake(super::slots::endings());
    let _cannot_be_told = announce(event, kind);
    if let Some(list) = list {
        let _cannot_be_told = announce(&list, kind);
    }
}
