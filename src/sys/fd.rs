//! Descriptors: our own few, and what we may ask about the program's.
//!
//! # Safety
//! Paths and buffers are on our stack or static.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain, register};
use super::line::Line;
use core::ffi::CStr;
use core::fmt::{self, Write};

const fn flags(flags: i32) -> usize {
    flags.cast_unsigned() as usize
}

fn number(answer: usize) -> Result<i32, Errno> {
    i32::try_from(answer).map_err(|_| Errno(libc::EBADF))
}

/// `openat(2)` from the current directory, close-on-exec.
pub fn open(path: &CStr, how: i32) -> Result<i32, Errno> {
    let here = register(libc::AT_FDCWD);
    let arguments =
        [here, path.as_ptr() as usize, flags(how | libc::O_CLOEXEC | libc::O_NOCTTY), 0o644, 0, 0];
    // SAFETY: the path is NUL-terminated and outlives the call.
    unsafe { call(libc::SYS_openat, arguments) }.and_then(number)
}

/// read(2).
pub fn read(fd: i32, into: &mut [u8]) -> Result<usize, Errno> {
    let arguments = [register(fd), into.as_mut_ptr() as usize, into.len(), 0, 0, 0];
    // SAFETY: the kernel writes at most the slice's length.
    unsafe { call(libc::SYS_read, arguments) }
}

/// write(2).
pub fn write(fd: i32, text: &[u8]) -> Result<usize, Errno> {
    let arguments = [register(fd), text.as_ptr() as usize, text.len(), 0, 0, 0];
    // SAFETY: the kernel reads at most the slice's length.
    unsafe { call(libc::SYS_write, arguments) }
}

/// Is there something at the path at address `path`, which the program gave and which may be none? `true` where that is
/// not known (`faccessat(2)`).
#[must_use]
pub fn may_be_there(path: usize) -> bool {
    let arguments = [register(libc::AT_FDCWD), path, flags(libc::F_OK), 0, 0, 0];
    // SAFETY: the kernel reads a string, and answers EFAULT where it cannot.
    let answer = unsafe { call(libc::SYS_faccessat, arguments) };
    !matches!(answer, Err(Errno(libc::ENOENT | libc::ENOTDIR | libc::EFAULT)))
}

/// Would a write block? poll(2) without waiting.
#[must_use]
pub fn is_writable(fd: i32) -> bool {
    let mut request = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
    let now = [0_u64; 2];
    let arguments = [(&raw mut request) as usize, 1, now.as_ptr() as usize, 0, 8, 0];
    // SAFETY: one pollfd and one timespec on our stack, no mask.
    let ready = unsafe { call(libc::SYS_ppoll, arguments) };
    ready == Ok(1) && request.revents & libc::POLLOUT != 0
}

/// Is there something to read, or to wait for, now? poll(2) without waiting.
#[must_use]
pub fn is_readable(fd: i32) -> bool {
    let mut request = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let now = [0_u64; 2];
    let arguments = [(&raw mut request) as usize, 1, now.as_ptr() as usize, 0, 8, 0];
    // SAFETY: one pollfd and one timespec on our stack, no mask.
    let ready = unsafe { call(libc::SYS_ppoll, arguments) };
    ready != Ok(0)
}

/// close(2), for descriptors of ours.
pub fn close(fd: i32) {
    let _gone_either_way = plain(libc::SYS_close, register(fd), 0, 0);
}

/// `close_range(2)`, Linux 5.9.
pub fn close_range(first: u32, last: u32, how: u32) -> Result<(), Errno> {
    plain(libc::SYS_close_range, first as usize, last as usize, how as usize).map(|_| ())
}

/// The lowest free number that is at least `least`, for the same file, close-on-exec.
pub fn duplicate_above(fd: i32, least: i32) -> Result<i32, Errno> {
    plain(libc::SYS_fcntl, register(fd), flags(libc::F_DUPFD_CLOEXEC), register(least)).and_then(number)
}

/// dup3(2): `to` now names the file of `from`.
pub fn put_at(from: i32, to: i32, close_on_exec: bool) -> Result<(), Errno> {
    let how = if close_on_exec { flags(libc::O_CLOEXEC) } else { 0 };
    plain(libc::SYS_dup3, register(from), register(to), how).map(|_| ())
}

/// Puts the file of `from` at `to`, which keeps its `FD_CLOEXEC`.
pub fn replace(from: i32, to: i32) -> Result<(), Errno> {
    let close_on_exec = closes_on_exec(to)?;
    loop {
        match put_at(from, to, close_on_exec) {
            // EBUSY: another thread is half way through an open that got this number (dup(2)).
            Err(Errno(libc::EINTR | libc::EBUSY)) => {}
            answer => return answer,
        }
    }
}

/// `FD_CLOEXEC` of one number; `Err(EBADF)` when it is not open.
pub fn closes_on_exec(fd: i32) -> Result<bool, Errno> {
    let set = plain(libc::SYS_fcntl, register(fd), flags(libc::F_GETFD), 0)?;
    Ok(set & flags(libc::FD_CLOEXEC) != 0)
}

/// Is a number `O_NONBLOCK`?
pub fn is_nonblocking(fd: i32) -> Result<bool, Errno> {
    let status = plain(libc::SYS_fcntl, register(fd), flags(libc::F_GETFL), 0)?;
    Ok(status & flags(libc::O_NONBLOCK) != 0)
}

/// Has it nothing to read now, so that a read would wait (poll(2))? `false` where it cannot be known.
#[must_use]
pub fn would_wait(fd: i32) -> bool {
    let mut entry = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let now = [0_u64; 2];
    let arguments = [(&raw mut entry) as usize, 1, now.as_ptr() as usize, 0, 0, 0];
    // SAFETY: the kernel reads and writes one entry, and reads a timespec, both ours.
    let ready = unsafe { call(libc::SYS_ppoll, arguments) };
    ready == Ok(0) && is_nonblocking(fd) == Ok(false)
}

/// What there is to read now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// Nothing, or the end, or it cannot be known.
    None,
    /// So many bytes.
    Bytes(i32),
    /// Something that is not counted in bytes: a connection to accept, an eventfd's count, a timer's ticks.
    Some,
}

/// Looks at what there is to read, and takes nothing: FIONREAD where the file has it (`ioctl_tty(2)`), else poll(2).
#[must_use]
pub fn input(fd: i32) -> Input {
    const FIONREAD: usize = 0x541b;
    let mut count = 0_i32;
    let arguments = [register(fd), FIONREAD, (&raw mut count) as usize, 0, 0, 0];
    // SAFETY: the kernel writes one int on our stack.
    if unsafe { call(libc::SYS_ioctl, arguments) }.is_ok() {
        return if count > 0 { Input::Bytes(count) } else { Input::None };
    }
    let mut entry = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let now = [0_u64; 2];
    let arguments = [(&raw mut entry) as usize, 1, now.as_ptr() as usize, 0, 0, 0];
    // SAFETY: the kernel reads and writes one entry, and reads a timespec, both ours.
    let ready = unsafe { call(libc::SYS_ppoll, arguments) };
    let some = ready == Ok(1) && entry.revents & libc::POLLIN != 0;
    if some { Input::Some } else { Input::None }
}

/// Gives `to` the `O_NONBLOCK` that `from` has.
pub fn copy_nonblock(from: i32, to: i32) -> Result<(), Errno> {
    let status = plain(libc::SYS_fcntl, register(from), flags(libc::F_GETFL), 0)?;
    if status & flags(libc::O_NONBLOCK) != 0 {
        plain(libc::SYS_fcntl, register(to), flags(libc::F_SETFL), status)?;
    }
    Ok(())
}

/// Which file a number names: device, inode, and for devices which one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    special: u64,
    mode: u32,
}

impl Identity {
    /// As three words, for a static.
    #[must_use]
    pub const fn words(self) -> [u64; 3] {
        [self.device, self.inode, self.special]
    }

    /// The inode's number.
    #[must_use]
    pub const fn inode(self) -> u64 {
        self.inode
    }
}

/// fstat(2), as far as it tells one file from another.
pub fn identity(fd: i32) -> Result<Identity, Errno> {
    about(fd).map(|about| about.identity)
}

/// What a file is, and how large.
#[derive(Clone, Copy)]
pub struct About {
    /// Which file.
    pub identity: Identity,
    /// Its bytes.
    pub size: u64,
    has_name: bool,
    owner: u32,
    group: u32,
}

impl About {
    /// A file on a disk?
    #[must_use]
    pub const fn is_regular(&self) -> bool {
        self.identity.mode & libc::S_IFMT == libc::S_IFREG
    }

    /// Is it at any path, or only open?
    #[must_use]
    pub const fn has_name(&self) -> bool {
        self.has_name
    }

    /// Owner, group and permissions.
    #[must_use]
    pub const fn access(&self) -> (u32, u32, u32) {
        (self.owner, self.group, self.identity.mode & 0o777)
    }

    pub(super) fn new(about: &libc::stat) -> Self {
        let identity = Identity {
            device: about.st_dev,
            inode: about.st_ino,
            special: about.st_rdev,
            mode: about.st_mode,
        };
        let size = u64::try_from(about.st_size).unwrap_or(0);
        Self { identity, size, has_name: about.st_nlink != 0, owner: about.st_uid, group: about.st_gid }
    }
}

/// fstat(2).
pub fn about(fd: i32) -> Result<About, Errno> {
    // SAFETY: struct stat is plain data, all zeroes is a value.
    let mut about: libc::stat = unsafe { core::mem::zeroed() };
    // SAFETY: the kernel fills one struct stat on our stack.
    unsafe { call(libc::SYS_fstat, [register(fd), (&raw mut about) as usize, 0, 0, 0, 0]) }?;
    Ok(About::new(&about))
}

/// A file that is known by its inode and by the way it is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    inode: u64,
    access: usize,
}

/// For sockets and pipes, whose inodes nothing else has: a socket is one file, a pipe two, one to
/// read and one to write. `None` for other kinds: eventfds share one inode, and a path may be opened twice.
#[must_use]
pub fn stream(fd: i32) -> Option<Stream> {
    let identity = identity(fd).ok()?;
    let status = plain(libc::SYS_fcntl, register(fd), flags(libc::F_GETFL), 0).ok()?;
    let known = matches!(identity.mode & libc::S_IFMT, libc::S_IFSOCK | libc::S_IFIFO);
    known.then_some(Stream { inode: identity.inode, access: status & flags(libc::O_ACCMODE) })
}

impl Stream {
    /// The inode of a pipe or socket, and whether this end is the one to write to. `None` for an end that does both.
    #[must_use]
    pub const fn pipe_end(self) -> Option<(u64, bool)> {
        if self.access == flags(libc::O_WRONLY) {
            Some((self.inode, true))
        } else if self.access == flags(libc::O_RDONLY) {
            Some((self.inode, false))
        } else {
            None
        }
    }

    /// Can it be what fdinfo lists with this inode and this mask?
    #[must_use]
    pub const fn could_be(self, inode: u64, events: u32) -> bool {
        let reads = events & libc::EPOLLIN.cast_unsigned() != 0;
        let writes_only = self.access == flags(libc::O_WRONLY);
        let reads_only = self.access == flags(libc::O_RDONLY);
        self.inode == inode && if reads { !writes_only } else { !reads_only }
    }
}

/// A file on a disk?
#[must_use]
pub fn is_regular(fd: i32) -> bool {
    about(fd).is_ok_and(|about| about.is_regular())
}

/// readlink(2) into `into`, cut at its end.
pub fn read_link<'a>(path: &CStr, into: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    let here = register(libc::AT_FDCWD);
    let arguments = [here, path.as_ptr() as usize, into.as_mut_ptr() as usize, into.len(), 0, 0];
    // SAFETY: the path is NUL-terminated; the kernel writes at most the slice's length.
    let length = unsafe { call(libc::SYS_readlinkat, arguments) }?;
    Ok(into.get(..length).unwrap_or(&[]))
}

/// Is `number` what /proc calls `kind` (proc(5), fd)? `false` where it cannot be asked.
#[must_use]
pub fn is_kind(number: i32, kind: &[u8]) -> bool {
    is_kind_in(format_args!("self"), number, kind) == Some(true)
}

/// As [`is_kind`], in another process. `None`: it cannot be asked, or the number is not open there.
#[must_use]
pub fn is_kind_in(process: fmt::Arguments<'_>, number: i32, kind: &[u8]) -> Option<bool> {
    let mut path = Line::<48>::new();
    let _fits = write!(path, "/proc/{process}/fd/{number}\0");
    let mut target = [0_u8; 32];
    let path = CStr::from_bytes_until_nul(path.bytes()).ok()?;
    read_link(path, &mut target).ok().map(|target| target == kind)
}
