//! `<resolv.h>`: the resolver itself, whose configuration is under one lock.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_int, c_uchar, c_void};

/// `res_state`, whose inside is nobody's business here.
type State = *mut c_void;

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn __res_init() -> c_int, refused -1
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn __res_ninit(state: State) -> c_int, refused -1
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_query(name: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_query => res_query
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_search(name: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_search => res_search
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_querydomain(name: *const c_char, domain: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_querydomain => res_querydomain
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_send(message: *const c_uchar, size: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_send => res_send
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_nquery(state: State, name: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_nquery => res_nquery
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_nsearch(state: State, name: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_nsearch => res_nsearch
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_nquerydomain(state: State, name: *const c_char, domain: *const c_char, class: c_int, kind: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_nquerydomain => res_nquerydomain
}

hook! {
    /// May read resolv.conf, under its lock.
    resolving unlisted unsafe fn res_nsend(state: State, message: *const c_uchar, size: c_int, answer: *mut c_uchar, length: c_int)
        -> c_int, refused -1
}

hook! {
    /// The name programs were linked to before glibc 2.34.
    again resolving unsafe fn __res_nsend => res_nsend
}
