//! `<unistd.h>`, `<sched.h>`, `<spawn.h>`, `<stdlib.h>`: where processes come from.
//!
//! A child learns that it is one from its wiped page, however it was made. These hooks tell the *parent*
//! that somebody else may hold its files now, and the finding where the fork was.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::reentrant_sigchld::deferral::{self, with_own_mask};
use crate::hazards::stolen_child_status::{self, Whom};
use crate::hazards::trampoline;
use crate::ident::{birth, epoch};
use crate::registry::{birthplace, forks, reaped};
use crate::report::life;
use core::ffi::{c_char, c_int};
use libc::{FILE, pid_t, posix_spawn_file_actions_t, posix_spawnattr_t, termios, winsize};

/// The caller at `site` is about to fork.
#[inline(always)]
fn forking(site: usize) {
    trampoline::expect_copy();
    birth::forking(site, birthplace::now());
}

/// What a fork answered, on either side.
#[inline(always)]
fn returned(call: &'static str, child: pid_t) -> pid_t {
    match u32::try_from(child) {
        Ok(0) => {
            epoch::hooked_fork_returned();
            birth::returned();
        }
        Ok(child) => {
            forks::made(child);
            life::forked(call, child);
        }
        Err(_) => {}
    }
    child
}

hook! {
    /// The call site, for the finding.
    site unsafe fn fork() -> pid_t => my_fork(site) {
        forking(site);
        // SAFETY: no arguments.
        returned("fork", unsafe { real!(fork)() })
    }
}

hook! {
    /// Another name of `fork`.
    again site unsafe fn __fork() => my_fork
}

hook! {
    /// fork without atfork handlers (glibc 2.34), async-signal-safe.
    site unsafe fn _Fork() -> pid_t => my_bare_fork(site) {
        forking(site);
        // SAFETY: no arguments.
        let child = unsafe { real!(_Fork)() };
        if child == 0 {
            birth::born();
            deferral::born();
        }
        returned("_Fork", child)
    }
}

hook! {
    /// Forks inside libc and lets the parent end: no `fork` is called that we could see.
    site unsafe fn daemon(stay: c_int, keep: c_int) -> c_int => my_daemon(site) {
        forking(site);
        // SAFETY: the program's own arguments.
        let answer = unsafe { real!(daemon)(stay, keep) };
        if answer == 0 {
            // Only the child returns.
            epoch::hooked_fork_returned();
            birth::returned();
        }
        answer
    }
}

hook! {
    /// Forks inside libc, as `daemon` does.
    site unsafe fn forkpty(master: *mut c_int, name: *mut c_char, terminal: *const termios, size: *const winsize)
        -> pid_t => my_forkpty(site) {
        forking(site);
        // SAFETY: the program's own arguments.
        returned("forkpty", unsafe { real!(forkpty)(master, name, terminal, size) })
    }
}

hook! {
    /// The child runs on this very stack until it execs: nothing may be pushed.
    passing unsafe fn vfork
}

hook! {
    /// Another name of `vfork`.
    again passing unsafe fn __vfork => vfork
}

hook! {
    /// Variadic, and the child may start on a stack of its own.
    passing unsafe fn clone
}

hook! {
    /// Another name of `clone`.
    again passing unsafe fn __clone => clone
}

hook! {
    /// The new program keeps what is not close-on-exec.
    unsafe fn posix_spawn(child: *mut pid_t, path: *const c_char, actions: *const posix_spawn_file_actions_t,
        attributes: *const posix_spawnattr_t, arguments: *const *mut c_char, environment: *const *mut c_char) -> c_int
        => my_posix_spawn {
        trampoline::expect_visitor();
        let mut unasked = 0;
        let child = if child.is_null() { &raw mut unasked } else { child };
        // SAFETY: the program's own arguments.
        let spawn =
            move || unsafe { real!(posix_spawn)(child, path, actions, attributes, arguments, environment) };
        let error = with_own_mask(spawn);
        // SAFETY: libc has written it.
        unsafe { spawned("posix_spawn", error, child) }
    }
}

hook! {
    /// As `posix_spawn`.
    unsafe fn posix_spawnp(child: *mut pid_t, file: *const c_char, actions: *const posix_spawn_file_actions_t,
        attributes: *const posix_spawnattr_t, arguments: *const *mut c_char, environment: *const *mut c_char) -> c_int
        => my_posix_spawnp {
        trampoline::expect_visitor();
        let mut unasked = 0;
        let child = if child.is_null() { &raw mut unasked } else { child };
        // SAFETY: the program's own arguments.
        let spawn =
            move || unsafe { real!(posix_spawnp)(child, file, actions, attributes, arguments, environment) };
        let error = with_own_mask(spawn);
        // SAFETY: libc has written it.
        unsafe { spawned("posix_spawnp", error, child) }
    }
}

/// A new child has that id.
///
/// # Safety
/// `child` is written where `error` is 0.
unsafe fn spawned(call: &'static str, error: c_int, child: *const pid_t) -> c_int {
    // SAFETY: as the caller promises.
    let child = if error == 0 { unsafe { child.as_ref() } } else { None };
    if let Some(child) = child.and_then(|&child| u32::try_from(child).ok()) {
        reaped::forget(child);
        life::forked(call, child);
    }
    error
}

hook! {
    /// As `posix_spawn`, and waits for it.
    site unsafe fn system(command: *const c_char) -> c_int => my_system(site) {
        trampoline::expect_visitor();
        // SAFETY: the program's own argument.
        let answer = with_own_mask(move || unsafe { real!(system)(command) });
        missed("system", answer, site);
        answer
    }
}

/// `call` waits for its child inside libc.
pub(super) fn missed(call: &'static str, answer: c_int, site: usize) {
    // SAFETY: libc's errno of this thread.
    if answer == -1 && unsafe { *libc::__errno_location() } == libc::ECHILD {
        stolen_child_status::missed(call, Whom::Unknown, site);
    }
}

hook! {
    /// As `posix_spawn`.
    unsafe fn popen(command: *const c_char, mode: *const c_char) -> *mut FILE => my_popen {
        trampoline::expect_visitor();
        // SAFETY: the program's own arguments.
        with_own_mask(move || unsafe { real!(popen)(command, mode) })
    }
}
