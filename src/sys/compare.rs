//! Are two kernel objects the same one? kcmp(2), Linux 3.5; epoll targets since 4.13.
//!
//! # Safety
//! One call passes the address of a structure on our stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain, register};

const FILE: usize = 0;
const VM: usize = 1;
const FILES: usize = 2;
const EPOLL_TARGET: usize = 7;

/// `SYS_kcmp` takes five words; the last two are used only by some types.
fn kcmp(other: u32, kind: usize, mine: usize, theirs: usize) -> Result<bool, Errno> {
    let me = super::process::pid() as usize;
    // SAFETY: the kinds used through here take descriptors or nothing, never an address.
    let order = unsafe { call(libc::SYS_kcmp, [me, other as usize, kind, mine, theirs, 0]) }?;
    Ok(order == 0)
}

/// Do two numbers, ours and `other`'s, refer to one open file description? About 0.9 us.
pub fn same_file(other: u32, mine: i32, theirs: i32) -> Result<bool, Errno> {
    kcmp(other, FILE, register(mine), register(theirs))
}

/// Do we share our memory with `other`, as a vfork child does?
pub fn same_memory(other: u32) -> Result<bool, Errno> {
    kcmp(other, VM, 0, 0)
}

/// Do we share our descriptor table with `other`, as after `clone(CLONE_FILES)`?
pub fn same_descriptors(other: u32) -> Result<bool, Errno> {
    kcmp(other, FILES, 0, 0)
}

/// Is `fd` the very file that `poller` has registered under `number`? `Err(ENOENT)`: nothing is registered there.
pub fn is_target(fd: i32, poller: i32, number: i32) -> Result<bool, Errno> {
    let slot = [poller.cast_unsigned(), number.cast_unsigned(), 0];
    let me = super::process::pid() as usize;
    let place = slot.as_ptr() as usize;
    // SAFETY: KCMP_EPOLL_TFD reads a struct kcmp_epoll_slot, three 32-bit words, from the address, ours.
    let order = unsafe { call(libc::SYS_kcmp, [me, me, EPOLL_TARGET, register(fd), place, 0]) }?;
    Ok(order == 0)
}

/// Is a descriptor open?
#[must_use]
pub fn is_open(fd: i32) -> bool {
    plain(libc::SYS_fcntl, register(fd), libc::F_GETFD.cast_unsigned() as usize, 0).is_ok()
}
