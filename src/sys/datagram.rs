//! One datagram to a socket that has a path (unix(7)).
//!
//! # Safety
//! Addresses and messages are on our stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain, register};
use super::fd;
use core::ffi::CStr;

/// A socket to send from, close-on-exec.
pub fn socket() -> Result<i32, Errno> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    let number = plain(libc::SYS_socket, register(libc::AF_UNIX), register(kind), 0)?;
    i32::try_from(number).map_err(|_| Errno(libc::EBADF))
}

/// Sends `message` to `path` now or not at all, and closes the socket. No signal comes of it.
pub fn send(socket: i32, path: &CStr, message: &[u8]) -> Result<(), Errno> {
    // SAFETY: struct sockaddr_un is plain data, all zeroes is a value.
    let mut address: libc::sockaddr_un = unsafe { core::mem::zeroed() };
    address.sun_family = 1; // AF_UNIX
    for (to, from) in address.sun_path.iter_mut().zip(path.to_bytes_with_nul()) {
        // Signed on x86-64, unsigned on aarch64.
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    let how = register(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL);
    let arguments = [
        register(socket),
        message.as_ptr() as usize,
        message.len(),
        how,
        (&raw const address) as usize,
        size_of::<libc::sockaddr_un>(),
    ];
    // SAFETY: the kernel reads the message and the address, both ours; the path ends within it.
    let sent = unsafe { call(libc::SYS_sendto, arguments) };
    fd::close(socket);
    sent.map(|_| ())
}
