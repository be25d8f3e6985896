//! The calling process and thread, as the kernel names them now.
//!
//! # Safety
//! Calls that fill a buffer of ours on the stack.
#![allow(unsafe_code)]

use super::call::{call, plain};

/// The process (getpid(2)); never cached, a vfork child must see its own.
#[must_use]
pub fn pid() -> u32 {
    number(libc::SYS_getpid)
}

/// Its parent (getppid(2)), 0 when that lives in another pid namespace.
#[must_use]
pub fn parent() -> u32 {
    number(libc::SYS_getppid)
}

/// The thread (gettid(2)).
#[must_use]
pub fn thread() -> u32 {
    number(libc::SYS_gettid)
}

fn number(which: core::ffi::c_long) -> u32 {
    plain(which, 0, 0, 0).ok().and_then(|id| u32::try_from(id).ok()).unwrap_or(0)
}

/// Ends the process now, no exit functions (`exit_group(2)`).
pub fn end(status: i32) -> ! {
    loop {
        let _never = plain(libc::SYS_exit_group, super::call::register(status), 0, 0);
    }
}

/// Name of the calling thread (prctl(2), `PR_GET_NAME`), NUL-padded.
#[must_use]
pub fn name() -> [u8; 16] {
    let mut name = [0_u8; 16];
    let place = name.as_mut_ptr() as usize;
    // SAFETY: PR_GET_NAME writes at most 16 bytes to the address, which is ours.
    let _kept_empty =
        unsafe { call(libc::SYS_prctl, [libc::PR_GET_NAME.cast_unsigned() as usize, place, 0, 0, 0, 0]) };
    name
}

/// Nanoseconds since 1970 (`clock_gettime(2)`, `CLOCK_REALTIME`).
#[must_use]
pub fn now_ns() -> u64 {
    let mut time = [0_u64; 2];
    let place = time.as_mut_ptr() as usize;
    let clock = libc::CLOCK_REALTIME.cast_unsigned() as usize;
    // SAFETY: the kernel writes a timespec, two 64-bit words, to the address, which is ours.
    let _kept_zero = unsafe { call(libc::SYS_clock_gettime, [clock, place, 0, 0, 0, 0]) };
    let [seconds, nanos] = time;
    seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos)
}

/// The most descriptors this process may ever open: the hard `RLIMIT_NOFILE` (getrlimit(2)).
#[must_use]
pub fn descriptor_limits() -> Limits {
    let mut limits = [1024_u64; 2];
    let place = limits.as_mut_ptr() as usize;
    // SAFETY: prlimit64 with no new limit writes a struct rlimit64, two 64-bit words, to the address, ours.
    let _kept_default =
        unsafe { call(libc::SYS_prlimit64, [0, libc::RLIMIT_NOFILE as usize, 0, place, 0, 0]) };
    let [soft, hard] = limits;
    Limits { soft, hard }
}

/// Soft and hard limit of a resource.
#[derive(Clone, Copy)]
pub struct Limits {
    /// In force now.
    pub soft: u64,
    /// How far the program may raise it.
    pub hard: u64,
}

/// Children that this thread made, at most sixteen (proc(5), needs `CONFIG_PROC_CHILDREN`).
#[must_use]
pub fn children() -> [u32; 16] {
    let mut children = [0; 16];
    let mut text = [0_u8; 192];
    let Ok(file) = super::fd::open(c"/proc/thread-self/children", libc::O_RDONLY) else { return children };
    let length = super::fd::read(file, &mut text).unwrap_or(0);
    super::fd::close(file);
    let words = text.get(..length).unwrap_or(&[]).split(u8::is_ascii_whitespace);
    let numbers = words.filter_map(|word| core::str::from_utf8(word).ok()?.parse().ok());
    for (slot, child) in children.iter_mut().zip(numbers) {
        *slot = child;
    }
    children
}
