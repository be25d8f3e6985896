//! A log with a bound: what has grown past it becomes `FILE.1`, and a new one takes its place.
//!
//! Many processes write to it, each through a descriptor of its own or an inherited one, and nobody may wait. A writer
//! that finds its file past the bound looks whether it is still the one at the path; if not, it goes over to that one. Of
//! those that want to rotate the one with the lock on the file does, the others write to what they have. The lock is a
//! record lock (fcntl(2), `F_SETLK`): a process that dies lets go of it, and a child does not inherit it. The new file is
//! complete before it is at the path, and there is no moment without one: none is lost between them.

use super::sink;
use crate::sys::call::Errno;
use crate::sys::fd::{self, About};
use crate::sys::file;
use crate::sys::line::Line;
use crate::sys::process;
use crate::wire::life::{Event, Life};
use core::ffi::CStr;

/// Room for a path and what is added to it.
pub const PATH_MAX: usize = 1024 + 8;

/// What became of it.
pub enum Turn {
    /// The file is still the one to write to.
    Stay,
    /// This descriptor, ours and new, is of the file to write to.
    MoveTo(i32),
}

/// The open `number`, of a file that is `about` and past the bound, is at `path`, which has no NUL, or was.
///
/// # Errors
/// What forbids it. The file is then as it was, and the one to write to.
pub fn rotate(number: i32, about: About, path: &[u8]) -> Result<Turn, Errno> {
    let (here, old, new) = (name(path, b""), name(path, b".1"), name(path, b".new"));
    let (here, old, new) = (terminated(&here)?, terminated(&old)?, terminated(&new)?);
    let at_path = match file::about_link(here) {
        // Moved away, or the program's directory or root is another by now: not ours to judge.
        Err(Errno(libc::ENOENT)) => return Ok(Turn::Stay),
        at_path => at_path?,
    };
    if !at_path.is_regular() {
        // A symbolic link: to rename it would leave the file where it is.
        return Err(Errno(libc::ELOOP));
    }
    if at_path.identity != about.identity {
        return open(here).map(Turn::MoveTo);
    }
    match file::lock(number) {
        Err(Errno(libc::EAGAIN | libc::EACCES)) => return Ok(Turn::Stay),
        answer => answer?,
    }
    // Whoever had the lock before may just have been here.
    let still = file::about_link(here).is_ok_and(|at_path| at_path.identity == about.identity);
    let fresh = if still { exchange(about, here, old, new).map(Turn::MoveTo) } else { Ok(Turn::Stay) };
    file::unlock(number);
    fresh
}

/// With the lock: a new file, and the full one under its second name.
fn exchange(about: About, here: &CStr, old: &CStr, new: &CStr) -> Result<i32, Errno> {
    // Left over from a process that died here.
    let _none_is_fine = file::remove(new);
    let fresh =
        fd::open(new, libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_EXCL | libc::O_NONBLOCK)?;
    let mut line = Line::<192>::new();
    let event = Event::Rotated { bytes: about.size };
    let _never_cut = Life { time_ns: process::now_ns(), pid: process::pid(), event }.encode(&mut line);
    let done = sink::put(fresh, line.bytes())
        .and_then(|()| file::copy_access(about, fresh))
        .and_then(|()| match file::link(here, old) {
            Err(Errno(libc::EEXIST)) => file::remove(old).and_then(|()| file::link(here, old)),
            answer => answer,
        })
        .and_then(|()| file::rename(new, here));
    match done {
        Ok(()) => Ok(fresh),
        Err(errno) => {
            let _gone_either_way = file::remove(new);
            fd::close(fresh);
            Err(errno)
        }
    }
}

fn open(path: &CStr) -> Result<i32, Errno> {
    fd::open(path, libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_NONBLOCK)
}

fn name(path: &[u8], end: &[u8]) -> Line<PATH_MAX> {
    let mut name = Line::new();
    name.push(path);
    name.push(end);
    name.push(b"\0");
    name
}

fn terminated(name: &Line<PATH_MAX>) -> Result<&CStr, Errno> {
    CStr::from_bytes_until_nul(name.bytes()).map_err(|_| Errno(libc::ENAMETOOLONG))
}
