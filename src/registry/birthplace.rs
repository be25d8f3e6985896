//! Where a process is being forked: the number of the stack, taken in the parent just before.
//!
//! A server forks again and again from one place. The stack of the last fork is kept with the places where its return
//! addresses lay: while they lie there still, and Python is where it was, it is the same stack, and not a word is written.

use super::depot::{self, Capture};
use super::{fds, handlers, pollers, sandbox};
use crate::ident::{epoch, kin, page};
use crate::sys::aside::{Busy, aside};
use crate::sys::stack::{self, MOST};
use crate::sys::{opaque, python, signals};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The last fork, valid while `number` is not 0. Whoever has the turn in the wiped page reads and writes it: a copy finds
/// the turn free, and what was half written has no number.
struct Last {
    number: AtomicUsize,
    thread: AtomicUsize,
    stack: AtomicUsize,
    python: AtomicU64,
    count: AtomicUsize,
    addresses: [AtomicUsize; MOST],
    places: [AtomicUsize; MOST],
}

static LAST: Last = Last {
    number: AtomicUsize::new(0),
    thread: AtomicUsize::new(0),
    stack: AtomicUsize::new(0),
    python: AtomicU64::new(0),
    count: AtomicUsize::new(0),
    addresses: [const { AtomicUsize::new(0) }; MOST],
    places: [const { AtomicUsize::new(0) }; MOST],
};

/// The calling thread is about to fork: the number of its stack, 0 for none. Nothing is done where no finding could
/// follow: where there is nothing that a child should not share, and no thread that it would lack.
#[inline(always)]
#[must_use]
pub fn now() -> u16 {
    if depot::depth() == 0 || !is_worth_it() { 0 } else { find() }
}

fn is_worth_it() -> bool {
    pollers::any()
        || page::get().threaded.load(Ordering::Relaxed) != 0
        || fds::any_guarded()
        || handlers::any()
}

#[cold]
#[inline(never)]
fn find() -> u16 {
    // It works in its parent's memory, and may be killed in the middle.
    if epoch::is_visitor() {
        return 0;
    }
    let me = kin::id();
    let turn = &page::get().forking;
    if turn.compare_exchange(0, me, Ordering::AcqRel, Ordering::Acquire).is_err() {
        // Another thread is at it, or a handler came in between.
        return 0;
    }
    let here = [me as usize, opaque::stack()];
    let python = python::mark(depot::depth());
    let number = LAST.is(here, python).unwrap_or_else(|| {
        let held = signals::hold();
        let mut number = 0;
        aside(&page::get().aside, Busy::Stay, || number = take(here, python));
        signals::restore(held);
        number
    });
    turn.store(0, Ordering::Release);
    number
}

/// Apart, for its frame.
#[inline(never)]
fn take(here: [usize; 2], python: u64) -> u16 {
    LAST.number.store(0, Ordering::Release);
    let mut capture = Capture::none();
    capture.take(!sandbox::is_entered());
    let number = if capture.is_empty() { 0 } else { depot::number(&capture) };
    let (addresses, places) = (capture.native.addresses(), capture.native.places());
    for (to, from) in LAST.addresses.iter().zip(addresses).chain(LAST.places.iter().zip(places)) {
        to.store(*from, Ordering::Relaxed);
    }
    LAST.count.store(addresses.len(), Ordering::Relaxed);
    LAST.thread.store(here[0], Ordering::Relaxed);
    LAST.stack.store(here[1], Ordering::Relaxed);
    LAST.python.store(python, Ordering::Relaxed);
    LAST.number.store(usize::from(number), Ordering::Release);
    number
}

impl Last {
    /// Its number, if the thread forks from the very same place.
    fn is(&self, here: [usize; 2], python: u64) -> Option<u16> {
        let number = self.number.load(Ordering::Acquire);
        let was = [&self.thread, &self.stack].map(|word| word.load(Ordering::Relaxed));
        if number == 0 || was != here || self.python.load(Ordering::Relaxed) != python {
            return None;
        }
        let count = self.count.load(Ordering::Relaxed);
        let mut pairs = self.addresses.iter().zip(&self.places).take(count);
        let same = pairs.all(|(address, place)| {
            stack::still_has(address.load(Ordering::Relaxed), place.load(Ordering::Relaxed))
        });
        if same { u16::try_from(number).ok() } else { None }
    }
}
