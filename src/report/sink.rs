//! Where lines go: stderr for people, the log for programs.
//!
//! Neither may harm the program. The log's descriptor is high, close-on-exec, hidden from the program's
//! close loops, and checked before each use; stderr is written only while number 2 is still the file it
//! was, or one the program put there with dup2. A write never blocks and never raises a signal;
//! the callers hold the signals.

use super::rotation::{self, Turn};
use crate::ident::{epoch, page};
use crate::registry::fds;
use crate::sys::aside::{Busy, aside};
use crate::sys::call::Errno;
use crate::sys::fd::{self, About};
use crate::sys::line::Line;
use crate::sys::{options, process, signals};
use core::ffi::CStr;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

const STDERR: i32 = libc::STDERR_FILENO;
/// Above what programs use, below the 256 at which a descriptor table doubles and fork copies more.
const HOME: i32 = 250;

/// Which file a number was when we last had reason to trust it.
struct Known([AtomicU64; 3]);

impl Known {
    const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; 3])
    }

    fn learn(&self, number: i32) {
        let words = fd::identity(number).map_or([0; 3], fd::Identity::words);
        for (to, from) in self.0.iter().zip(words) {
            to.store(from, Ordering::Release);
        }
    }

    fn is(&self, number: i32) -> bool {
        self.about(number).is_some()
    }

    /// What is to be known about the file, if the number is still of the same.
    fn about(&self, number: i32) -> Option<About> {
        let about = fd::about(number).ok()?;
        let known = self.0.each_ref().map(|word| word.load(Ordering::Acquire));
        (about.identity.words() == known).then_some(about)
    }
}

static LOG: AtomicI32 = AtomicI32::new(-1);
static LOG_FILE: Known = Known::new();
/// The process that opened the log: `%p` names another file in a child.
static LOG_PID: AtomicU32 = AtomicU32::new(0);
/// It was said that the log cannot be rotated.
static UNBOUND: AtomicBool = AtomicBool::new(false);
static STDERR_FILE: Known = Known::new();
/// Lines that went nowhere, and have not been mentioned.
static UNSAID: AtomicU32 = AtomicU32::new(0);

/// Opens the log. Called by the constructor; needs the settings and the tables.
///
/// # Errors
/// Why `log_path` cannot be opened. Findings then go to stderr alone.
pub fn open() -> Result<(), Errno> {
    if has_log() { open_log() } else { Ok(()) }
}

/// Is there a log at all?
#[must_use]
pub fn has_log() -> bool {
    !options::get().log_path.is_empty()
}

fn open_log() -> Result<(), Errno> {
    let mut path = log_path();
    path.push(b"\0");
    let path = CStr::from_bytes_until_nul(path.bytes()).map_err(|_| Errno(libc::ENAMETOOLONG))?;
    let low = fd::open(path, libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_NONBLOCK)?;
    let high = raise(low);
    adopt(high);
    LOG_PID.store(process::pid(), Ordering::Release);
    Ok(())
}

/// The log's path as of now, without a NUL.
fn log_path() -> Line<1024> {
    let mut path = Line::new();
    let _longer_has_no_room_for_the_nul = expand(options::get().log_path, &mut path);
    path
}

/// `%p` becomes the process id, `%%` a percent sign.
fn expand(template: &[u8], path: &mut Line<1024>) -> fmt::Result {
    let mut bytes = template.iter().peekable();
    while let Some(&byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'%', Some(b'p')) => {
                bytes.next();
                write!(path, "{}", process::pid())?;
            }
            (b'%', Some(b'%')) => {
                bytes.next();
                path.push(b"%");
            }
            _ => path.push(&[byte]),
        }
    }
    Ok(())
}

/// Moves a descriptor of ours out of the program's way.
fn raise(low: i32) -> i32 {
    let soft = i32::try_from(process::descriptor_limits().soft).unwrap_or(i32::MAX);
    let home = HOME.min(soft.saturating_sub(6)).max(3);
    let Ok(high) = fd::duplicate_above(low, home) else { return low };
    fd::close(low);
    high
}

fn adopt(number: i32) {
    LOG_FILE.learn(number);
    fds::set(number, fds::Entry(fds::OURS));
    LOG.store(number, Ordering::Release);
}

/// The program is about to put a file of its own at `number`, which is ours: give way.
pub fn yield_number(number: i32) {
    if LOG.load(Ordering::Acquire) != number {
        return;
    }
    fds::set(number, fds::Entry(0));
    match fd::duplicate_above(number, number.saturating_add(1)).or_else(|_| fd::duplicate_above(number, 3)) {
        Ok(other) => adopt(other),
        Err(_) => LOG.store(-1, Ordering::Release),
    }
}

/// A descriptor of ours for a moment, above what programs use.
///
/// # Errors
/// Those of `make`.
pub fn out_of_the_way(make: fn() -> Result<i32, Errno>) -> Result<i32, Errno> {
    make().map(raise)
}

/// Something that was to be said was not.
pub fn went_nowhere() {
    UNSAID.fetch_add(1, Ordering::Relaxed);
}

/// The number of the log's descriptor.
#[must_use]
pub fn number() -> Option<i32> {
    Some(LOG.load(Ordering::Acquire)).filter(|&number| number >= 0)
}

/// Number 2 is the program's stderr as of now: at start, and when it puts a file there on purpose.
pub fn learn_stderr() {
    STDERR_FILE.learn(STDERR);
}

/// Appends one record to the log; opens it again if it was lost, and begins a new one if it is full.
pub fn to_log(record: &[u8]) {
    let number = LOG.load(Ordering::Acquire);
    let about = trusted(number);
    let full = about.filter(is_full);
    if about.is_none() || has_moved_on() {
        on_own_stack(|| open_again(number, about.is_some()));
    } else if let Some(full) = full {
        on_own_stack(|| bound(number, full));
    }
    if put(LOG.load(Ordering::Acquire), record).is_err() {
        went_nowhere();
    }
}

/// Paths take 5 KiB of stack, and a handler that ends the process may have 8 in all (sigaltstack(2)). A vfork child, which
/// may be killed in there, has its parent's.
#[cold]
#[inline(never)]
fn on_own_stack(mut work: impl FnMut()) {
    if epoch::is_visitor() {
        return work();
    }
    aside(&page::get().aside, Busy::Stay, work);
}

/// Opens the log instead of `number`, which `usable` says is of one.
#[inline(never)]
fn open_again(number: i32, usable: bool) {
    if number >= 0 && fds::get(number).has(fds::OURS) {
        fds::set(number, fds::Entry(0));
    }
    match open_log() {
        Ok(()) if usable => fd::close(number),
        Ok(()) => {}
        // Another user or another root by now: the parent's file is better than none.
        Err(_) if usable => adopt(number),
        Err(_) => LOG.store(-1, Ordering::Release),
    }
}

/// Is this process another than the one that opened the log, and has it one of its own?
fn has_moved_on() -> bool {
    let per_process = options::get().log_path.windows(2).any(|pair| pair == b"%p");
    per_process && LOG_PID.load(Ordering::Acquire) != process::pid() && !epoch::is_visitor()
}

/// What is to be known about the log's file, if the number is the log's.
fn trusted(number: i32) -> Option<About> {
    if number < 0 {
        return None;
    }
    if let about @ Some(_) = LOG_FILE.about(number) {
        return about;
    }
    // Another thread puts a new file under the number: it is the log's all the while. When it is done it is known again.
    if page::get().rotating.load(Ordering::Acquire) != 0 {
        return fd::about(number).ok();
    }
    LOG_FILE.about(number)
}

/// Is the file past `log_max_kb`, and for us to rename?
fn is_full(about: &About) -> bool {
    let most = u64::from(options::get().log_max_kb) * 1024;
    most != 0 && about.size > most && about.is_regular() && !epoch::is_visitor()
}

/// Begins a new one. One thread of the process at a time: others write to what is there.
#[inline(never)]
fn bound(number: i32, about: About) {
    let rotating = &page::get().rotating;
    if rotating.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return;
    }
    let turn = rotation::rotate(number, about, log_path().bytes()).and_then(|turn| match turn {
        Turn::Stay => Ok(()),
        // Under the same number, in one step: another thread may be about to write to it.
        Turn::MoveTo(fresh) => {
            let moved = fd::put_at(fresh, number, true);
            LOG_FILE.learn(number);
            fd::close(fresh);
            moved
        }
    });
    rotating.store(0, Ordering::Release);
    let Err(errno) = turn else { return };
    if !UNBOUND.swap(true, Ordering::Relaxed) {
        to_people(format_args!("log_max_kb: the log cannot be renamed ({errno}), and goes on growing"), 0);
    }
    // Others have begun new ones twice, and we may not write to those: what goes there nobody will read.
    if !about.has_name() {
        went_nowhere();
    }
}

/// Writes one line for people, if there is still somebody to read it.
pub fn to_people(text: fmt::Arguments<'_>, held_back: u64) {
    let mut line = Line::<512>::new();
    let _cut_is_fine = write!(line, "forkproof[{}]: {text}", process::pid());
    if held_back != 0 {
        let _cut_is_fine = write!(line, " ({held_back} more like this were held back before it)");
    }
    // Written only where there is something to write: the page may be the parent's.
    let unsaid = if UNSAID.load(Ordering::Relaxed) == 0 { 0 } else { UNSAID.swap(0, Ordering::AcqRel) };
    if unsaid != 0 {
        let _cut_is_fine = write!(line, " (lines that could not be written before: {unsaid})");
    }
    line.end();
    if !(STDERR_FILE.is(STDERR) && put(STDERR, line.bytes()).is_ok()) {
        UNSAID.fetch_add(unsaid.saturating_add(1), Ordering::Relaxed);
    }
}

/// One write, or none: never blocks, and keeps the signals of a failed write to itself.
pub(super) fn put(number: i32, text: &[u8]) -> Result<(), Errno> {
    if !fd::is_writable(number) {
        return Err(Errno(libc::EAGAIN));
    }
    // A write to a pipe nobody reads raises SIGPIPE, one past RLIMIT_FSIZE SIGXFSZ; both kill by default, and both
    // are held here: all callers hold the signals.
    let pipe_before = signals::is_pending(libc::SIGPIPE);
    let size_before = signals::is_pending(libc::SIGXFSZ);
    let answer = fd::write(number, text);
    match answer {
        Err(Errno(libc::EPIPE)) if !pipe_before => signals::swallow(libc::SIGPIPE),
        Err(Errno(libc::EFBIG)) if !size_before => signals::swallow(libc::SIGXFSZ),
        _ => {}
    }
    match answer? {
        whole if whole == text.len() => Ok(()),
        _cut => Err(Errno(libc::ENOSPC)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_p_becomes_the_process_id() {
        let mut path = Line::new();
        expand(b"/tmp/a%p.b%%p", &mut path).unwrap();
        assert_eq!(path.bytes(), format!("/tmp/a{}.b%p", std::process::id()).as_bytes());
    }
}
