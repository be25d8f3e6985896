//! `<netdb.h>`: names, addresses, services, protocols, networks.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;
use libc::{addrinfo, protoent, servent, sockaddr, socklen_t};

/// Structures that the libc crate does not know: only their addresses pass through here.
type Entry = c_void;

hook! {
    /// Holds a static lock of libc's for a netlink round trip.
    resolving unsafe fn getaddrinfo(node: *const c_char, service: *const c_char, hints: *const addrinfo,
        answer: *mut *mut addrinfo) -> c_int, refused libc::EAI_SYSTEM
}

hook! {
    /// May hold the lock of resolv.conf.
    resolving unsafe fn getnameinfo(address: *const sockaddr, length: socklen_t, host: *mut c_char,
        host_length: socklen_t, service: *mut c_char, service_length: socklen_t, flags: c_int) -> c_int,
        refused libc::EAI_SYSTEM
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn gethostbyname(name: *const c_char) -> *mut Entry, refused null_mut()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn gethostbyname2(name: *const c_char, family: c_int)
        -> *mut Entry, refused null_mut()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn gethostbyaddr(address: *const c_void, size: socklen_t, family: c_int)
        -> *mut Entry, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn gethostbyname_r(name: *const c_char, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry, error: *mut c_int)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn gethostbyname2_r(name: *const c_char, family: c_int, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry, error: *mut c_int)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn gethostbyaddr_r(address: *const c_void, size: socklen_t, family: c_int, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry, error: *mut c_int)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn gethostent() -> *mut Entry, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn gethostent_r(entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry, error: *mut c_int)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn sethostent(stay: c_int) -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn endhostent() -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getservbyname(name: *const c_char, protocol: *const c_char)
        -> *mut servent, refused null_mut()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getservbyport(port: c_int, protocol: *const c_char) -> *mut servent, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getservbyname_r(name: *const c_char, protocol: *const c_char, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getservbyport_r(port: c_int, protocol: *const c_char, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn getservent() -> *mut Entry, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getservent_r(entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn setservent(stay: c_int) -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn endservent() -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getprotobyname(name: *const c_char) -> *mut protoent, refused null_mut()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unsafe fn getprotobynumber(number: c_int) -> *mut protoent, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getprotobyname_r(name: *const c_char, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getprotobynumber_r(number: c_int, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn getprotoent() -> *mut Entry, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getprotoent_r(entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn setprotoent(stay: c_int) -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn endprotoent() -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn getnetbyname(name: *const c_char) -> *mut Entry, refused null_mut()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn getnetbyaddr(net: u32, family: c_int) -> *mut Entry, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getnetbyname_r(name: *const c_char, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry, error: *mut c_int)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getnetbyaddr_r(net: u32, family: c_int, entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry, error: *mut c_int)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn getnetent() -> *mut Entry, refused null_mut()
}

hook! {
    /// Shares libc's locks with the form that is not reentrant.
    resolving unlisted unsafe fn getnetent_r(entry: *mut Entry, buffer: *mut c_char, length: usize, answer: *mut *mut Entry, error: *mut c_int)
        -> c_int, refused libc::EDEADLK
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn setnetent(stay: c_int) -> (), refused ()
}

hook! {
    /// Holds a static lock of its own for the whole lookup.
    resolving unlisted unsafe fn endnetent() -> (), refused ()
}
