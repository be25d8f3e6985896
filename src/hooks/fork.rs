//! `<unistd.h>`, `<sched.h>`, `<spawn.h>`, `<stdlib.h>`: where processes come from.
//!
//! A child learns that it is one from its wiped page, however it was made. These hooks tell the *parent*
//! that somebody else may hold its files now, and the finding where the fork was.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::trampoline;
use crate::ident::{birth, epoch};
use crate::registry::forks;
use core::ffi::{c_char, c_int};
use libc::{pid_t, termios, winsize};

/// The caller at `site` is about to fork.
#[inline(always)]
fn forking(site: usize) {
    trampoline::expect_copy();
    birth::forking(site);
}

/// What a fork answered, on either side.
#[inline(always)]
fn returned(child: pid_t) -> pid_t {
    match u32::try_from(child) {
        Ok(0) => {
            epoch::hooked_fork_returned();
            birth::returned();
        }
        Ok(child) => forks::made(child),
        Err(_) => {}
    }
    child
}

hook! {
    /// The call site, for the finding.
    site unsafe fn fork() -> pid_t => my_fork(site) {
        forking(site);
        // SAFETY: no arguments.
        returned(unsafe { real!(fork)() })
    }
}

hook! {
    /// Another name of `fork`.
    again site unsafe fn __fork() -> pid_t => my_fork
}

hook! {
    /// fork without atfork handlers (glibc 2.34), async-signal-safe.
    site unsafe fn _Fork() -> pid_t => my_bare_fork(site) {
        forking(site);
        // SAFETY: no arguments.
        let child = unsafe { real!(_Fork)() };
        if child == 0 {
            birth::born();
        }
        returned(child)
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
        returned(unsafe { real!(forkpty)(master, name, terminal, size) })
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
    passing unsafe fn posix_spawn
}

hook! {
    /// As `posix_spawn`.
    passing unsafe fn posix_spawnp
}

hook! {
    /// As `posix_spawn`.
    passing unsafe fn system
}

hook! {
    /// As `posix_spawn`.
    passing unsafe fn popen
}
