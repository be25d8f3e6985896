//! What the kernel says of one descriptor (proc(5), `/proc/[pid]/fdinfo`): to look changes nothing in the file.

use super::call::Errno;
use super::fd;
use super::line::Line;
use core::ffi::CStr;
use core::fmt::Write;

/// Enough for the descriptors that are asked after here; pollers have longer ones (`epoll`).
pub const MAX: usize = 512;

/// The text about `number`, cut at the end of `into`. Through the thread: a main thread that has ended has no descriptors.
pub fn read(number: i32, into: &mut [u8; MAX]) -> Result<&str, Errno> {
    let mut path = Line::<48>::new();
    let _fits = write!(path, "/proc/thread-self/fdinfo/{number}\0");
    let path = CStr::from_bytes_until_nul(path.bytes()).map_err(|_| Errno(libc::EINVAL))?;
    let file = fd::open(path, libc::O_RDONLY)?;
    let length = loop {
        match fd::read(file, into) {
            Err(Errno(libc::EINTR)) => {}
            answer => break answer,
        }
    };
    fd::close(file);
    let text = into.get(..length?).unwrap_or(&[]);
    core::str::from_utf8(text).map_err(|_| Errno(libc::EINVAL))
}

/// What stands after `name:`.
#[must_use]
pub fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(value.trim_ascii())
}
