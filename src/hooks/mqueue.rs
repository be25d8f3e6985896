//! `<mqueue.h>`: a notice that starts a thread, by one that a fork leaves behind.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::lost_wait;
use crate::registry::services::Kind;
use crate::sys::call::Errno;
use core::ffi::c_int;
use libc::{mqd_t, sigevent};

hook! {
    /// See above; without an event it takes the notice back.
    optional since "GLIBC_2.3.4" unsafe fn mq_notify(queue: mqd_t, event: *const sigevent) -> c_int => my_mq_notify {
        let Some(real) = real!(mq_notify) else { return refused(Errno(libc::ENOSYS)) };
        // SAFETY: the program's own arguments.
        let answer = unsafe { real(queue, event) };
        if answer == 0 {
            let id = queue.cast_unsigned() as usize;
            // SAFETY: null, or libc has just read it.
            match unsafe { lost_wait::function_of(event) } {
                Some(function) => lost_wait::asked(Kind::Queue, id, function),
                None => lost_wait::ended(Kind::Queue, id),
            }
        }
        answer
    }
}
