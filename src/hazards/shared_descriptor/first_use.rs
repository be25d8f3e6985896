//! One inherited descriptor at its first use: what is done about it, and said.

use super::{Kind, Refused, Way};
use crate::hazards::forkproof_internal::caught;
use crate::hazards::inherited_poller::{self, shares_descriptors};
use crate::hazards::telling::about;
use crate::registry::{fds, marks, pollers};
use crate::report::{self, Finding, limit};
use crate::settings::Action;
use crate::sys::call::Errno;
use crate::sys::signals::Mask;
use crate::sys::{compare, fd, process};
use crate::wire::Outcome;
use core::fmt;

/// One inherited descriptor at its first use.
#[derive(Clone, Copy)]
pub(super) struct Met {
    pub kind: &'static Kind,
    pub fd: i32,
    pub epoch: u32,
    pub call: &'static str,
    pub way: Way,
    pub held: Mask,
}

/// Where `decide` panics, what is inherited stays as it is.
pub(super) fn try_to_decide(met: Met, action: Action) {
    if !caught(met.fd, || decide(met, action)) {
        met.settle(0);
    }
}

fn decide(met: Met, action: Action) {
    if action == Action::Off {
        return met.settle(0);
    }
    if met.is_kind_in(process::pid(), met.fd) == Some(false) {
        // Closed and opened as something else behind our back: none of our business.
        return pollers::closed(met.fd, fds::get(met.fd));
    }
    let sharer = met.sharer();
    match (action, met.kind.copy) {
        (Action::Repair, Some(copy)) => repair(met, sharer, copy),
        // Whoever has it alone does as he likes.
        _ if sharer.is_none() => met.settle(0),
        (Action::Poison, _) => {
            met.settle(fds::REFUSED);
            met.note(
                action,
                Outcome::Poisoned,
                sharer,
                None,
                format_args!("refused with EBADF; nothing was changed"),
            );
        }
        (Action::Die, _) => {
            met.note(action, Outcome::Died, sharer, None, format_args!("the process ends here"));
        }
        _ => {
            met.settle(0);
            met.note(action, Outcome::Reported, sharer, None, format_args!("left alone; {}", met.kind.harm));
        }
    }
}

fn repair(met: Met, sharer: Option<u32>, copy: fn(i32) -> Result<i32, Refused>) {
    let put = if shares_descriptors(met.fd) {
        Err(Refused::Inexact("this child shares its descriptor table (CLONE_FILES)"))
    } else {
        put_in_place(met, copy)
    };
    if put.is_err() && met.way == Way::Carried {
        // Nothing is lost yet: it is tried again, and said, when it is used.
        return;
    }
    met.settle(0);
    let note =
        |outcome, errno, text: fmt::Arguments<'_>| met.note(Action::Repair, outcome, sharer, errno, text);
    match put {
        Ok(()) => {
            note(Outcome::Repaired, None, format_args!("this process now has its own, in the same state"));
        }
        Err(Refused::Inexact(why)) => note(Outcome::Reported, None, format_args!("left alone: {why}")),
        Err(Refused::Failed(errno)) => {
            note(
                Outcome::Failed,
                Some(errno),
                format_args!("could not be copied ({errno}) and stays shared"),
            );
        }
    }
}

fn put_in_place(met: Met, copy: fn(i32) -> Result<i32, Refused>) -> Result<(), Refused> {
    let soft = process::descriptor_limits().soft;
    for number in fds::numbers() {
        match met.is_name(number) {
            None => {
                return Err(Refused::Inexact(
                    "another number may name it, and the kernel would not say (kcmp)",
                ));
            }
            // Nothing can be put there any more (dup(2)), so nothing is begun.
            Some(true) if u64::from(number.cast_unsigned()) >= soft => {
                return Err(Refused::Failed(Errno(libc::EMFILE)));
            }
            _ => {}
        }
    }
    let fresh = copy(met.fd)?;
    let put = fd::copy_nonblock(met.fd, fresh).and_then(|()| {
        let others = fds::numbers().filter(|&number| number != met.fd && met.is_name(number) == Some(true));
        // What they are compared with goes last.
        others.chain(core::iter::once(met.fd)).try_for_each(|number| {
            inherited_poller::replace_target(number, || fd::replace(fresh, number))?;
            met.mark(number, fds::COPIED);
            Ok(())
        })
    });
    fd::close(fresh);
    put.map_err(Refused::Failed)
}

impl Met {
    /// Does `number` name the same file? `None`: the kernel would not say.
    fn is_name(self, number: i32) -> Option<bool> {
        if number == self.fd {
            return Some(true);
        }
        let candidate = fds::get(number).is_inherited_as(self.kind.flag)
            && marks::of(self.fd) & marks::of(number) & marks::DUPLICATED != 0;
        if !candidate {
            return Some(false);
        }
        match compare::same_file(process::pid(), self.fd, number) {
            Ok(same) => Some(same),
            Err(Errno(libc::EBADF)) => Some(false),
            Err(_) => None,
        }
    }

    fn mark(self, number: i32, flags: u64) {
        fds::set(number, fds::Entry::stateful(self.epoch, self.kind.flag | flags));
    }

    /// From here on its numbers belong to this process, unless they are marked already.
    fn settle(self, flags: u64) {
        let inherited = |&number: &i32| fds::get(number).is_inherited_as(self.kind.flag);
        let others = fds::numbers().filter(|&number| number != self.fd && self.is_name(number) == Some(true));
        others.chain(core::iter::once(self.fd)).filter(inherited).for_each(|number| self.mark(number, flags));
    }

    /// The parent, if it has the file open as well. Inherited numbers are the same on both sides.
    fn sharer(self) -> Option<u32> {
        let parent = process::parent();
        let has = |number: i32| match compare::same_file(parent, self.fd, number) {
            Ok(same) => same,
            Err(Errno(libc::EBADF | libc::ESRCH)) => false,
            // No kcmp: one of that kind, under that number.
            Err(_) => self.is_kind_in(parent, number) == Some(true),
        };
        let any = || fds::numbers().filter(|&number| self.is_name(number) == Some(true)).any(has);
        (parent != 0 && any()).then_some(parent)
    }

    /// `None`: it cannot be asked, or the number is not open there.
    fn is_kind_in(self, process: u32, number: i32) -> Option<bool> {
        fd::is_kind_in(format_args!("{process}"), number, self.kind.link)
    }

    fn note(
        self,
        action: Action,
        outcome: Outcome,
        sharer: Option<u32>,
        errno: Option<Errno>,
        text: fmt::Arguments<'_>,
    ) {
        let Self { kind, fd, call, .. } = self;
        // Whoever has it alone loses nothing to anybody.
        let Some(sharer) = sharer else { return };
        // For the log, where one is enough.
        let quiet = self.way == Way::Carried;
        if quiet && limit::any(kind.entry.place) {
            return;
        }
        report::note(
            &Finding {
                fd,
                owner: sharer,
                errno,
                quiet,
                ..about(
                    &kind.entry,
                    action,
                    outcome,
                    call,
                    format_args!(
                        "{call} on {} {fd}, made before the fork and open in process {sharer}: {text}",
                        kind.noun
                    ),
                )
            },
            self.held,
        );
    }
}
