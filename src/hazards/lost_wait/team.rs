//! A parallel region of OpenMP in a child whose parent had one.
//!
//! libgomp keeps the threads of a region for the next, per thread that begins one, and hands them work through a barrier
//! of its own, by futex(2): no function that we could see waits there. A fork copies the list of them and not the
//! threads, so the child's first region waits for ever (gcc's bug 60035). What we see is the beginning of a
//! region. LLVM's library has handlers for forks, and survives.

use super::super::arrival::arrived;
use super::super::words::Place;
use super::absent::{self, Absent};
use super::{is_off, say};
use crate::ident::thread::{self, Word};
use crate::ident::{epoch, page};
use crate::registry::threads;
use crate::report::shared;
use crate::sys::module;
use crate::sys::next::Late;
use core::ffi::c_int;
use core::sync::atomic::Ordering;

/// The calling thread is about to begin a region of `wanted` threads, 0 for as many as usual, at `site`.
#[inline]
pub fn begins(call: &'static str, wanted: u32, site: usize) {
    // One thread needs no others, and leaves the team as it is.
    if wanted == 1 {
        return;
    }
    if !page::is_original() {
        begins_in_copy(call, wanted, site);
    }
    // Of a vfork child this is its parent's epoch, and true.
    thread::set(Word::Team, u64::from(epoch::now()));
}

#[cold]
#[inline(never)]
fn begins_in_copy(call: &'static str, wanted: u32, site: usize) {
    if !arrived(call) {
        return;
    }
    let before = thread::get(Word::Team);
    let has_team = before == 0 || before == u64::from(epoch::now());
    if has_team || is_off() || !threads::vanished().any(|one| is_of_team(one.start.load(Ordering::Relaxed))) {
        return;
    }
    if epoch::is_visitor() || runs_alone(wanted, site) || shared::was_said(site.rotate_left(7)) {
        return;
    }
    let place = Place(site);
    let text = format_args!(
        "{call} at {place} in a forked child waits for a team of threads that was not forked: nobody can end this wait; not forked: {Absent}"
    );
    say(call, text, |finding| {
        finding.lost = absent::threads();
        finding.lock = absent::first();
    });
}

/// Does the region have one thread all the same: by its settings, or because it lies in another?
fn runs_alone(wanted: u32, site: usize) -> bool {
    type Ask = extern "C" fn() -> c_int;
    static MOST: Late<Ask> = Late::new("omp_get_max_threads\0");
    static INSIDE: Late<Ask> = Late::new("omp_in_parallel\0");
    let ask = |function: &Late<Ask>| function.get(site).map(|ask| ask());
    // In doubt nothing is said.
    ask(&INSIDE) != Some(0) || wanted == 0 && ask(&MOST).is_none_or(|most| most <= 1)
}

/// Is `routine` what libgomp starts its threads with?
pub fn is_of_team(routine: usize) -> bool {
    module::with_module(routine, |name, _| name.starts_with(b"libgomp")).unwrap_or(false)
}
