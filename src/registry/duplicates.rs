//! Does another number here name the same file?
//!
//! Only numbers that took part in a dup are candidates, and the first three, which a program is
//! usually started with as one file. kcmp(2) decides.

use super::fds;
use crate::sys::compare;

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
    let me = crate::sys::process::pid();
    first(fd, |other| compare::same_file(me, fd, other))
}

/// A number for the file that `poller` has registered under `registered`, a number since closed.
#[must_use]
pub fn of_target(poller: i32, registered: i32) -> Other {
    first(-1, |other| compare::is_target(other, poller, registered))
}

fn is_candidate(fd: i32) -> bool {
    fd <= libc::STDERR_FILENO || fds::get(fd).has(fds::DUPLICATED)
}

fn first(except: i32, same: impl Fn(i32) -> Result<bool, crate::sys::call::Errno>) -> Other {
    for other in fds::numbers().filter(|&other| other != except && is_candidate(other)) {
        match same(other) {
            Ok(true) => return Other::Number(other),
            // A closed candidate, or nothing registered under that number any more.
            Ok(false) | Err(crate::sys::call::Errno(libc::EBADF | libc::ENOENT)) => {}
            Err(_) => return Other::Unknown,
        }
    }
    Other::None
}
