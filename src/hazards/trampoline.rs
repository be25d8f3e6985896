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
use super::stolen_child_status;
use crate::ident::epoch::{self, Verdict};
use crate::ident::page;
use crate::ident::thread::{self, Word};
use crate::registry::handlers::{self, Handler};
use crate::registry::{forks, table};
use crate::sys::{memory, signals};
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use libc::siginfo_t;

type Function = unsafe extern "C-unwind" fn(c_int, *mut siginfo_t, *mut c_void);

unsafe extern "C-unwind" fn trampoline(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    if reentrant_sigchld::watches(signal) {
        // SAFETY: the kernel's arguments, to the function the program gave it for them.
        unsafe { watched(signal, info, context) }
    } else {
        // SAFETY: as above.
        unsafe { hand_on(signal, info, context) }
    }
}

/// # Safety
/// As `trampoline`.
#[inline(always)]
unsafe fn hand_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let handler = handlers::get(signal);
    // One of the process's own within an inherited one is told from that by a record of its own.
    if !page::is_original() && (handler.is_inherited() || thread::get(Word::Delivered) != 0) {
        // SAFETY: as `trampoline`.
        unsafe { recorded(signal, info, context, handler) }
    } else {
        // SAFETY: as above.
        unsafe { function(handler)(signal, info, context) }
    }
}

#[inline(always)]
fn function(handler: &Handler) -> Function {
    let function: *const () = core::ptr::with_exposed_provenance(handler.function());
    // SAFETY: a trampoline lies only where a function of the program's was recorded and installed, or `nothing`.
    unsafe { core::mem::transmute::<*const (), Function>(function) }
}

/// A program that copies an action past us, from one signal to another, has no function there that we know.
unsafe extern "C-unwind" fn nothing(_: c_int, _: *mut siginfo_t, _: *mut c_void) {}

/// A handler at work in this copy, in the frame of its trampoline. libc's jumps out of handlers take it off the thread; an
/// exception or another context leaves it, and so does a fork within it.
#[repr(C)]
struct Delivered {
    mark: usize,
    signal: usize,
}

/// Differs from place to place and from process to process.
fn mark(at: usize) -> usize {
    !at ^ epoch::now() as usize
}

/// The signal whose handler this thread runs. Known in copies, once trampolines are in use.
#[must_use]
pub fn running() -> Option<c_int> {
    let at = usize::try_from(thread::get(Word::Delivered)).unwrap_or(0);
    let mut words = [0; 2];
    if at == 0 || !is_below(at) || memory::words(at, &mut words).is_none() {
        return None;
    }
    let [is, signal] = words;
    c_int::try_from(signal).ok().filter(|_| is == mark(at))
}

/// Does the calling function's frame lie below `at`, on the same stack? On the alternate one it does only as long as a
/// handler runs there.
fn is_below(at: usize) -> bool {
    let here = (&raw const at).addr();
    let alternate = signals::alternate_stack();
    here < at && alternate.contains(&at) == alternate.contains(&here)
}

/// Is [`running`] worth asking?
#[inline(always)]
#[must_use]
pub fn may_run() -> bool {
    thread::get(Word::Delivered) != 0
}

/// The calling thread jumps, perhaps out of a handler.
#[inline(always)]
pub fn jumps() {
    thread::set(Word::Delivered, 0);
}

/// # Safety
/// As `trampoline`.
#[inline(never)]
unsafe extern "C-unwind" fn watched(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    if reentrant_sigchld::holds() {
        // SAFETY: as `trampoline`.
        return unsafe { held_back(signal, info, context) };
    }
    reentrant_sigchld::begins(signal, context);
    // SAFETY: as `trampoline`.
    unsafe { hand_on(signal, info, context) };
    reentrant_sigchld::ends(signal, context);
}

/// # Safety
/// As `trampoline`.
#[cold]
#[inline(never)]
unsafe extern "C-unwind" fn held_back(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    if reentrant_sigchld::arriving(signal, info, context) == Delivery::Kept {
        return;
    }
    // SAFETY: as `trampoline`.
    unsafe { hand_on(signal, info, context) };
    reentrant_sigchld::handled(signal, context);
}

/// # Safety
/// As `trampoline`.
#[inline(never)]
unsafe extern "C-unwind" fn recorded(
    signal: c_int,
    info: *mut siginfo_t,
    context: *mut c_void,
    handler: &Handler,
) {
    // The mark is of the epoch, and the handler may be the first to do what settles it. A vfork child would leave its
    // mark in its parent's memory. Either is rare: no epoch yet, or the bit that says so, which is the sign.
    if epoch::word().cast_signed() <= 0 && is_visitor() {
        // SAFETY: as `trampoline`.
        return unsafe { function(handler)(signal, info, context) };
    }
    let mut place = MaybeUninit::<Delivered>::uninit();
    let at = place.as_mut_ptr().expose_provenance();
    let delivered = place.write(Delivered { mark: mark(at), signal: signal.cast_unsigned() as usize });
    let outer = thread::swap(Word::Delivered, at as u64);
    // SAFETY: as `trampoline`.
    unsafe { function(handler)(signal, info, context) };
    let _at = thread::swap(Word::Delivered, outer);
    // SAFETY: ours; it must not be found when it is over.
    unsafe { (&raw mut delivered.mark).write_volatile(0) };
    // SAFETY: the kernel handed over a siginfo.
    handler_in_child::ran(signal, unsafe { &*info });
}

#[cold]
#[inline(never)]
fn is_visitor() -> bool {
    epoch::settle() == Verdict::Visitor
}

/// The program has made `function` the handler of `signal`, and wants a siginfo with it or not.
#[inline]
pub fn installed(signal: i32, function: usize, wants_info: bool) {
    if signal == libc::SIGCHLD {
        stolen_child_status::chosen();
    }
    if handlers::is_function(function)
        && table::capacity() != 0
        && let Verdict::Owner(epoch) = epoch::settle()
    {
        let unknown = function == trampoline as *const () as usize && handlers::get(signal).function() == 0;
        let function = if unknown { nothing as *const () as usize } else { function };
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
