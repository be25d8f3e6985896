//! stolen-child-status: one part of a program takes the exit status that another waits for.
//!
//! A status can be had once (waitpid(2)). A wait for *any* child takes those of children that other parts of the program
//! made, and their wait by name answers ECHILD: they never learn how their child ended. Nor does anybody
//! where SIGCHLD is ignored, which exec passes on: then the kernel keeps no status at all. There is no mending: who asked
//! first has it. So it is said, with both places.
//!
//! A child may be taken before the fork that made it has returned; then nothing is known of it, and nothing is said.

use super::catalog::STOLEN_CHILD_STATUS as ENTRY;
use super::telling::tell;
use super::words::Place;
use crate::ident::{epoch, page};
use crate::policy;
use crate::registry::{forks, reaped, table};
use crate::report::Lock;
use crate::settings::Action;
use crate::sys::{process, signals};
use crate::wire::Outcome;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

/// Was SIGCHLD ignored when the program began?
static IGNORED: AtomicBool = AtomicBool::new(false);

/// Whom a wait is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whom {
    /// Any child, or any of a group.
    Any,
    /// This one.
    One(u32),
    /// This one, by a number that only the kernel and libc can tell: a pidfd, a stream.
    Unknown,
}

/// To be called before the program begins.
pub fn open() {
    IGNORED.store(is_ignored(), Ordering::Relaxed);
}

/// The program has said what SIGCHLD is to do: from now on it knows. Not so a vfork child of its.
#[inline]
pub fn chosen() {
    if IGNORED.load(Ordering::Relaxed) && !epoch::is_visitor() {
        IGNORED.store(false, Ordering::Relaxed);
    }
}

fn is_ignored() -> bool {
    signals::action(libc::SIGCHLD, None).is_ok_and(|action| action.handler == libc::SIG_IGN)
}

fn action() -> Action {
    policy::action(ENTRY.place, ENTRY.default)
}

/// Has this memory's own process something to remember?
fn is_ours() -> bool {
    table::capacity() != 0 && action() != Action::Off && !epoch::is_visitor()
}

/// A wait for `whom`, at `site`, took the status of `child`.
pub fn took(whom: Whom, child: u32, site: usize) {
    if whom != Whom::Any {
        reaped::forget(child);
    } else if is_ours() {
        reaped::by_any(child, site);
    }
}

/// `call`, at `site`, waited for `whom` and was told that there is no such child.
#[cold]
#[inline(never)]
pub fn missed(call: &'static str, whom: Whom, site: usize) {
    if !is_ours() {
        return;
    }
    match whom {
        Whom::One(child) => {
            if let Some(thief) = reaped::take(child) {
                return say(
                    call,
                    format_args!(
                        "{call} at {} asks for child {child}, whose status was taken by a wait for any child at {}",
                        Place(site),
                        Place(thief)
                    ),
                );
            }
            let was_there = page::get().forked.load(Ordering::Relaxed) != 0 && !process::exists(child);
            if was_there {
                ignoring(call, site);
            }
        }
        // At the end of a loop over all children this is the answer; not while there are some that nobody took.
        Whom::Any => {
            if forks::children().next().is_some() {
                ignoring(call, site);
            }
        }
        Whom::Unknown => {
            if is_ignored() {
                return ignoring(call, site);
            }
            if let Some((child, thief)) = reaped::last() {
                say(
                    call,
                    format_args!(
                        "{call} at {} finds that the status of its child was taken; the last wait for any child, at {}, took {child}",
                        Place(site),
                        Place(thief)
                    ),
                );
            }
        }
    }
}

/// As [`missed`], said once, and only if SIGCHLD has been ignored all the time.
fn ignoring(call: &'static str, site: usize) {
    let all_the_time = IGNORED.load(Ordering::Relaxed) && is_ignored();
    if all_the_time && page::get().ignoring.swap(1, Ordering::Relaxed) == 0 {
        say(
            call,
            format_args!(
                "{call} at {} finds no child: SIGCHLD was ignored when the program began, and still is, so that the kernel keeps no exit status",
                Place(site)
            ),
        );
    }
}

fn say(call: &'static str, text: fmt::Arguments<'_>) {
    let action = action();
    let (outcome, end) = match action {
        Action::Die => (Outcome::Died, ": the process ends here"),
        _ => (Outcome::Reported, ""),
    };
    tell(&ENTRY, action, outcome, call, Lock::default(), format_args!("{text}{end}"));
}
