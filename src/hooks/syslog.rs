//! `<syslog.h>`: one lock, held while the log's socket is connected and written to.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::interrupted_resolver::{self, Kind};

fn log(call: &'static str) {
    interrupted_resolver::before(Kind::Syslog, call, &mut || {
        // SAFETY: an empty mask changes nothing (setlogmask(3)).
        let _unchanged = unsafe { libc::setlogmask(0) };
    });
}

hook! {
    /// Each takes `syslog_lock`.
    probing log:
    unsafe fn syslog;
    unsafe fn vsyslog;
    unsafe fn __syslog_chk;
    unsafe fn __vsyslog_chk;
    unsafe fn openlog;
    unsafe fn closelog;
}
