//! `<sys/wait.h>`: who takes which child's exit status; and a wait that may last is where a program idles.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::reentrant_sigchld::{self, Idle};
use crate::hazards::stolen_child_status::{self as status, Whom};
use crate::report::life;
use crate::sys::call::Errno;
use core::ffi::c_int;
use libc::{id_t, idtype_t, pid_t, rusage, siginfo_t};

fn whom(child: pid_t) -> Whom {
    match u32::try_from(child) {
        Ok(child @ 1..) => Whom::One(child),
        _ => Whom::Any,
    }
}

/// Made by a call of libc's, at `site`.
#[derive(Clone, Copy)]
struct Wait {
    call: &'static str,
    whom: Whom,
    options: c_int,
    site: usize,
}

impl Wait {
    /// May it begin?
    #[inline]
    fn begins(self) -> Idle {
        reentrant_sigchld::waits(self.call, self.site, self.options & libc::WNOHANG == 0, self.whom)
    }

    /// The real call has answered -1 or the child; `ended` is its wait status, where it is gone now.
    #[inline]
    fn answered(self, answer: pid_t, ended: impl FnOnce() -> Option<c_int>) {
        if let Ok(child @ 1..) = u32::try_from(answer) {
            if let Some(how) = ended() {
                status::took(self.whom, child, self.site);
                life::reaped(child, how);
            }
        // SAFETY: libc's errno of this thread.
        } else if answer == -1 && unsafe { *libc::__errno_location() } == libc::ECHILD {
            status::missed(self.call, self.whom, self.site);
        }
    }
}

/// A wait that answers the child and fills `status`.
///
/// # Safety
/// `status` is null or the program's, and `real` fills what it is given.
#[inline(always)]
unsafe fn waited(asked: Wait, status: *mut c_int, real: impl FnOnce(*mut c_int) -> pid_t) -> pid_t {
    if asked.begins() == Idle::Interrupted {
        return refused(Errno(libc::EINTR));
    }
    // Whether the child is gone, and how it ended, is told by nothing else.
    let mut unasked = 0;
    let status = if status.is_null() { &raw mut unasked } else { status };
    let answer = real(status);
    asked.answered(answer, || {
        // SAFETY: as the caller promises: written where a child was answered.
        Some(unsafe { *status }).filter(|&how| libc::WIFEXITED(how) || libc::WIFSIGNALED(how))
    });
    answer
}

hook! {
    /// See above.
    site unsafe fn wait(status: *mut c_int) -> pid_t => my_wait(site) {
        let asked = Wait { call: "wait", whom: Whom::Any, options: 0, site };
        // SAFETY: the program's own argument.
        unsafe { waited(asked, status, move |status| real!(wait)(status)) }
    }
}

hook! {
    /// Another name of `wait`.
    again site unsafe fn __wait(status) => my_wait
}

hook! {
    /// See above.
    site unsafe fn waitpid(child: pid_t, status: *mut c_int, options: c_int) -> pid_t => my_waitpid(site) {
        let asked = Wait { call: "waitpid", whom: whom(child), options, site };
        // SAFETY: the program's own arguments.
        unsafe { waited(asked, status, move |status| real!(waitpid)(child, status, options)) }
    }
}

hook! {
    /// Another name of `waitpid`.
    again site unsafe fn __waitpid(child, status, options) => my_waitpid
}

hook! {
    /// As `wait`.
    site unsafe fn wait3(status: *mut c_int, options: c_int, usage: *mut rusage) -> pid_t => my_wait3(site) {
        let asked = Wait { call: "wait3", whom: Whom::Any, options, site };
        // SAFETY: the program's own arguments.
        unsafe { waited(asked, status, move |status| real!(wait3)(status, options, usage)) }
    }
}

hook! {
    /// As `waitpid`.
    site unsafe fn wait4(child: pid_t, status: *mut c_int, options: c_int, usage: *mut rusage) -> pid_t
        => my_wait4(site) {
        let asked = Wait { call: "wait4", whom: whom(child), options, site };
        // SAFETY: the program's own arguments.
        unsafe { waited(asked, status, move |status| real!(wait4)(child, status, options, usage)) }
    }
}

hook! {
    /// As `waitpid`; what it takes need not be gone.
    site unsafe fn waitid(kind: idtype_t, id: id_t, info: *mut siginfo_t, options: c_int) -> c_int => my_waitid(site) {
        let whom = match kind {
            libc::P_PID => Whom::One(id),
            libc::P_ALL | libc::P_PGID => Whom::Any,
            _ => Whom::Unknown,
        };
        let asked = Wait { call: "waitid", whom, options, site };
        if asked.begins() == Idle::Interrupted {
            return refused(Errno(libc::EINTR));
        }
        // SAFETY: plain data, all zeroes is a value.
        let mut unasked: siginfo_t = unsafe { core::mem::zeroed() };
        let info = if info.is_null() { &raw mut unasked } else { info };
        // SAFETY: the program's own arguments, and room where it gave none.
        let answer = unsafe { real!(waitid)(kind, id, info, options) };
        // SAFETY: filled by the kernel when it answered 0, and so says waitid(2): 0 where nothing has changed.
        let child = if answer == 0 { unsafe { (*info).si_pid() } } else { -1 };
        let ended = if child > 0 && options & libc::WNOWAIT == 0 {
            // SAFETY: as above.
            unsafe { how_ended(&*info) }
        } else {
            None
        };
        // Of a pidfd it is not known whose it was; ECHILD there is nobody's loss that we know of.
        if whom != Whom::Unknown || child > 0 {
            asked.answered(child, || ended);
        }
        answer
    }
}

/// The wait status of a child that is gone (wait(2)), from what waitid(2) says of it.
unsafe fn how_ended(info: &siginfo_t) -> Option<c_int> {
    // SAFETY: the caller's: a siginfo about a child.
    let value = unsafe { info.si_status() };
    match info.si_code {
        libc::CLD_EXITED => Some((value & 0xff) << 8),
        libc::CLD_KILLED => Some(value & 0x7f),
        libc::CLD_DUMPED => Some(value & 0x7f | 0x80),
        _ => None,
    }
}
