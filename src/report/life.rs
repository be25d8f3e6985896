//! What happens to this process, for the log: births, forks, execs, ends.
//!
//! Only with a log, and never under a filter that the program itself installed: it allows what the program does from
//! there on, and perhaps none of what a record takes (`registry::sandbox`). A vfork child tells nothing, it is in its
//! parent's memory. A copy pays with the calls that write its own record, and touches no page for it.

use super::sink;
use crate::ident::epoch;
use crate::registry::sandbox;
use crate::sys::line::{Line, until_nul};
use crate::sys::{fd, options, process, signals};
use crate::wire;
use crate::wire::life::{Event, Life};

/// Longest record but that of a start.
const SHORT: usize = 320;

/// Are such records written?
#[inline]
#[must_use]
pub fn wanted() -> bool {
    let settings = options::get();
    settings.log_processes && !settings.log_path.is_empty() && !sandbox::is_entered()
}

/// The library has come into a program that was started with `argv`. Called by the constructor.
pub fn start(argv: &[&[u8]]) {
    if !wanted() {
        return;
    }
    let comm = process::name();
    let mut target = [0; 1024];
    let event = Event::Start {
        ppid: process::parent(),
        tid: process::thread(),
        comm: until_nul(&comm),
        exe: fd::read_link(c"/proc/self/exe", &mut target).unwrap_or(&[]),
        argv,
        mode: options::get().mode.word(),
        version: env!("CARGO_PKG_VERSION"),
    };
    write::<{ wire::MAX }>(event);
}

/// `call` has made the process `child`.
#[inline]
pub fn forked(call: &'static str, child: u32) {
    if wanted() {
        fork(call, child);
    }
}

#[cold]
#[inline(never)]
fn fork(call: &'static str, child: u32) {
    if !epoch::is_visitor() {
        write::<SHORT>(Event::Fork { tid: process::thread(), call, child });
    }
}

/// `call` is about to put another program into this process, if `is_there`: a search along PATH calls for each folder.
#[cold]
#[inline(never)]
pub fn exec(call: &'static str, is_there: impl FnOnce() -> bool) {
    if !epoch::is_visitor() && is_there() {
        write::<SHORT>(Event::Exec { ppid: process::parent(), call });
    }
}

/// The process is about to end with `status`, of which the parent is told 8 bits.
#[inline]
pub fn exit(status: i32) {
    if wanted() {
        end(status & 0xff);
    }
}

#[cold]
#[inline(never)]
fn end(status: i32) {
    if !epoch::is_visitor() {
        write::<SHORT>(Event::Exit { ppid: process::parent(), status });
    }
}

/// A wait has taken the `status` of `child`, which is gone.
#[inline]
pub fn reaped(child: u32, status: i32) {
    if wanted() {
        reap(child, status);
    }
}

#[cold]
#[inline(never)]
fn reap(child: u32, status: i32) {
    if !epoch::is_visitor() {
        write::<SHORT>(Event::Reap { child, status });
    }
}

fn write<const LENGTH: usize>(event: Event<'_>) {
    let held = signals::hold();
    let mut line = Line::<LENGTH>::new();
    let _never_cut = Life { time_ns: process::now_ns(), pid: process::pid(), event }.encode(&mut line);
    sink::to_log(line.bytes());
    signals::restore(held);
}
