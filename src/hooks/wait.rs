//! `<sys/wait.h>`: who takes which child's exit status; and a wait that may last is where a program idles.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use super::refused;
use crate::hazards::reentrant_sigchld::{self, Idle};
use crate::hazards::stolen_child_status::{self as status, Whom};
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

    /// The real call has answered -1 or the child; `ended` says whether that is gone now.
    #[inline]
    fn answered(self, answer: pid_t, ended: impl FnOnce() -> bool) {
        if let Ok(child @ 1..) = u32::try_from(answer) {
            if ended() {
                status::took(self.whom, child, self.site);
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
/// `status` is null, or `real` fills it.
#[inline(always)]
unsafe fn waited(asked: Wait, status: *const c_int, real: impl FnOnce() -> pid_t) -> pid_t {
    if asked.begins() == Idle::Interrupted {
        return refused(Errno(libc::EINTR));
    }
    let answer = real();
    asked.answered(answer, || {
        // SAFETY: as the caller promises.
        match unsafe { status.as_ref() } {
            Some(&status) => libc::WIFEXITED(status) || libc::WIFSIGNALED(status),
            None => asked.options & (libc::WUNTRACED | libc::WCONTINUED) == 0,
        }
    });
    answer
}

hook! {
    /// See above.
    site unsafe fn wait(status: *mut c_int) -> pid_t => my_wait(site) {
        let asked = Wait { call: "wait", whom: Whom::Any, options: 0, site };
        // SAFETY: the program's own argument.
        unsafe { waited(asked, status, move || real!(wait)(status)) }
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
        unsafe { waited(asked, status, move || real!(waitpid)(child, status, options)) }
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
        unsafe { waited(asked, status, move || real!(wait3)(status, options, usage)) }
    }
}

hook! {
    /// As `waitpid`.
    site unsafe fn wait4(child: pid_t, status: *mut c_int, options: c_int, usage: *mut rusage) -> pid_t
        => my_wait4(site) {
        let asked = Wait { call: "wait4", whom: whom(child), options, site };
        // SAFETY: the program's own arguments.
        unsafe { waited(asked, status, move || real!(wait4)(child, status, options, usage)) }
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
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(waitid)(kind, id, info, options) };
        let ended = |code: c_int| matches!(code, libc::CLD_EXITED | libc::CLD_KILLED | libc::CLD_DUMPED);
        // SAFETY: null, or filled by the kernel when it answered 0.
        let (child, ended) = match unsafe { info.as_ref() } {
            _ if answer != 0 => (-1, false),
            // SAFETY: so says waitid(2): 0 where nothing has changed.
            Some(info) => (unsafe { info.si_pid() }, ended(info.si_code)),
            None => (0, false),
        };
        // Of a pidfd it is not known whose it was; ECHILD there is nobody's loss that we know of.
        if whom != Whom::Unknown {
            asked.answered(child, || ended && options & libc::WNOWAIT == 0);
        }
        answer
    }
}
