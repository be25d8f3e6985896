//! Does another number here name the same file?
//!
//! Only numbers that took part in a dup are candidates, and the first three, which a program is
//! usually started with as one file. kcmp(2) decides; where it is refused, as some containers do, the
//! inode tells sockets and pipes apart, and nothing is known of other kinds.

use super::{interests, marks, table};
use crate::sys::call::Errno;
use crate::sys::{compare, epoll, fd, process};

/// What is known of other names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Other {
    /// No other number here.
    None,
    /// This one.
    Number(i32),
    /// The kernel would not say.
    Unknown,
}

/// Another number for the open file under `fd`.
#[must_use]
pub fn of_open(fd: i32) -> Other {
    if !is_candidate(fd) {
        return Other::None;
    }
    let me = process::pid();
    first(fd, |other| {
        compare::same_file(me, fd, other).or_else(|errno| {
            let mine = fd::stream(fd).ok_or(errno)?;
            Ok(fd::stream(other) == Some(mine))
        })
    })
}

/// What the marks alone say of [`of_open`]'s question.
#[must_use]
pub fn suspected(fd: i32) -> Other {
    if is_candidate(fd) { Other::Unknown } else { Other::None }
}

/// A number for the file that `poller` has registered under `registered`, a number since closed.
#[must_use]
pub fn of_target(poller: i32, registered: i32) -> Other {
    first(-1, |other| {
        compare::is_target(other, poller, registered).or_else(|errno| {
            if matches!(errno, Errno(libc::EBADF | libc::ENOENT)) {
                return Err(errno);
            }
            let stream = fd::stream(other).ok_or(errno)?;
            let mut same = false;
            epoll::entries(poller, |one| {
                same |= one.fd == registered && stream.could_be(one.inode, one.events);
            })?;
            Ok(same)
        })
    })
}

fn is_candidate(fd: i32) -> bool {
    fd <= libc::STDERR_FILENO || marks::of(fd) & marks::DUPLICATED != 0
}

fn first(except: i32, same: impl Fn(i32) -> Result<bool, Errno>) -> Other {
    let mut answer = Other::None;
    // Marks repeat above 65 536, and only registered numbers matter there.
    let end = table::capacity().min(1 << 16).max(interests::end()).cast_signed();
    for other in (0..end).filter(|&other| other != except && is_candidate(other)) {
        match same(other) {
            Ok(true) => return Other::Number(other),
            // A closed candidate, or nothing registered under that number any more.
            Ok(false) | Err(Errno(libc::EBADF | libc::ENOENT)) => {}
            Err(_) => answer = Other::Unknown,
        }
    }
    answer
}
