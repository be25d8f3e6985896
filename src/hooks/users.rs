//! `<pwd.h>`, `<grp.h>`: users and groups, which come from the network as names do.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;
use libc::{gid_t, group, passwd, uid_t};

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getpwnam(name: *const c_char) -> *mut passwd, refused null_mut()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getpwuid(user: uid_t) -> *mut passwd, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unsafe fn getpwnam_r(name: *const c_char, entry: *mut passwd, buffer: *mut c_char, length: usize, answer: *mut *mut passwd)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unsafe fn getpwuid_r(user: uid_t, entry: *mut passwd, buffer: *mut c_char, length: usize, answer: *mut *mut passwd)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getpwent() -> *mut passwd, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getpwent_r(entry: *mut passwd, buffer: *mut c_char, length: usize, answer: *mut *mut passwd)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn setpwent() -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn endpwent() -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getgrnam(name: *const c_char) -> *mut group, refused null_mut()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getgrgid(id: gid_t) -> *mut group, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unsafe fn getgrnam_r(name: *const c_char, entry: *mut group, buffer: *mut c_char, length: usize, answer: *mut *mut group)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unsafe fn getgrgid_r(id: gid_t, entry: *mut group, buffer: *mut c_char, length: usize, answer: *mut *mut group)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getgrent() -> *mut group, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getgrent_r(entry: *mut group, buffer: *mut c_char, length: usize, answer: *mut *mut group)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn setgrent() -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn endgrent() -> (), refused ()
}

hook! {
    /// Asks for every group.
    resolving unsafe fn getgrouplist(user: *const c_char, first: gid_t, groups: *mut gid_t, count: *mut c_int)
        -> c_int, refused -1
}

hook! {
    /// Asks for every group.
    resolving unsafe fn initgroups(user: *const c_char, first: gid_t) -> c_int, refused -1
}
