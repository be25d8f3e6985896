//! Start and end of the library in a process. A list in order, each step with its reason.
//!
//! # Safety
//! A constructor called by the loader with the program's environment, an exit function called by libc.
#![allow(unsafe_code)]

use crate::hazards::catalog;
use crate::hazards::forkproof_internal::{self, Trouble};
use crate::hazards::late_completion::rings;
use crate::hazards::{lost_wait, reentrant_sigchld, stolen_child_status};
use crate::ident::{epoch, kin, page};
use crate::registry::{table, threads};
use crate::report::{diary, life, sink, suppress, verdict};
use crate::settings::{KEYS, Settings};
use crate::sys::{arguments, data, module, options, process, signals, stuck, thread_end};
use crate::{atfork, policy, report};
use core::ffi::{c_char, c_int, c_void};
use core::fmt::{self, Write};

unsafe extern "C" {
    /// As atexit(3), and tells the status.
    fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
}

/// Before every constructor but the hooks' own bindings (`.init_array.00100`).
#[used]
#[cfg_attr(not(test), unsafe(link_section = ".init_array.00101"))]
static START: unsafe extern "C" fn(c_int, *const *const c_char, *const *const c_char) = start;

unsafe extern "C" fn start(count: c_int, array: *const *const c_char, environment: *const *const c_char) {
    // SAFETY: the loader hands every constructor the program's environment (glibc).
    let environment = unsafe { options::Environment::new(environment) };
    page::begin();
    let _known_from_now_on = kin::id();
    // The kill switch, before anything clever. The hooks stay, and forward: no tables, no records.
    if environment.value(b"FORKPROOF_DISABLE").is_some_and(|value| value == b"1") {
        return;
    }
    // What is said here must not end the program by SIGPIPE.
    let held = signals::hold();
    // SAFETY: as the environment.
    let (given, count) = unsafe { arguments::first(count, array) };
    begin(environment, given.get(..count).unwrap_or(&[]));
    signals::restore(held);
}

fn begin(environment: options::Environment, argv: &[&[u8]]) {
    // A panic of ours is caught and reported; std's hook would take locks and print.
    std::panic::set_hook(Box::new(|_| {}));
    sink::learn_stderr();
    let mut complaints = 0;
    options::read(environment, &catalog::SLUGS, |complaint| {
        complaints += 1;
        sink::to_people(format_args!("FORKPROOF_OPTIONS: {complaint}"), 0);
    });
    complaints += suppress::open(&catalog::SLUGS);
    if complaints != 0 && policy::is_strict() {
        process::end(2);
    }
    module::open();
    data::open();
    thread_end::open();
    stuck::open();
    stolen_child_status::open();
    reentrant_sigchld::open();
    diary::open();
    if options::get().help {
        help();
    }
    if policy::is_strict() {
        verdict::open();
    }
    let tables = table::open();
    if let Err(errno) = tables {
        return forkproof_internal::met(Trouble::NoTables, -1, Some(errno));
    }
    // Only now: an epoch without tables would send every call down the slow path.
    let wiped = epoch::open(options::get().identity);
    // The log's descriptor is entered in the tables, and %p and counts need the epoch.
    if let Err(errno) = sink::open() {
        forkproof_internal::met(Trouble::NoLog, -1, Some(errno));
    }
    life::start(argv);
    if let Err(errno) = wiped {
        forkproof_internal::met(Trouble::NoWipe, -1, Some(errno));
    }
    lost_wait::open();
    // Its record is made here, so that a child of another thread's knows that it lacks this one.
    let _main_thread = threads::own();
    atfork::install();
    // SAFETY: a function of this library, which is never unloaded. Registered before the program's own exit
    // functions and the loader's, it runs after all of them.
    let _no_memory_no_summary = unsafe { on_exit(end, core::ptr::null_mut()) };
    log::info!(
        "{} {} is in, mode {}",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        options::get().mode.word()
    );
}

extern "C" fn end(status: c_int, _: *mut c_void) {
    if epoch::is_visitor() {
        return;
    }
    rings::ends("exit");
    let held = signals::hold();
    report::note_held_back(&catalog::SLUGS, |place| place == catalog::ADOPTED_LOCK.place, held);
    signals::restore(held);
    let failed = verdict::any();
    life::exit(if failed { c_int::from(options::get().exitcode) } else { status });
    if failed {
        // Within an exit function, exit goes on with those that are left (glibc), here none, and then flushes stdio.
        // SAFETY: as said; no other thread runs exit functions.
        unsafe { libc::exit(c_int::from(options::get().exitcode)) }
    }
}

#[cold]
#[inline(never)]
fn help() {
    sink::to_people(format_args!("FORKPROOF_OPTIONS=key=value:key=value takes these keys"), 0);
    for key in &KEYS {
        sink::to_people(
            format_args!("  {}={} (default {}): {}", key.name, key.values, key.default, key.text),
            0,
        );
    }
    for entry in &catalog::ALL {
        let default = entry.default.word();
        let actions = crate::settings::ACTIONS;
        sink::to_people(format_args!("  {}={actions} (default {default}): {}", entry.slug, entry.title), 0);
    }
    sink::to_people(format_args!("in force: {}", InForce(options::get())), 0);
}

struct InForce<'a>(&'a Settings<'a>);

impl fmt::Display for InForce<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.0;
        write!(out, "mode={} limit={}", settings.mode.word(), settings.limit)?;
        write!(out, " exitcode={} identity={}", settings.exitcode, settings.identity.word())?;
        for entry in &catalog::ALL {
            out.write_char(' ')?;
            write!(out, "{}={}", entry.slug, policy::action(entry.place, entry.default).word())?;
        }
        Ok(())
    }
}
