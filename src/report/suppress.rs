//! The suppressions in force: read once, by the constructor, and kept by every copy.
//!
//! A suppression silences, it does not change what is done: the finding is in the log, with the line that silenced it, and
//! neither on stderr nor a reason for a strict run to fail.
//!
//! # Safety
//! A static written by the constructor alone, before any hook reads it; then only read.
#![allow(unsafe_code)]

use super::sink;
use crate::suppressions::{LARGEST, Suppression, Suppressions};
use crate::sys::call::Errno;
use crate::sys::line::Line;
use crate::sys::{fd, memory, options};
use core::cell::UnsafeCell;
use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};

/// Most bad lines that are named one by one.
const NAMED: usize = 10;

struct InForce {
    lines: UnsafeCell<Suppressions<'static>>,
    any: AtomicBool,
}

// SAFETY: written once by `open`, before `any`; readers look at `any` first.
unsafe impl Sync for InForce {}

static IN_FORCE: InForce =
    InForce { lines: UnsafeCell::new(Suppressions::NONE), any: AtomicBool::new(false) };

/// Reads the file that `suppressions=` names, and says what is wrong with it. Called by the constructor; a second call
/// changes nothing. Answers how much was wrong.
pub fn open(slugs: &[&str]) -> usize {
    let file = options::get().suppressions;
    if file.is_empty() || any() {
        return 0;
    }
    let name = file.escape_ascii();
    let text = match read(file) {
        Ok(text) => text,
        Err(Errno(libc::EFBIG)) => {
            sink::to_people(
                format_args!("suppressions: {name} is larger than {LARGEST} bytes: nothing is suppressed"),
                0,
            );
            return 1;
        }
        Err(errno) => {
            sink::to_people(
                format_args!("suppressions: {name} cannot be read ({errno}): nothing is suppressed"),
                0,
            );
            return 1;
        }
    };
    let mut complaints = 0;
    let lines = Suppressions::parse(text, slugs, |complaint| {
        complaints += 1;
        if complaints <= NAMED {
            sink::to_people(format_args!("suppressions: {name} {complaint}"), 0);
        }
    });
    if let Some(more @ 1..) = complaints.checked_sub(NAMED) {
        sink::to_people(format_args!("suppressions: {name}: {more} more lines ignored"), 0);
    }
    // SAFETY: `any` is still false, so nobody reads.
    unsafe { *IN_FORCE.lines.get() = lines };
    IN_FORCE.any.store(lines.lines().next().is_some(), Ordering::Release);
    complaints
}

fn read(file: &[u8]) -> Result<&'static [u8], Errno> {
    let mut path = Line::<1024>::new();
    path.push(file);
    path.push(b"\0");
    let path = CStr::from_bytes_until_nul(path.bytes()).map_err(|_| Errno(libc::ENAMETOOLONG))?;
    // Opened so that a FIFO nobody writes to does not hold the program up.
    let number = fd::open(path, libc::O_RDONLY | libc::O_NONBLOCK)?;
    let text = contents(number);
    fd::close(number);
    text
}

fn contents(number: i32) -> Result<&'static [u8], Errno> {
    // One more than may be there, so that more is noticed. Untouched pages cost nothing.
    let room = LARGEST + 1;
    let place = memory::reserve(room)?;
    // SAFETY: just mapped, zeroed, and never unmapped.
    let buffer = unsafe { core::slice::from_raw_parts_mut(place, room) };
    let mut length = 0;
    while let Some(rest @ [_, ..]) = buffer.get_mut(length..) {
        match fd::read(number, rest) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(Errno(libc::EINTR)) => {}
            Err(errno) => return Err(errno),
        }
    }
    if length > LARGEST {
        return Err(Errno(libc::EFBIG));
    }
    Ok(buffer.get(..length).unwrap_or(&[]))
}

/// Is there any?
#[inline]
#[must_use]
pub fn any() -> bool {
    IN_FORCE.any.load(Ordering::Acquire)
}

fn lines() -> Suppressions<'static> {
    // SAFETY: `any` is set after the only write.
    if any() { unsafe { *IN_FORCE.lines.get() } } else { Suppressions::NONE }
}

/// The first line that silences a finding of `slug` about which `texts` are known.
#[must_use]
#[allow(single_use_lifetimes)] // one without a name is not to be had here yet (E0658)
pub fn matching<'t>(
    slug: &str,
    texts: impl Iterator<Item = &'t [u8]> + Clone,
) -> Option<Suppression<'static>> {
    lines().matching(slug, texts)
}

/// The text of a line that matched before; empty if there is none.
#[must_use]
pub fn text_of(line: usize) -> &'static [u8] {
    lines().lines().find(|found| found.line == line).map_or(&[], |found| found.text)
}
