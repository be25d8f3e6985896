//! `<time.h>`: the local time zone is under one lock, gmtime's too.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::interrupted_resolver::{self, Kind};

fn zone(call: &'static str) {
    // SAFETY: no arguments. Takes the lock, and does what every one of these functions does anyway.
    interrupted_resolver::before(Kind::Time, call, &mut || unsafe {
        real!(tzset)();
    });
}

hook! {
    /// Each takes `tzset_lock`.
    probing zone:
    unsafe fn tzset;
    unsafe fn localtime;
    unsafe fn localtime_r;
    unsafe fn gmtime;
    unsafe fn gmtime_r;
    unsafe fn mktime;
    unsafe fn timelocal;
    unsafe fn timegm;
    unsafe fn ctime;
    unsafe fn ctime_r;
    unsafe fn strftime;
    unsafe fn strftime_l;
    unsafe fn wcsftime;
    unsafe fn wcsftime_l;
}

hook! {
    /// Other names of the above.
    again probing zone:
    unsafe fn __gmtime_r => gmtime_r;
    unsafe fn __strftime_l => strftime_l;
    unsafe fn __wcsftime_l => wcsftime_l;
}
