//! handler-in-child: a handler of the parent's ran in a forked child.
//!
//! A child has its parent's handlers until it execs or installs its own. A signal that somebody sends to the child
//! then runs code that was written for the parent: it sets the parent's flags, writes to the parent's pipes, and counts as
//! handled, so that the signal that should end the child does not. Nothing here can tell whether that was meant,
//! so it is only said. Not what the child did to itself: its own `raise`, its own timers; and not what a terminal sends to
//! all of its processes alike.

use super::catalog::HANDLER_IN_CHILD as ENTRY;
use super::telling::about;
use super::words::{Place, Signal};
use crate::ident::{epoch, page};
use crate::policy;
use crate::registry::handlers;
use crate::report::{self, Finding};
use crate::settings::Action;
use crate::sys::aside::{Busy, aside};
use crate::sys::signals::Mask;
use crate::sys::{process, signals};
use crate::wire::Outcome;
use core::sync::atomic::Ordering;
use libc::siginfo_t;

/// A handler of the parent's has run for `signal`.
#[inline(always)]
pub fn ran(signal: i32, info: &siginfo_t) {
    // SAFETY: whatever the signal is, these four bytes are there. Most often they are the sender, and that this process.
    #[allow(unsafe_code)]
    let sender = unsafe { info.si_pid() }.cast_unsigned();
    if sender != page::get().pid.load(Ordering::Relaxed) {
        look(signal, info.si_code, sender);
    }
}

#[cold]
#[inline(never)]
fn look(signal: i32, code: i32, sender: u32) {
    // Sent with kill, sigqueue, tgkill, or the end of a child: then there is a sender (sigaction(2)).
    let sent = matches!(code, libc::SI_USER | libc::SI_QUEUE | libc::SI_TKILL);
    if !(sent || signal == libc::SIGCHLD && code > 0) {
        return;
    }
    let action = policy::action(ENTRY.place, ENTRY.default);
    if action == Action::Off || epoch::is_visitor() {
        return;
    }
    let handler = handlers::get(signal);
    // Of a daemon whose maker has ended there is nobody else to whom it could belong.
    let is_somebodys = handler.is_inherited()
        && (epoch::maker() == process::parent() || process::exists(handler.installer()));
    if !is_somebodys || is_told(signal) {
        return;
    }
    let held = signals::hold();
    aside(&page::get().aside, Busy::Wait, || say(signal, sender, action, held));
    signals::restore(held);
}

fn say(signal: i32, sender: u32, action: Action, held: Mask) {
    let function = handlers::get(signal).function();
    let (outcome, done) = match action {
        Action::Die => (Outcome::Died, "the process ends here"),
        _ => (Outcome::Reported, "left alone"),
    };
    report::note(
        &Finding {
            owner: process::parent(),
            made_at: function,
            ..about(
                &ENTRY,
                action,
                outcome,
                "sigaction",
                format_args!(
                    "{} from process {sender} was handled by {}, which was installed before the fork and not by this process: {done}",
                    Signal(signal),
                    Place(function)
                ),
            )
        },
        held,
    );
}

/// Has this process had its word about `signal`? It has after this.
pub fn is_told(signal: i32) -> bool {
    let Ok(place) = usize::try_from(signal) else { return true };
    let bit = 1 << (place % 32);
    let word = page::get().handled.get(place / 32);
    word.is_none_or(|word| word.fetch_or(bit, Ordering::Relaxed) & bit != 0)
}
