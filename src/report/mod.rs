//! From a hazard's words to a line for people and a record for programs.
//!
//! Nothing is allocated and nothing can block; a finding that may not be written is counted, and the
//! next one of its slug carries the count.

pub mod diary;
pub mod life;
pub mod limit;
mod rotation;
pub mod shared;
pub mod sink;
mod stacks;
pub mod suppress;
mod syslog;
pub mod verdict;

use crate::ident::{birth, epoch, page};
use crate::registry::depot;
use crate::settings::Action;
use crate::suppressions::{Suppression, module_of};
use crate::sys::aside::{Busy, aside};
use crate::sys::call::Errno;
use crate::sys::line::{Line, until_nul};
use crate::sys::module::{PLACE_MAX, describe};
use crate::sys::signals::Mask;
use crate::sys::{options, process};
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
    // An end is always said.
    if suppress::any() && finding.outcome != Outcome::Died {
        aside_unless_visitor(|| note_unless_suppressed(finding));
    } else {
        note_all(finding);
    }
    if finding.outcome == Outcome::Died {
        let status = i32::from(options::get().exitcode);
        life::exit(status);
        process::end(status);
    }
}

fn note_all(finding: &Finding<'_>) {
    if !finding.quiet {
        verdict::found();
    }
    if let limit::May::Say { held_back } = limit::ask(finding.place, most(finding)) {
        aside_unless_visitor(|| say(finding, held_back, b"", stacks));
    }
}

/// How many of its kind are written. Once is enough for what is quiet; the rest are counted.
fn most(finding: &Finding<'_>) -> u32 {
    if finding.quiet { 1 } else { options::get().limit }
}

fn note_unless_suppressed(finding: &Finding<'_>) {
    let Some(found) = suppression_of(finding) else { return note_all(finding) };
    let may = limit::ask_silenced(finding.place, most(finding), found.line);
    if let limit::May::Say { held_back } = may {
        say(finding, held_back, found.text, stacks);
    }
}

/// The suppression that silences it. What can be known of C functions and source lines is the command's to know.
#[inline(never)]
fn suppression_of(finding: &Finding<'_>) -> Option<Suppression<'static>> {
    let lock = finding.lock.unwrap_or_default();
    let name = process::name();
    let mut modules = [const { Line::<PLACE_MAX>::new() }; 4];
    let routine = if let At::Below(routine) = lock.at { routine } else { 0 };
    let places = [finding.made_at, birth::site(), lock.address, routine];
    for (module, place) in modules.iter_mut().zip(places) {
        describe(place, module);
    }
    let function = if let At::In(function) = lock.at { function } else { "" };
    let texts = [finding.call.as_bytes(), function.as_bytes(), until_nul(&name), until_nul(&lock.name)];
    let modules = modules.iter().map(|module| module_of(module.bytes()));
    let mut names = Line::<{ stacks::NAMES_MAX }>::new();
    if depot::depth() != 0 && !epoch::is_visitor() {
        stacks::name_kept(finding.made_stack, &mut names);
        stacks::name_kept(birth::stack(), &mut names);
        stacks::name_here(&mut names);
    }
    let names = names.bytes().split(|&byte| byte == 0);
    suppress::matching(finding.slug, texts.into_iter().chain(modules).chain(names))
}

/// Writes what was counted and not written, at the end of the process. `slugs` in catalog order.
pub fn note_held_back(slugs: &[&'static str], is_quiet: impl Fn(usize) -> bool, _held: Mask) {
    for (place, &slug) in slugs.iter().enumerate() {
        let (silenced, line) = limit::take_silenced_back(place);
        let texts: [(u64, &[u8]); 2] =
            [(limit::take_held_back(place), b""), (silenced, suppress::text_of(line))];
        for (held_back, suppressed) in texts {
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
                        format_args!("{}", wire::REST),
                    )
                },
                before,
                suppressed,
                |_| Stacks::default(),
            );
        }
    }
}

/// On our own stack: it takes 8 KiB. Not from a vfork child, which may be killed in there and leave its parent waiting.
fn aside_unless_visitor(mut work: impl FnMut()) {
    if epoch::is_visitor() {
        return work();
    }
    aside(&page::get().aside, Busy::Stay, work);
}

/// `suppressed` is the line that silences it, empty for none.
fn say(
    finding: &Finding<'_>,
    held_back: u64,
    suppressed: &[u8],
    stacks: impl FnOnce(&Finding<'_>) -> Stacks,
) {
    if !finding.quiet && suppressed.is_empty() {
        sink::to_people(format_args!("{}: {}", finding.slug, finding.text), held_back);
        syslog::tell(finding, held_back);
    }
    if sink::has_log() {
        log(finding, held_back, stacks(finding), suppressed);
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
fn log(finding: &Finding<'_>, held_back: u64, stacks: Stacks, suppressed: &[u8]) {
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
        suppressed,
        text: text.bytes(),
    };
    let mut line = Line::<{ wire::MAX }>::new();
    let _never_cut = record.encode(&mut line);
    sink::to_log(line.bytes());
}
