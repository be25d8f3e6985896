//! shared-wakeup: a signal sent to a forked child wakes its parent through a pipe both share.
//!
//! A loop learns of signals through a pipe to itself: the handler writes, the loop reads (`set_wakeup_fd`, libevent, libev, and
//! every C program since the self-pipe trick). After a fork handler and pipe are the child's too, so a signal sent to
//! the child wakes the parent, which acts on it: `SIGTERM` to a worker stops the master. Repair, in the child, when
//! such a handler is about to write: another pair of the same kind under the same numbers, and in the child's own pollers.
//!
//! What makes it such a write is all of these: the calling thread runs a signal handler; that was installed before the fork,
//! since one installed after it may talk to the parent on purpose; the number was inherited, and the other end is open here;
//! and that other end is waited for, by a poller, by a poll of this process, or, for pipes and sockets, both ends
//! are `O_NONBLOCK`, as only such pairs need be. So a lock made of a pipe stays as it is, and its token in it.
//!
//! A thread that is in poll(2) on the old pipe while another runs the handler goes on waiting on that. One that is
//! in `epoll_wait` does not.

use super::catalog::SHARED_WAKEUP as ENTRY;
use super::forkproof_internal::caught;
use super::inherited_poller::{self, Use, is_watched_by_shared, replace_target, shares_descriptors};
use super::telling::about;
use super::words::{Place, Signal};
use super::{handler_in_child, mender, trampoline};
use crate::ident::epoch::{self, Verdict};
use crate::ident::page;
use crate::policy;
use crate::registry::duplicates::{self, Other};
use crate::registry::handlers::{self, Handler};
use crate::registry::interests::{self, GHOST, Interest};
use crate::registry::pairs::{self, EVENT, End, PIPE, SEMAPHORE, SOCKETS};
use crate::registry::table::{self, Cell};
use crate::registry::{fds, pollers};
use crate::report::{self, Finding};
use crate::settings::Action;
use crate::sys::aside::{Busy, aside};
use crate::sys::call::Errno;
use crate::sys::fd::{self, Stream};
use crate::sys::signals::Mask;
use crate::sys::{compare, pair, process, signals};
use crate::wire::Outcome;

/// This process has made a pipe: `ends` are the reading and the writing one.
pub fn made_pipe((read, write): (i32, i32)) {
    if let Some(epoch) = owner() {
        pairs::made(read, write, PIPE, 0, epoch);
        pairs::made(write, read, PIPE, 0, epoch);
    }
}

/// This process has made a pair of sockets.
pub fn made_sockets((one, other): (i32, i32)) {
    if let Some(epoch) = owner() {
        pairs::made(one, other, SOCKETS, inode(one).unwrap_or(0), epoch);
        pairs::made(other, one, SOCKETS, inode(other).unwrap_or(0), epoch);
    }
}

/// This process has made an eventfd.
pub fn made_event(number: i32, is_semaphore: bool) {
    if let Some(epoch) = owner() {
        let kind = if is_semaphore { EVENT | SEMAPHORE } else { EVENT };
        pairs::made(number, number, kind, 0, epoch);
    }
}

fn owner() -> Option<u32> {
    if table::capacity() == 0 {
        return None;
    }
    match epoch::settle() {
        Verdict::Owner(epoch) => Some(epoch),
        Verdict::Visitor => None,
    }
}

/// The lower half tells sockets apart, whose numbers count up (unix(7)).
#[allow(clippy::cast_possible_truncation)]
fn inode(number: i32) -> Option<u32> {
    fd::identity(number).ok().map(|identity| identity.inode() as u32)
}

/// May a write to `number` be such a one? A few instructions, for every write of a copy.
#[inline(always)]
#[must_use]
pub fn may_concern(number: i32) -> bool {
    pairs::is_known(number)
}

/// This copy polls `numbers`.
pub fn polled(numbers: impl Iterator<Item = i32>) {
    numbers.for_each(pairs::polled);
}

/// This copy polls all numbers that are `chosen`.
pub fn polled_among(chosen: impl Fn(i32) -> bool) {
    pairs::all_inherited().filter(|&number| chosen(number)).for_each(pairs::polled);
}

/// This copy is about to write to `number` through `call`, and [`may_concern`] did not rule it out.
#[cold]
#[inline(never)]
pub fn writes(number: i32, call: &'static str) -> Use {
    // A fork that no hook saw may have been the first.
    trampoline::expect_copy();
    if !trampoline::may_run() || policy::action(ENTRY.place, ENTRY.default) == Action::Off {
        return Use::Go;
    }
    if epoch::settle() == Verdict::Visitor {
        return Use::Go;
    }
    let Some(signal) = handled() else { return Use::Go };
    let mut answer = Use::Go;
    let held = signals::hold();
    aside(&page::get().aside, Busy::Wait, || answer = written(number, signal, call, held));
    signals::restore(held);
    answer
}

/// The signal whose handler this thread runs, if a process before this one installed it.
fn handled() -> Option<i32> {
    let signal = trampoline::running().filter(|&signal| handlers::get(signal).is_inherited())?;
    // swapcontext leaves a handler, and restores the mask.
    let runs = handlers::get(signal).is_interruptible() || signals::contains(signals::blocked(), signal);
    runs.then_some(signal)
}

/// It is the handler of `signal` that writes.
fn written(number: i32, signal: i32, call: &'static str, held: Mask) -> Use {
    let Some(end) = pairs::get(number) else { return Use::Go };
    if !is_whole(end) {
        pairs::forget(number);
        return Use::Go;
    }
    if !pairs::is_inherited(number) {
        // It goes to this process's own loop, which so knows of the handler: nothing is left to be said about that.
        let _none_needed = handler_in_child::is_told(signal);
        return Use::Go;
    }
    if !is_waited_for(end) || !is_shared(end, handlers::get(signal).installer()) {
        return Use::Go;
    }
    let action = policy::action(ENTRY.place, ENTRY.default);
    let met = Met { end, signal, handler: handlers::get(signal), call, held };
    if action == Action::Poison {
        if !pairs::is_told(number) {
            met.note(action, Outcome::Poisoned, None, format_args!("refused with EBADF"));
        }
        return Use::Refuse;
    }
    mender::mend(
        || pairs::is_inherited(number),
        || {
            if !caught(number, || met.decide(action)) {
                met.settle();
            }
        },
    );
    Use::Go
}

/// Are both numbers still what they were made as?
fn is_whole(end: End) -> bool {
    if end.is(EVENT) {
        return fd::is_kind(end.number, b"anon_inode:[eventfd]");
    }
    if end.is(SOCKETS) {
        let other = pairs::get(end.other);
        let is = |one: End| inode(one.number) == Some(one.inode);
        return is(end) && other.is_some_and(|other| other.other == end.number && is(other));
    }
    // Two ends of one pipe have one inode, and differ in how they are open.
    let inode_of = |number| fd::stream(number).and_then(Stream::pipe_end);
    match (inode_of(end.number), inode_of(end.other)) {
        (Some((one, true)), Some((other, false))) => one == other,
        _ => false,
    }
}

/// Does another process have it that would be woken: the parent, or who installed the handler? Not after daemon(3),
/// which leaves neither.
fn is_shared(end: End, installer: u32) -> bool {
    let (parent, maker) = (process::parent(), epoch::maker());
    let has = |other: u32| {
        compare::same_file(other, end.number, end.number)
            .unwrap_or_else(|errno| errno != Errno(libc::ESRCH) && other == maker)
    };
    [parent, installer, maker].into_iter().any(|other| other != 0 && has(other))
}

fn is_waited_for(end: End) -> bool {
    let read = end.other;
    let is_watched = || {
        let living = |tag| pollers::get(tag).is_some();
        interests::of(read).map(Cell::now).any(|one| !one.has(GHOST) && living(one.tag()))
    };
    let is_polled = || pairs::get(read).is_some_and(End::is_polled);
    let nonblocking = |number| fd::is_nonblocking(number) == Ok(true);
    is_watched() || is_polled() || !end.is(EVENT) && nonblocking(end.number) && nonblocking(read)
}

/// One pair and the handler that is about to write to it.
#[derive(Clone, Copy)]
struct Met {
    end: End,
    signal: i32,
    handler: &'static Handler,
    call: &'static str,
    held: Mask,
}

impl Met {
    fn decide(&self, action: Action) {
        match action {
            Action::Die => self.note(action, Outcome::Died, None, format_args!("the process ends here")),
            Action::Repair => self.repair(),
            _ => {
                self.settle();
                self.note(
                    action,
                    Outcome::Reported,
                    None,
                    format_args!("left alone; whoever reads first is woken"),
                );
            }
        }
    }

    fn repair(&self) {
        let action = Action::Repair;
        let End { number, other, .. } = self.end;
        if shares_descriptors(number) {
            self.settle();
            let text = format_args!("left alone: this child shares its descriptor table (CLONE_FILES)");
            return self.note(action, Outcome::Reported, None, text);
        }
        if [number, other].into_iter().any(|end| duplicates::of_open(end) != Other::None) {
            self.settle();
            let text = format_args!("left alone: one end has more than one number here");
            return self.note(action, Outcome::Reported, None, text);
        }
        // An inherited poller first: its own list then moves with the number.
        for poller in watching(other) {
            let _refused_stays_refused = inherited_poller::touched(poller, self.call);
        }
        if [number, other].into_iter().any(is_watched_by_shared) {
            self.settle();
            let text = format_args!("left alone: the epoll instance that watches it is shared as well");
            return self.note(action, Outcome::Reported, None, text);
        }
        let made = self.replace();
        self.settle();
        match made {
            Ok(()) => {
                let _none_needed = handler_in_child::is_told(self.signal);
                self.note(
                    action,
                    Outcome::Repaired,
                    None,
                    format_args!("this process now has a pair of its own"),
                );
            }
            Err(errno) => {
                let text = format_args!("could not be recreated ({errno}), so the parent is woken");
                self.note(action, Outcome::Failed, Some(errno), text);
            }
        }
    }

    fn replace(&self) -> Result<(), Errno> {
        let End { number, other, .. } = self.end;
        if self.end.is(EVENT) {
            let fresh = pair::event(self.end.is(SEMAPHORE))?;
            let put = put_at(fresh, number);
            fd::close(fresh);
            return put;
        }
        let kept = fd::duplicate_above(number, 0)?;
        let pair = if self.end.is(SOCKETS) { pair::sockets(number) } else { pair::pipe(number) };
        let put = pair.and_then(|(first, second)| {
            let put = put_at(second, number).and_then(|()| put_at(first, other));
            fd::close(first);
            fd::close(second);
            // A pipe that nobody reads would raise SIGPIPE.
            put.inspect_err(|_| {
                let _as_before = put_at(kept, number);
            })
        });
        fd::close(kept);
        put
    }

    /// Nothing more is to be done about this pair, in this process.
    fn settle(&self) {
        for end in [self.end.number, self.end.other] {
            pairs::settled(end, inode(end).unwrap_or(0), epoch::now());
        }
    }

    fn note(&self, action: Action, outcome: Outcome, errno: Option<Errno>, text: core::fmt::Arguments<'_>) {
        let Self { end, signal, call, .. } = *self;
        let handler = self.handler.function();
        report::note(
            &Finding {
                fd: end.number,
                owner: process::parent(),
                made_at: handler,
                errno,
                ..about(
                    &ENTRY,
                    action,
                    outcome,
                    call,
                    format_args!(
                        "{call} to fd {} in the parent's handler of {}, {}, wakes whoever waits for fd {}, a pair made before the fork: {text}",
                        end.number,
                        Signal(signal),
                        Place(handler),
                        end.other
                    ),
                )
            },
            self.held,
        );
    }
}

fn put_at(fresh: i32, number: i32) -> Result<(), Errno> {
    fd::copy_nonblock(number, fresh)?;
    replace_target(number, || fd::replace(fresh, number))
}

/// The inherited pollers that watch `number`.
fn watching(number: i32) -> impl Iterator<Item = i32> {
    let tags = interests::of(number).map(Cell::now).filter(|one| !one.has(GHOST)).map(Interest::tag);
    tags.filter_map(|tag| {
        fds::numbers().find(|&poller| fds::get(poller).tag() == tag && pollers::get(tag).is_some())
    })
}
