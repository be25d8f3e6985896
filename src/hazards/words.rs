//! Places and threads as a finding's sentence has them.

use crate::report::{At, Lock};
use crate::sys::line::{Line, until_nul};
use crate::sys::module::{PLACE_MAX, describe};
use core::fmt::{self, Write};

/// `module+0xoffset`, or the bare address.
pub struct Place(pub usize);

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Line::<PLACE_MAX>::new();
        describe(self.0, &mut place);
        write!(out, "{}", Bytes(place.bytes()))
    }
}

/// A signal by its name, where every machine has the same number for it (signal(7)).
pub struct Signal(pub i32);

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            libc::SIGHUP => "SIGHUP",
            libc::SIGINT => "SIGINT",
            libc::SIGQUIT => "SIGQUIT",
            libc::SIGUSR1 => "SIGUSR1",
            libc::SIGUSR2 => "SIGUSR2",
            libc::SIGPIPE => "SIGPIPE",
            libc::SIGALRM => "SIGALRM",
            libc::SIGTERM => "SIGTERM",
            libc::SIGCHLD => "SIGCHLD",
            libc::SIGCONT => "SIGCONT",
            libc::SIGTSTP => "SIGTSTP",
            libc::SIGWINCH => "SIGWINCH",
            other => return write!(out, "signal {other}"),
        };
        out.write_str(name)
    }
}

/// A thread that is not here, in words.
pub struct Who<'a>(pub &'a Lock);

impl fmt::Display for Who<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lock = self.0;
        match lock.holder {
            0 => out.write_str("a thread")?,
            id => write!(out, "thread {id}")?,
        }
        let name = until_nul(&lock.name);
        if !name.is_empty() {
            write!(out, " \"{}\"", Bytes(name))?;
        }
        out.write_str(if lock.of_parent { " of the parent" } else { ", which is not here" })?;
        match lock.at {
            At::Unknown => Ok(()),
            At::In(function) => write!(out, ", then in {function}"),
            At::Below(routine) => write!(out, ", started at {}", Place(routine)),
        }
    }
}

/// Text from the program, without control characters.
struct Bytes<'a>(&'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &byte in self.0 {
            out.write_char(if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '?' })?;
        }
        Ok(())
    }
}
