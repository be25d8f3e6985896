//! interrupted-resolver: a fork while another thread is inside libc's resolver, or in another function
//! with locks of libc's own that fork does not reset.
//!
//! getaddrinfo takes a static lock for a netlink round trip, gethostbyname one for a whole lookup, every
//! time function another; no symbol names them and no owner stands in them. The child's first such call
//! waits for ever. Three layers. The gate: fork waits until nobody is inside, for a moment (`registry::gate`). The
//! locks around: what such a thread held of the program's own is reset at first touch (`orphaned_lock`). The
//! healer: where the moment did not suffice, or the lock is not the resolver's, a call that stands before
//! a lock which nobody can ever release has it released (`healer`).

pub mod healer;
pub mod held;

use super::arrival::{arrived, lacks_threads};
use super::catalog::INTERRUPTED_RESOLVER as ENTRY;
use super::holder::culprit;
use super::telling::tell;
use super::words::Who;
use crate::ident::thread::{self, Word};
use crate::ident::{epoch, page};
use crate::policy;
use crate::registry::function::Function;
use crate::registry::gate;
use crate::registry::threads;
use crate::report::{At, Lock};
use crate::settings::Action;
use crate::sys::{errno, opaque, options};
use crate::wire::Outcome;
use core::sync::atomic::Ordering;

/// Makes `work`, a call of `function`; its answer where the call is refused is that of `refused`.
#[inline(always)]
pub fn inside<R>(function: &'static Function, refused: impl FnOnce() -> R, work: impl FnOnce() -> R) -> R {
    if let Some(thread) = threads::known()
        && page::is_original()
        && thread.inside.load(Ordering::Relaxed).is_null()
    {
        gate::enter(thread, function, opaque::stack());
        let answer = work();
        gate::leave(thread);
        return answer;
    }
    let (mut work, mut answer) = (Some(work), None);
    unusually(function, &mut || answer = work.take().map(|work| work()));
    answer.unwrap_or_else(refused)
}

/// In a copy, from within another call of the family, or from a thread without a record: makes `work`, or refuses.
/// One function for all of the family, which has seventy members.
#[cold]
#[inline(never)]
fn unusually(function: &'static Function, work: &mut dyn FnMut()) {
    let Some(thread) = threads::own() else { return work() };
    let tainted = arrived(function.name) && page::get().tainted.load(Ordering::Relaxed) != 0;
    let action = policy::action(ENTRY.place, ENTRY.default);
    let mut watched = false;
    if tainted {
        let done = match action {
            Action::Off => None,
            Action::Report => Some((Outcome::Reported, "left alone")),
            Action::Repair if heals() => {
                watched = true;
                None
            }
            Action::Repair => Some((Outcome::Reported, "left alone: resolver_heal=0")),
            Action::Poison => Some((Outcome::Poisoned, "the call is refused")),
            Action::Die => Some((Outcome::Died, "the process ends here")),
        };
        if let Some((outcome, done)) = done {
            say(function.name, action, outcome, done);
            if outcome == Outcome::Poisoned {
                return;
            }
        }
    }
    gate::again(thread, function, opaque::stack(), || {
        if watched { healer::during(function.name, work) } else { work() }
    });
}

/// Kinds of call outside the resolver, each with one lock of libc's.
#[derive(Clone, Copy)]
pub enum Kind {
    /// `tzset_lock`.
    Time,
    /// `dl_load_write_lock`.
    Loader,
    /// `envlock`.
    Environment,
    /// `syslog_lock`.
    Syslog,
    /// `__exit_funcs_lock`.
    Exit,
}

/// A copy is about to make `call`, of the given kind: the first time, `probe` takes that kind's lock and lets
/// go of it, so that the program's own call will find it free.
#[cold]
#[inline(never)]
pub fn before(kind: Kind, call: &'static str, probe: &mut dyn FnMut()) {
    let bit = 1 << kind as u32;
    let tried = &page::get().tried;
    let first = arrived(call)
        && lacks_threads()
        && tried.load(Ordering::Relaxed) & bit == 0
        && tried.fetch_or(bit, Ordering::AcqRel) & bit == 0;
    if first && heals() {
        errno::kept(|| healer::during(call, probe));
    }
}

/// As [`before`], where only the program's own call takes the lock, and not every such call: each is watched.
#[cold]
#[inline(never)]
pub fn during(call: &'static str, work: &mut dyn FnMut()) {
    if arrived(call) && lacks_threads() && heals() { healer::during(call, work) } else { work() }
}

fn heals() -> bool {
    options::get().resolver_heal
        && !epoch::is_visitor()
        && policy::action(ENTRY.place, ENTRY.default) == Action::Repair
}

/// A fork is about to be made: closes the gate.
#[inline(always)]
pub fn forking() {
    threads::refresh();
    let waited_us =
        if has_gate() { gate::close(u64::from(options::get().resolver_wait_ms) * 1000) } else { 0 };
    thread::set(Word::Waited, waited_us);
}

#[inline(always)]
fn has_gate() -> bool {
    options::get().resolver_wait_ms != 0 && policy::action(ENTRY.place, ENTRY.default) == Action::Repair
}

/// The fork is over, in the parent, with the program's signals still held.
#[inline(always)]
pub fn forked() {
    if has_gate() {
        gate::open();
    }
    if thread::get(Word::Waited) != 0 {
        waited();
    }
}

/// Says that the fork had to wait.
#[cold]
#[inline(never)]
fn waited() {
    let closed = gate::last();
    let function = closed.function.map_or("the resolver", |function| function.name);
    let lock = Lock {
        address: 0,
        holder: closed.whom,
        of_parent: true,
        name: closed.name,
        at: closed.function.map_or(At::Unknown, |function| At::In(function.name)),
        waited_us: closed.waited_us,
    };
    let (outcome, done) = if closed.in_vain {
        (Outcome::Reported, "and went on: what it holds is mended when a child meets it")
    } else {
        (Outcome::Repaired, "until it was out")
    };
    tell(
        &ENTRY,
        Action::Repair,
        outcome,
        "fork",
        lock,
        format_args!(
            "fork waited {}.{:02} ms for thread {}, inside {function}, {done}",
            closed.waited_us / 1000,
            closed.waited_us % 1000 / 10,
            closed.whom
        ),
    );
}

/// Says once that a call of the family was made while the child's copy of the resolver is in an unknown state.
fn say(call: &'static str, action: Action, outcome: Outcome, done: &str) {
    if outcome == Outcome::Reported && page::get().mentioned.swap(1, Ordering::Relaxed) != 0 {
        return;
    }
    let lock = culprit();
    tell(
        &ENTRY,
        action,
        outcome,
        call,
        lock,
        format_args!("{call} in a child; at its fork {} was inside: {done}", Who(&lock)),
    );
}
