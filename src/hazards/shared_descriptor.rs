//! What timerfd, signalfd and inotify have in common: their state lies in the file, which a fork shares. A child's first
//! touch is where its hazard gets to see it: the child is given a file of its own under the same numbers where the
//! copy is exact, and where it is not the descriptor is left alone. The parent's file is only looked at.

mod first_use;

use super::catalog::Entry;
use super::forkproof_internal::{self, Trouble};
use super::inherited_poller::Use;
use super::{mender, reentrant_sigchld, shared_inotify, shared_signalfd, shared_timerfd};
use crate::ident::epoch::{self, Verdict};
use crate::ident::page::{self, NONE_LEFT, SOME_LEFT};
use crate::policy;
use crate::registry::{fds, table};
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::signals;
use core::cell::Cell;
use core::sync::atomic::Ordering;
use first_use::{Met, try_to_decide};

/// One kind of descriptor.
pub(super) struct Kind {
    /// Its flag in a number's word.
    pub flag: u64,
    /// Its hazard.
    pub entry: Entry,
    /// What people call it.
    pub noun: &'static str,
    /// What `/proc/[pid]/fd` shows for it.
    pub link: &'static [u8],
    /// What comes of it if it is left alone.
    pub harm: &'static str,
    /// What a call does to the shared state.
    pub way: fn(Way, &'static str) -> Option<Way>,
    /// Another file in the same state, if that can be had.
    pub copy: Option<fn(i32) -> Result<i32, Refused>>,
}

/// What becomes of a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// The shared state is read or changed: one side's gain is the other's loss.
    Used,
    /// It is waited for.
    Awaited,
    /// Nothing is taken from the parent yet, or ever: it is worth a copy, and no words.
    Carried,
}

/// Why there is no copy.
pub(super) enum Refused {
    /// It would not be exact.
    Inexact(&'static str),
    /// The kernel refused.
    Failed(Errno),
}

const KINDS: [&Kind; 3] = [&shared_timerfd::KIND, &shared_signalfd::KIND, &shared_inotify::KIND];

/// `number`, if it is one, was made by this process; `kind` is a flag of [`fds`].
pub fn made(number: i32, kind: u64) {
    if number < 0 || table::capacity() == 0 {
        return;
    }
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    if number.cast_unsigned() >= table::capacity() {
        return forkproof_internal::met(Trouble::NumberTooHigh, number, None);
    }
    fds::made(number, epoch, kind);
}

/// May some descriptor with a state have been inherited, and not be decided on? One load.
#[inline]
#[must_use]
pub fn any_inherited() -> bool {
    page::get().left.load(Ordering::Relaxed) != NONE_LEFT
}

/// The program is about to use `fd` through `call`, in a process where some descriptor with a state of its own may have
/// been inherited.
#[cold]
#[inline(never)]
pub fn touched(fd: i32, call: &'static str) -> Use {
    if any_inherited() { met(fd, call, Way::Used) } else { Use::Go }
}

/// As [`touched`], for calls that are not asked about in advance.
#[inline]
#[must_use]
pub fn is_refused(fd: i32, call: &'static str) -> bool {
    any_inherited() && touched(fd, call) == Use::Refuse
}

/// The program is about to wait for `fd`, which changes nothing.
#[inline]
pub fn waited_for(call: &'static str, fd: i32) {
    if any_inherited() {
        let _a_wait_goes_on = met(fd, call, Way::Awaited);
    }
}

/// The program is about to poll these numbers.
#[cold]
#[inline(never)]
pub fn waited_for_in(call: &'static str, numbers: impl Iterator<Item = i32>) {
    for number in numbers.filter(|&number| fds::get(number).is_open_question()) {
        let _a_wait_goes_on = met(number, call, Way::Awaited);
    }
    look_through();
}

/// `fd` is about to be taken over into a poller of this process's own.
pub fn carried(fd: i32, call: &'static str) {
    if any_inherited() {
        let _shared_or_not = met(fd, call, Way::Carried);
    }
}

/// Reads and waits are nothing to look at once nothing is left that was inherited.
pub fn settle_still() {
    if !any_inherited() && !reentrant_sigchld::holds() {
        page::get().still.store(1, Ordering::Relaxed);
    }
}

/// Are reads and waits nothing to look at? One load, for this and for signals that are held back.
#[inline(always)]
#[must_use]
pub fn is_still() -> bool {
    page::get().still.load(Ordering::Relaxed) != 0
}

/// What was inherited? Once a copy, and again when something has been decided on: a walk over the words of the numbers,
/// where there ever was such a descriptor.
#[inline]
pub fn look_through() {
    let left = &page::get().left;
    if left.load(Ordering::Relaxed) == 0 {
        let some = fds::open_questions().next().is_some();
        left.store(if some { SOME_LEFT } else { NONE_LEFT }, Ordering::Relaxed);
        settle_still();
    }
}

#[cold]
#[inline(never)]
fn met(fd: i32, call: &'static str, way: Way) -> Use {
    let entry = fds::get(fd);
    let kind = KINDS.into_iter().find(|kind| entry.has(kind.flag)).filter(|_| entry.is_open_question());
    let Some(kind) = kind else {
        look_through();
        return Use::Go;
    };
    let Verdict::Owner(epoch) = epoch::settle() else { return Use::Pass };
    let Some(way) = (kind.way)(way, call) else { return Use::Go };
    let action = policy::action(kind.entry.place, kind.entry.default);
    // What takes nothing from the parent is neither said nor refused.
    if fds::get(fd).is_inherited_as(kind.flag) && (way != Way::Carried || action == Action::Repair) {
        // A handler must not come back here half way, and only one thread may do the work.
        let held = signals::hold();
        let met = Met { kind, fd, epoch, call, way, held };
        let tried = Cell::new(false);
        mender::mend(
            || !tried.get() && fds::get(fd).is_inherited_as(kind.flag),
            || {
                tried.set(true);
                try_to_decide(met, action);
            },
        );
        signals::restore(held);
        page::get().left.store(0, Ordering::Relaxed);
        look_through();
    }
    if way == Way::Used && fds::get(fd).has(fds::REFUSED) { Use::Refuse } else { Use::Go }
}
