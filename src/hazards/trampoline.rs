//! What lies in the place of the program's signal handlers, from the first time a process makes another one.
//!
//! A process that never does has none. For most signals it is a jump; one that is looked after
//! (`reentrant_sigchld`), and a handler inherited by a copy (`handler_in_child`), cost a frame.
//!
//! # Safety
//! The kernel calls it with a handler's arguments, which it hands on to the program's own function.
#![allow(unsafe_code)]

use super::handler_in_child;
use super::reentrant_sigchld::{self, Delivery};
use crate::ident::epoch::{self, Verdict};
use crate::ident::page;
use crate::ident::thread::{self, Word};
use crate::registry::{forks, handlers, table};
use core::ffi::{c_int, c_void};
use libc::siginfo_t;

type Function = unsafe extern "C-unwind" fn(c_int, *mut siginfo_t, *mut c_void);

unsafe extern "C-unwind" fn trampoline(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    if page::is_original() && !reentrant_sigchld::watches(signal) {
        // SAFETY: the kernel's arguments, to the function the program gave it for them.
        unsafe { function(signal)(signal, info, context) }
    } else {
        // SAFETY: as above.
        unsafe { looked_after(signal, info, context) }
    }
}

#[inline(always)]
fn function(signal: c_int) -> Function {
    let function: *const () = core::ptr::with_exposed_provenance(handlers::get(signal).function());
    // SAFETY: a trampoline lies only where a function of the program's was recorded and installed.
    unsafe { core::mem::transmute::<*const (), Function>(function) }
}

/// A handler at work in this copy, in the frame of its trampoline. libc's jumps out of handlers take it off the thread; an
/// exception or another context leaves it, so it is believed only while it has its mark.
#[repr(C)]
struct Delivered {
    mark: usize,
    signal: c_int,
    outer: u64,
}

impl Delivered {
    fn mark(at: u64) -> usize {
        (at ^ 0x666f_726b_7072_6f66) as usize
    }
}

/// The signal whose handler this thread runs. Known in copies, once trampolines are in use.
#[must_use]
pub fn running() -> Option<c_int> {
    let at = thread::get(Word::Delivered);
    if at == 0 {
        return None;
    }
    let delivered: *const Delivered = core::ptr::with_exposed_provenance(at as usize);
    // SAFETY: it lies in a frame on a stack of this thread, further up or left by an exception; read as plain words.
    let (mark, signal) = unsafe { ((&raw const (*delivered).mark).read_volatile(), (*delivered).signal) };
    (mark == Delivered::mark(at)).then_some(signal)
}

/// The calling thread jumps, perhaps out of a handler.
#[inline(always)]
pub fn jumps() {
    thread::set(Word::Delivered, 0);
}

/// # Safety
/// As `trampoline`.
#[inline(never)]
unsafe extern "C-unwind" fn looked_after(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let watched = reentrant_sigchld::watches(signal);
    if watched && reentrant_sigchld::arriving(signal, info, context) == Delivery::Kept {
        return;
    }
    // SAFETY: the kernel hands over a siginfo, which the function may change.
    let sender = unsafe { handler_in_child::concerns(signal, &*info) };
    let outer = thread::get(Word::Delivered);
    let mut delivered = Delivered { mark: 0, signal, outer };
    let at = (&raw mut delivered).expose_provenance() as u64;
    delivered.mark = Delivered::mark(at);
    thread::set(Word::Delivered, at);
    // SAFETY: as `trampoline`.
    unsafe { function(signal)(signal, info, context) };
    thread::set(Word::Delivered, delivered.outer);
    delivered.mark = 0;
    core::hint::black_box(&delivered);
    if watched {
        reentrant_sigchld::handled(signal, context);
    }
    if let Some(sender) = sender {
        handler_in_child::ran(signal, sender);
    }
}

/// The program has made `function` the handler of `signal`, and wants a siginfo with it or not.
#[inline]
pub fn installed(signal: i32, function: usize, wants_info: bool) {
    if handlers::is_function(function)
        && table::capacity() != 0
        && let Verdict::Owner(epoch) = epoch::settle()
    {
        handlers::installed(signal, function, wants_info, epoch);
    }
}

/// This process is about to make another one: its handlers may run there.
#[inline(always)]
pub fn expect_copy() {
    if !handlers::are_placed() {
        place();
    }
}

#[cold]
#[inline(never)]
fn place() {
    // Before the constructor has run, and where it was told to do nothing, no handler is known.
    if table::capacity() != 0 && !epoch::is_visitor() {
        handlers::place_all(trampoline as *const () as usize);
    }
}

/// As [`expect_copy`], for a child that may be at work in our memory. Called by the hooks that jump.
pub extern "C" fn expect_visitor() {
    expect_copy();
    forks::expect_visitor();
}
