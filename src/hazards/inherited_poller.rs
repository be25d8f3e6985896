//! inherited-poller: a forked child uses its parent's epoll instance.
//!
//! An epoll descriptor names a kernel object, not a process's own list. After a fork, the child's ADD wakes
//! the parent with descriptors it never opened, its DEL deafens the parent, and either may take the other's
//! edges and one-shots. Repair, at the child's first use and not before, since most children exec: make
//! another instance, register what was registered at the fork, and put it under the numbers the program
//! holds. The parent keeps the old one, untouched. What cannot be mended whole is refused, never half done.

mod carried;
mod change;
mod foreign;
mod rebuild;
mod target;
mod truth;

pub use change::change;
pub use target::{is_watched_by_shared, replace_target};

use super::catalog::INHERITED_POLLER as ENTRY;
use super::forkproof_internal::{self, Trouble, caught};
use super::telling::about;
use super::{lost_wait, mender, stale_event};
use crate::ident::birth;
use crate::ident::epoch::{self, Verdict};
use crate::policy;
use crate::registry::pollers::{self, Poller};
use crate::registry::tag::Tag;
use crate::registry::{deliveries, table};
use crate::registry::{depot, fds};
use crate::report::{self, Finding};
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::signals::Mask;
use crate::sys::{compare, module, options, process, signals};
use crate::wire::Outcome;
use carried::Tally;
use core::sync::atomic::{AtomicU32, Ordering};
use rebuild::Rebuilt;

/// May the program's call go on?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Yes.
    Go,
    /// Yes, and record nothing of it: the caller is a visitor in its parent's memory.
    Pass,
    /// No: answer `EBADF` and touch nothing.
    Refuse,
}

/// The program is about to use number `poller` through `call`, and the fast path did not know it.
#[cold]
#[inline(never)]
pub fn touched(poller: i32, call: &'static str) -> Use {
    let entry = fds::get(poller);
    if entry.has(fds::OURS) {
        return Use::Refuse;
    }
    if table::capacity() == 0 {
        return Use::Go;
    }
    let Verdict::Owner(epoch) = epoch::settle() else { return Use::Pass };
    let Some(record) = pollers::get(entry.tag()) else {
        let _said = caught(poller, || foreign::met(poller, entry, epoch, call));
        return Use::Go;
    };
    if entry.epoch() == epoch {
        return Use::Go;
    }
    // A handler must not come back here half way, and only one thread may do the work.
    let mask = signals::hold();
    let verifies = options::get().verify;
    let met = Met { poller, tag: entry.tag(), record, epoch, call, held: mask, verifies };
    mender::mend(|| is_pending(poller, record, epoch), || try_to_decide(met));
    signals::restore(mask);
    if record.poisoned.load(Ordering::Acquire) == epoch { Use::Refuse } else { Use::Go }
}

/// Where `decide` panics, what is inherited stays as it is.
fn try_to_decide(met: Met) {
    if !caught(met.poller, || decide(met)) {
        met.share();
    }
}

fn is_pending(poller: i32, record: &Poller, epoch: u32) -> bool {
    let entry = fds::get(poller);
    entry.tag() != Tag::NONE && entry.epoch() != epoch && record.poisoned.load(Ordering::Acquire) != epoch
}

/// `poller`, if it is one, was made by this process for the caller at `site`.
pub fn made(poller: i32, site: usize) {
    if poller < 0 || table::capacity() == 0 {
        return;
    }
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    if poller.cast_unsigned() >= table::capacity() {
        return forkproof_internal::met(Trouble::NumberTooHigh, poller, None);
    }
    if !pollers::opened(poller, epoch, process::pid(), site, depot::here()) {
        return forkproof_internal::met(Trouble::TooManyPollers, poller, None);
    }
    stale_event::made(poller);
    lost_wait::poller::made(poller);
}

/// `new` names the file of `old`, which may be a poller or a descriptor with a state.
#[cold]
#[inline(never)]
pub fn duplicated(old: i32, new: i32) {
    let entry = fds::get(old);
    if (entry.tag() != Tag::NONE || entry.has(fds::STATEFUL)) && !epoch::is_visitor() {
        pollers::duplicated(entry, new);
    }
}

/// A wait on `poller` handed out `events`, and some of its registrations are one-shots.
pub fn delivered(poller: i32, events: &[libc::epoll_event]) {
    deliveries::noted(fds::get(poller).tag(), events);
}

/// May an inherited poller be among what is polled? One load in a process without pollers, three in others.
#[inline]
#[must_use]
pub fn any_inherited() -> bool {
    pollers::any() && epoch::word() != QUIET.load(Ordering::Relaxed)
}

/// The numbers of pollers that this process has not touched yet.
pub fn inherited() -> impl Iterator<Item = i32> {
    fds::numbers().filter(|&number| fds::get(number).is_inherited())
}

/// Polls pass by without a look in this epoch: nothing inherited is left. The first process inherits nothing.
static QUIET: AtomicU32 = AtomicU32::new(1);

/// The program is about to poll these numbers.
#[cold]
#[inline(never)]
pub fn touched_in(call: &'static str, numbers: impl Iterator<Item = i32>) {
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    let mut any = false;
    for number in numbers.filter(|&number| fds::get(number).is_inherited()) {
        let _poll_reads_and_harms_nobody = touched(number, call);
        any = true;
    }
    if any && inherited().next().is_none() {
        QUIET.store(epoch, Ordering::Relaxed);
    }
}

/// One inherited instance at its first use.
#[derive(Clone, Copy)]
struct Met {
    poller: i32,
    tag: Tag,
    record: &'static Poller,
    epoch: u32,
    call: &'static str,
    held: Mask,
    /// Every registration is to be checked. Here, and not asked for each: after a system call, each page that is looked
    /// at may cost a walk of the page tables.
    verifies: bool,
}

fn decide(met: Met) {
    let action = policy::action(ENTRY.place, ENTRY.default);
    if action == Action::Off || is_shared_on_purpose(met) {
        return met.share();
    }
    match action {
        Action::Off => {}
        Action::Report => {
            met.share();
            let text = format_args!("left alone; each process now wakes and deafens the other");
            met.note(action, Outcome::Reported, Tally::default(), None, text);
        }
        Action::Poison => {
            met.refuse();
            let text = format_args!("refused with EBADF; the shared instance is untouched");
            met.note(action, Outcome::Poisoned, Tally::default(), None, text);
        }
        Action::Die => {
            met.note(action, Outcome::Died, Tally::default(), None, format_args!("the process ends here"));
        }
        Action::Repair if shares_descriptors(met.poller) => {
            met.share();
            let text = format_args!("left alone: this child shares its descriptor table (CLONE_FILES)");
            met.note(action, Outcome::Reported, Tally::default(), None, text);
        }
        Action::Repair => repair(met),
    }
}

fn repair(met: Met) {
    match rebuild::rebuild(met) {
        Rebuilt::Done(tally) => {
            met.take_over();
            lost_wait::poller::taken_over(met.poller);
            log::debug!("epoll fd {} rebuilt: {tally:?}", met.poller);
            let text = format_args!("this process now has its own, {tally}");
            met.note(Action::Repair, Outcome::Repaired, tally, None, text);
        }
        Rebuilt::NotAPoller => pollers::closed(met.poller, fds::get(met.poller)),
        Rebuilt::Failed(errno) => {
            met.refuse();
            let text = format_args!("could not be recreated ({errno}), so its calls answer EBADF here");
            met.note(Action::Repair, Outcome::Failed, Tally::default(), Some(errno), text);
        }
    }
}

impl Met {
    /// From here on its numbers belong to this process, and calls take the fast path.
    fn take_over(&self) {
        for number in pollers::numbers_of(self.tag, self.poller) {
            let entry = fds::get(number);
            fds::set(number, entry.in_epoch(self.epoch));
        }
    }

    /// As [`Met::take_over`], of an instance that the parent has too.
    fn share(&self) {
        self.record.shared.store(self.epoch, Ordering::Release);
        self.take_over();
    }

    fn refuse(&self) {
        self.record.poisoned.store(self.epoch, Ordering::Release);
    }

    fn note(
        &self,
        action: Action,
        outcome: Outcome,
        tally: Tally,
        errno: Option<Errno>,
        text: core::fmt::Arguments<'_>,
    ) {
        let (call, fd, maker) = (self.call, self.poller, self.record.maker());
        report::note(
            &Finding {
                fd,
                owner: maker,
                made_at: self.record.site(),
                made_stack: self.record.stack(),
                registrations: tally.registrations,
                lost: tally.lost,
                errno,
                ..about(
                    &ENTRY,
                    action,
                    outcome,
                    call,
                    format_args!("{call} on epoll fd {fd}, made by process {maker} before the fork: {text}"),
                )
            },
            self.held,
        );
    }
}

/// After `clone(CLONE_FILES)` a number put in place here is put in place in the parent too. `fd` is any that is open.
pub(super) fn shares_descriptors(fd: i32) -> bool {
    if birth::was_seen() {
        return false;
    }
    match compare::same_descriptors(process::parent()) {
        Ok(shared) => shared,
        Err(Errno(libc::ESRCH)) => false,
        // No kcmp, and not libc's fork: open one more number and look for it in the parent.
        Err(_) => process::sees_number(process::parent(), fd),
    }
}

/// `shared_pollers=` names numbers, and file names of the modules that made them.
fn is_shared_on_purpose(met: Met) -> bool {
    let listed = options::get().shared_pollers;
    let mut names = listed.split(|&byte| byte == b',').filter(|name| !name.is_empty());
    names.any(|name| {
        let number = core::str::from_utf8(name).ok().and_then(|text| text.parse::<i32>().ok());
        number.map_or_else(
            || module::with_module(met.record.site(), |module, _| module == name).unwrap_or(false),
            |number| pollers::numbers_of(met.tag, met.poller).any(|other| other == number),
        )
    })
}
