//! Files by their paths, for the log alone: names, locks, access.
//!
//! # Safety
//! Paths are NUL-terminated, structures are on our stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain, register};
use super::fd::About;
use core::ffi::CStr;

const HERE: usize = register(libc::AT_FDCWD);

/// What is at a path, a symbolic link itself (`fstatat(2)`).
pub fn about_link(path: &CStr) -> Result<About, Errno> {
    // SAFETY: struct stat is plain data, all zeroes is a value.
    let mut about: libc::stat = unsafe { core::mem::zeroed() };
    let itself = register(libc::AT_SYMLINK_NOFOLLOW);
    let arguments = [HERE, path.as_ptr() as usize, (&raw mut about) as usize, itself, 0, 0];
    // SAFETY: the path is NUL-terminated; the kernel fills one struct stat on our stack.
    unsafe { call(libc::SYS_newfstatat, arguments) }?;
    Ok(About::new(&about))
}

/// unlink(2).
pub fn remove(path: &CStr) -> Result<(), Errno> {
    // SAFETY: the path is NUL-terminated.
    unsafe { call(libc::SYS_unlinkat, [HERE, path.as_ptr() as usize, 0, 0, 0, 0]) }.map(|_| ())
}

/// link(2): the file at `from` is at `to` as well.
pub fn link(from: &CStr, to: &CStr) -> Result<(), Errno> {
    let arguments = [HERE, from.as_ptr() as usize, HERE, to.as_ptr() as usize, 0, 0];
    // SAFETY: the paths are NUL-terminated.
    unsafe { call(libc::SYS_linkat, arguments) }.map(|_| ())
}

/// rename(2).
pub fn rename(from: &CStr, to: &CStr) -> Result<(), Errno> {
    let arguments = [HERE, from.as_ptr() as usize, HERE, to.as_ptr() as usize, 0, 0];
    // SAFETY: the paths are NUL-terminated.
    unsafe { call(libc::SYS_renameat2, arguments) }.map(|_| ())
}

/// Takes the record lock on a whole file, or fails at once (fcntl(2), `F_SETLK`).
pub fn lock(fd: i32) -> Result<(), Errno> {
    set_lock(fd, libc::F_WRLCK)
}

/// Lets go of it.
pub fn unlock(fd: i32) {
    let _cannot_fail = set_lock(fd, libc::F_UNLCK);
}

fn set_lock(fd: i32, kind: i32) -> Result<(), Errno> {
    // SAFETY: struct flock is plain data; zeroes are the whole of the file.
    let mut lock: libc::flock = unsafe { core::mem::zeroed() };
    lock.l_type = i16::try_from(kind).unwrap_or(0);
    let arguments = [register(fd), register(libc::F_SETLK), (&raw const lock) as usize, 0, 0, 0];
    // SAFETY: the kernel reads one struct flock on our stack.
    unsafe { call(libc::SYS_fcntl, arguments) }.map(|_| ())
}

/// Gives a file the owner, as far as we may, and the permissions that another has.
pub fn copy_access(from: About, to: i32) -> Result<(), Errno> {
    let (owner, group, mode) = from.access();
    let _only_root_may = plain(libc::SYS_fchown, register(to), owner as usize, group as usize);
    plain(libc::SYS_fchmod, register(to), mode as usize, 0).map(|_| ())
}
