//! Waits for requests of a copy's own service: on one word that changes with every request that ends.
//!
//! # Safety
//! Blocks are the program's arguments of the call that is being made; libc's switch for cancellations.
#![allow(unsafe_code)]

use super::service::look;
use super::slots::endings;
use crate::sys::call::Errno;
use crate::sys::requests::{Block, EAI_ALLDONE, EAI_INTR, Kind};
use crate::sys::{futex, process};
use core::ffi::c_int;
use core::sync::atomic::Ordering;

unsafe extern "C-unwind" {
    fn pthread_setcanceltype(new: c_int, old: *mut c_int) -> c_int;
}

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Well.
    Done,
    /// A signal came.
    Interrupted,
    /// The time was over.
    TimedOut,
}

/// Waits for the end of one of the `blocks`, null ones left out, for `limit`: nanoseconds, or for ever. `None` where nothing is under
/// way.
///
/// # Safety
/// Each block is one of its kind.
pub unsafe fn suspend(
    blocks: &(impl Iterator<Item = Block> + Clone),
    limit: Option<u64>,
    call: &'static str,
) -> Option<Waited> {
    // SAFETY: the caller's promise, here and below.
    let under_way = || blocks.clone().filter(|block| unsafe { block.is_under_way() }).count();
    // SAFETY: as above.
    let ended = blocks.clone().filter(|&block| unsafe { look(block, call) }).count() != 0;
    let first = blocks.clone().next()?;
    let count = under_way();
    if ended {
        return Some(Waited::Done);
    }
    // libc looks for an end before it waits where it is a transfer's, and for one that comes where it is a lookup's.
    if first.kind == Kind::Transfer && count < blocks.clone().count() {
        return Some(Waited::Done);
    }
    if count == 0 {
        return None;
    }
    // aio_suspend is a cancellation point, gai_suspend none (pthreads(7)).
    let cancelable = first.kind == Kind::Transfer;
    Some(wait_until(|| under_way() < count, limit, cancelable))
}

/// Waits until none of the `blocks` is under way.
///
/// # Safety
/// Each block is one of its kind.
pub unsafe fn wait_for_all(blocks: &(impl Iterator<Item = Block> + Clone)) -> Waited {
    // SAFETY: the caller's promise.
    wait_until(|| !blocks.clone().any(|block| unsafe { block.is_under_way() }), None, false)
}

fn wait_until(done: impl Fn() -> bool, limit: Option<u64>, cancelable: bool) -> Waited {
    let begun = process::clock_ns(libc::CLOCK_MONOTONIC);
    loop {
        let seen = endings().load(Ordering::Acquire);
        if done() {
            return Waited::Done;
        }
        let passed = process::clock_ns(libc::CLOCK_MONOTONIC) - begun;
        let left = limit.map(|limit| limit.saturating_sub(passed));
        if left == Some(0) {
            return Waited::TimedOut;
        }
        let slept =
            if cancelable { sleep_cancelable(seen, left) } else { futex::sleep(endings(), seen, left) };
        if slept == Err(Errno(libc::EINTR)) {
            return if done() { Waited::Done } else { Waited::Interrupted };
        }
    }
}

/// The wait itself is where the thread may be canceled: nothing of ours has to be undone then.
fn sleep_cancelable(seen: u32, left: Option<u64>) -> Result<(), Errno> {
    /// `PTHREAD_CANCEL_ASYNCHRONOUS`.
    const AT_ONCE: c_int = 1;
    let mut before = 0;
    // SAFETY: libc's own switch; between the two calls there is one system call of ours.
    unsafe { pthread_setcanceltype(AT_ONCE, &raw mut before) };
    let slept = futex::sleep(endings(), seen, left);
    // SAFETY: as above.
    unsafe { pthread_setcanceltype(before, core::ptr::null_mut()) };
    slept
}

/// What `gai_suspend` answers.
#[must_use]
pub const fn of_lookups(waited: Option<Waited>) -> c_int {
    match waited {
        None => EAI_ALLDONE,
        Some(Waited::Done) => 0,
        Some(Waited::Interrupted) => EAI_INTR,
        // Its page says EAI_AGAIN; glibc answers this (2.36), and leaves errno alone.
        Some(Waited::TimedOut) => libc::EAI_SYSTEM,
    }
}
