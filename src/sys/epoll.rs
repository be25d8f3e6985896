//! epoll instances, raw: create, change, and read back what the kernel says is registered.
//!
//! # Safety
//! `epoll_ctl(2)` reads one event on our stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain, register};
use super::line::Line;
use super::lines;
use core::fmt::Write;

/// A new, empty instance, close-on-exec (`epoll_create1(2)`).
pub fn create() -> Result<i32, Errno> {
    let fresh = plain(libc::SYS_epoll_create1, libc::EPOLL_CLOEXEC.cast_unsigned() as usize, 0, 0)?;
    i32::try_from(fresh).map_err(|_| Errno(libc::EMFILE))
}

fn change(poller: i32, operation: i32, fd: i32, mut event: libc::epoll_event) -> Result<(), Errno> {
    let arguments = [register(poller), register(operation), register(fd), (&raw mut event) as usize, 0, 0];
    // SAFETY: one event on our stack, which the kernel reads.
    unsafe { call(libc::SYS_epoll_ctl, arguments) }.map(|_| ())
}

/// Registers `fd` (`EPOLL_CTL_ADD`).
#[inline]
pub fn add(poller: i32, fd: i32, events: u32, data: u64) -> Result<(), Errno> {
    change(poller, libc::EPOLL_CTL_ADD, fd, libc::epoll_event { events, u64: data })
}

/// Forgets `fd` (`EPOLL_CTL_DEL`).
pub fn remove(poller: i32, fd: i32) -> Result<(), Errno> {
    change(poller, libc::EPOLL_CTL_DEL, fd, libc::epoll_event { events: 0, u64: 0 })
}

/// Is `number` an epoll instance? `witness` is one, and is not registered in it: the kernel checks the
/// kind of `number` first (EINVAL), then looks for the witness (ENOENT), and changes nothing.
#[must_use]
pub fn is_poller(number: i32, witness: i32) -> bool {
    remove(number, witness) == Err(Errno(libc::ENOENT))
}

/// One line of an instance's fdinfo (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number it was registered under.
    pub fd: i32,
    /// Its mask now; a fired `EPOLLONESHOT` entry has lost all but the flag bits.
    pub events: u32,
    /// The program's data.
    pub data: u64,
    /// Inode of its file (Linux 4.13), 0 if not shown.
    pub inode: u64,
}

/// Calls `each` for everything registered in `poller` now. About 1.4 us an entry.
pub fn entries(poller: i32, mut each: impl FnMut(Entry)) -> Result<(), Errno> {
    let mut path = Line::<48>::new();
    let _fits = write!(path, "/proc/self/fdinfo/{poller}\0");
    let path = core::ffi::CStr::from_bytes_until_nul(path.bytes()).map_err(|_| Errno(libc::EINVAL))?;
    lines::each(path, |line| entry(line).into_iter().for_each(&mut each))
}

/// `tfd:        5 events:       19 data:                5  pos:0 ino:7 sdev:8`
fn entry(line: &[u8]) -> Option<Entry> {
    let text = core::str::from_utf8(line).ok()?;
    let mut words = text.split([' ', ':', '\t']).filter(|word| !word.is_empty());
    let mut after = |name| (words.next() == Some(name)).then(|| words.next()).flatten();
    Some(Entry {
        fd: after("tfd")?.parse().ok()?,
        events: u32::from_str_radix(after("events")?, 16).ok()?,
        data: u64::from_str_radix(after("data")?, 16).ok()?,
        inode: after("pos").and_then(|_| u64::from_str_radix(after("ino")?, 16).ok()).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::super::fd;
    use super::*;

    #[test]
    fn what_the_kernel_prints_is_read_back() {
        let poller = create().unwrap();
        let mut ends = [0; 2];
        // SAFETY: pipe writes two ints.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        let [read, _] = ends;
        for number in read + 10..read + 40 {
            fd::put_at(read, number, true).unwrap();
            add(poller, number, libc::EPOLLIN.cast_unsigned(), u64::MAX - u64::from(number.cast_unsigned()))
                .unwrap();
        }
        let mut seen = Vec::new();
        entries(poller, |entry| seen.push(entry)).unwrap();
        assert_eq!(seen.len(), 30);
        // ERR and HUP are always reported (epoll_ctl(2)).
        assert!(
            seen.iter()
                .all(|one| one.events == 0x19 && one.data == u64::MAX - u64::from(one.fd.cast_unsigned()))
        );
        assert!(is_poller(poller, create().unwrap()));
        assert!(!is_poller(read, poller));
    }
}
