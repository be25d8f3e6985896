//! Two ends like two others: another pipe, socket pair or eventfd with the same properties.
//!
//! # Safety
//! The kernel fills two numbers, or one option, on our stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain, register};

type Ends = (i32, i32);

fn ends_of(number: core::ffi::c_long, arguments: [usize; 3]) -> Result<Ends, Errno> {
    let mut ends = [-1_i32; 2];
    let place = (&raw mut ends) as usize;
    let arguments = match arguments {
        [a, b, c] if number == libc::SYS_socketpair => [a, b, c, place, 0, 0],
        [flags, ..] => [place, flags, 0, 0, 0, 0],
    };
    // SAFETY: pipe2 and socketpair write two numbers to the address, which is ours.
    unsafe { call(number, arguments) }?;
    let [one, other] = ends;
    Ok((one, other))
}

const CLOEXEC: usize = libc::O_CLOEXEC.cast_unsigned() as usize;

/// A pipe as large as that of `write`; the reading end first, both close-on-exec.
pub fn pipe(write: i32) -> Result<Ends, Errno> {
    let get = libc::F_GETPIPE_SZ.cast_unsigned() as usize;
    let size = plain(libc::SYS_fcntl, register(write), get, 0)?;
    let ends = ends_of(libc::SYS_pipe2, [CLOEXEC, 0, 0])?;
    if plain(libc::SYS_fcntl, register(ends.1), get, 0) != Ok(size) {
        let set = libc::F_SETPIPE_SZ.cast_unsigned() as usize;
        let _as_large_as_it_may_be = plain(libc::SYS_fcntl, register(ends.1), set, size);
    }
    Ok(ends)
}

/// Two sockets of the family and type of `one`, close-on-exec.
pub fn sockets(one: i32) -> Result<Ends, Errno> {
    let (family, kind) = (option(one, libc::SO_DOMAIN)?, option(one, libc::SO_TYPE)?);
    ends_of(libc::SYS_socketpair, [family, kind | CLOEXEC, option(one, libc::SO_PROTOCOL)?])
}

fn option(socket: i32, which: i32) -> Result<usize, Errno> {
    let (mut value, mut size) = (0_u32, 4_u32);
    let name = which.cast_unsigned() as usize;
    let level = libc::SOL_SOCKET.cast_unsigned() as usize;
    let arguments = [register(socket), level, name, (&raw mut value) as usize, (&raw mut size) as usize, 0];
    // SAFETY: the kernel writes at most `size` bytes, four, to `value` (getsockopt(2)).
    unsafe { call(libc::SYS_getsockopt, arguments) }.map(|_| value as usize)
}

/// An eventfd at 0, close-on-exec.
pub fn event(is_semaphore: bool) -> Result<i32, Errno> {
    let semaphore = if is_semaphore { libc::EFD_SEMAPHORE.cast_unsigned() as usize } else { 0 };
    let number = plain(libc::SYS_eventfd2, 0, CLOEXEC | semaphore, 0)?;
    i32::try_from(number).map_err(|_| Errno(libc::EBADF))
}
