//! From a hazard's words to a line for people and a record for programs.
//!
//! Nothing is allocated and nothing can block; a finding that may not be written is counted, and the
//! next one of its slug carries the count.

pub mod diary;
pub mod limit;
pub mod shared;
pub mod sink;
mod stacks;
pub mod verdict;

use crate::ident::{birth, epoch, page};
use crate::registry::depot;
use crate::settings::Action;
use crate::sys::aside::{Busy, aside};
use crate::sys::call::Errno;
use crate::sys::line::{Line, until_nul};
use crate::sys::module::{PLACE_MAX, describe};
use crate::sys::process;
use crate::sys::signals::Mask;
use crate::wire::{self, Outcome, Record, Stacks};
use core::fmt::{self, Write};

/// What a hazard has to say.
pub struct Finding<'a> {
    /// Its place in the catalog.
    pub place: usize,
    /// Its slug.
    pub slug: &'static str,
    /// What the settings asked for.
    pub action: Action,
    /// What came of it.
    pub outcome: Outcome,
    /// The function through which the program met it.
    pub call: &'static str,
    /// The descriptor in question, -1 for none.
    pub fd: i32,
    /// Process that made the thing in question, 0 if unknown.
    pub owner: u32,
    /// Code address that made it, 0 if unknown.
    pub made_at: usize,
    /// The depot's number of the stack there, 0 for none.
    pub made_stack: u16,
    /// Registrations concerned.
    pub registrations: u32,
    /// Registrations that could not be carried over.
    pub lost: u32,
    /// Why a repair failed.
    pub errno: Option<Errno>,
    /// The lock concerned, if one is.
    pub lock: Option<Lock>,
    /// For the log alone, and no reason for a strict run to fail: nothing is wrong any more, or ever was.
    pub quiet: bool,
    /// One sentence, no newline.
    pub text: fmt::Arguments<'a>,
}

impl<'a> Finding<'a> {
    /// One of the hazard at `place`, about no descriptor, lock or process.
    #[must_use]
    pub const fn new(
        place: usize,
        slug: &'static str,
        action: Action,
        outcome: Outcome,
        call: &'static str,
        text: fmt::Arguments<'a>,
    ) -> Self {
        Self {
            place,
            slug,
            action,
            outcome,
            call,
            fd: -1,
            owner: 0,
            made_at: 0,
            made_stack: 0,
            registrations: 0,
            lost: 0,
            errno: None,
            lock: None,
            quiet: false,
            text,
        }
    }
}

/// What is known about a lock and who had it.
#[derive(Clone, Copy, Default)]
pub struct Lock {
    /// Its address, 0 if there is none to name.
    pub address: usize,
    /// Id of the thread that had it, 0 if unknown.
    pub holder: u32,
    /// Is it a thread of the parent, for certain?
    pub of_parent: bool,
    /// That thread's name, NUL-padded.
    pub name: [u8; 16],
    /// Where it was.
    pub at: At,
    /// How long the fork waited for it, in microseconds.
    pub waited_us: u64,
}

/// Where a thread was.
#[derive(Clone, Copy, Default)]
pub enum At {
    /// Nobody knows.
    #[default]
    Unknown,
    /// In this function.
    In(&'static str),
    /// Somewhere below the routine it was started with.
    Below(usize),
}

/// Says it, unless this process has said enough of the kind already. Signals are held: a handler that ran
/// between the two writes could come back here, or leave by longjmp.
pub fn note(finding: &Finding<'_>, _held: Mask) {
    if !finding.quiet {
        verdict::found();
    }
    // Once is enough for what is quiet; the rest are counted.
    let most = if finding.quiet { 1 } else { crate::sys::options::get().limit };
    if let limit::May::Say { held_back } = limit::ask(finding.place, most) {
        say_aside(finding, held_back);
    }
    if finding.outcome == Outcome::Died {
        process::end(i32::from(crate::sys::options::get().exitcode));
    }
}

/// Writes what was counted and not written, at the end of the process. `slugs` in catalog order.
pub fn note_held_back(slugs: &[&'static str], is_quiet: impl Fn(usize) -> bool, _held: Mask) {
    for (place, &slug) in slugs.iter().enumerate() {
        let held_back = limit::take_held_back(place);
        let Some(before) = held_back.checked_sub(1) else { continue };
        say(
            &Finding {
                quiet: is_quiet(place),
                ..Finding::new(
                    place,
                    slug,
                    Action::Report,
                    Outcome::Reported,
                    "exit",
                    format_args!("the last of those that limit= kept from being written"),
                )
            },
            before,
        );
    }
}

/// On our own stack: it takes 8 KiB. Not from a vfork child, which may be killed in there and leave its parent waiting.
fn say_aside(finding: &Finding<'_>, held_back: u64) {
    if epoch::is_visitor() {
        return say(finding, held_back);
    }
    aside(&page::get().aside, Busy::Stay, || say(finding, held_back));
}

fn say(finding: &Finding<'_>, held_back: u64) {
    if !finding.quiet {
        sink::to_people(format_args!("{}: {}", finding.slug, finding.text), held_back);
    }
    if sink::has_log() {
        log(finding, held_back, stacks(finding));
    }
}

/// Writes the stacks that belong to it, as far as this process has not. A visitor has no stack to call its own.
#[inline(never)]
fn stacks(finding: &Finding<'_>) -> Stacks {
    if depot::depth() == 0 || epoch::is_visitor() {
        return Stacks::default();
    }
    Stacks {
        made: stacks::of(finding.made_stack),
        forked: stacks::of(birth::stack()),
        used: stacks::here(),
        holder: finding
            .lock
            .map_or(0, |lock| if lock.holder == 0 { 0 } else { stacks::of_thread(lock.holder) }),
    }
}

/// Apart, for its frame: the stack of a new process is copied page by page, 2 us each.
#[inline(never)]
fn log(finding: &Finding<'_>, held_back: u64, stacks: Stacks) {
    let mut text = Line::<512>::new();
    let _cut_is_fine = text.write_fmt(finding.text);
    let mut made_at = Line::<PLACE_MAX>::new();
    describe(finding.made_at, &mut made_at);
    let mut forked_at = Line::<PLACE_MAX>::new();
    describe(birth::site(), &mut forked_at);
    let lock = finding.lock.unwrap_or_default();
    let mut lock_place = Line::<PLACE_MAX>::new();
    describe(lock.address, &mut lock_place);
    let mut holder_at = Line::<PLACE_MAX>::new();
    match lock.at {
        At::Unknown => {}
        At::In(function) => holder_at.push(function.as_bytes()),
        At::Below(routine) => describe(routine, &mut holder_at),
    }
    let name = process::name();
    let record = Record {
        time_ns: process::now_ns(),
        pid: process::pid(),
        ppid: process::parent(),
        tid: process::thread(),
        comm: until_nul(&name),
        slug: finding.slug,
        action: finding.action.word(),
        outcome: finding.outcome,
        call: finding.call,
        fd: finding.fd,
        owner: finding.owner,
        registrations: finding.registrations,
        lost: finding.lost,
        errno: finding.errno.map_or(0, |errno| errno.0),
        made_at: made_at.bytes(),
        forked_at: forked_at.bytes(),
        lock: lock_place.bytes(),
        holder: lock.holder,
        holder_name: until_nul(&lock.name),
        holder_at: holder_at.bytes(),
        waited_us: lock.waited_us,
        held_back,
        stacks,
        suppressed: b"",
        text: text.bytes(),
    };
    let mut line = Line::<{ wire::MAX }>::new();
    let _never_cut = record.encode(&mut line);
    sink::to_log(line.bytes());
}
