//! One raw system call, answering `Result` and leaving errno alone.
//!
//! # Safety
//! This file needs `asm!`: libc's `syscall` sets errno and is one of our hooks. Each caller
//! promises what the kernel asks of its arguments.
#![allow(unsafe_code)]

use core::arch::asm;
use core::ffi::c_long;
use core::fmt;

/// An error number of the kernel, 1 to 4095 (errno(3)).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

impl Errno {
    /// The name as in errno(3), for those our own calls can meet.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            libc::EPERM => "EPERM",
            libc::ENOENT => "ENOENT",
            libc::EINTR => "EINTR",
            libc::EBADF => "EBADF",
            libc::EAGAIN => "EAGAIN",
            libc::ENOMEM => "ENOMEM",
            libc::EACCES => "EACCES",
            libc::EEXIST => "EEXIST",
            libc::EINVAL => "EINVAL",
            libc::ENFILE => "ENFILE",
            libc::EMFILE => "EMFILE",
            libc::ENOSPC => "ENOSPC",
            libc::ENOSYS => "ENOSYS",
            libc::ELOOP => "ELOOP",
            _ => "errno",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "errno" => write!(out, "errno {}", self.0),
            name => out.write_str(name),
        }
    }
}

/// Makes one system call (syscall(2)).
///
/// # Safety
/// As the call named by `number` asks of its arguments.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)] // a long is a word on every Linux
pub unsafe fn call(number: c_long, arguments: [usize; 6]) -> Result<usize, Errno> {
    let [a, b, c, d, e, f] = arguments;
    let answer: isize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the caller vouches for the arguments; the kernel clobbers rcx and r11 only (syscall(2)).
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => answer, in("rdi") a, in("rsi") b, in("rdx") c,
             in("r10") d, in("r8") e, in("r9") f, lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the caller vouches for the arguments; the kernel keeps every register but x0 (syscall(2)).
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a as isize => answer, in("x1") b, in("x2") c,
             in("x3") d, in("x4") e, in("x5") f, options(nostack));
    }
    match answer {
        -4095..=-1 => Err(Errno(i32::try_from(-answer).unwrap_or(libc::EINVAL))),
        _ => Ok(answer.cast_unsigned()),
    }
}

/// As [`call`], for calls that read and write no memory of ours: descriptors and numbers only.
#[inline(always)]
pub fn plain(number: c_long, a: usize, b: usize, c: usize) -> Result<usize, Errno> {
    // SAFETY: the name says it: no argument is an address. The callers are the other files of `sys`.
    unsafe { call(number, [a, b, c, 0, 0, 0]) }
}

/// A descriptor as the kernel's register wants it.
#[inline]
#[must_use]
pub const fn register(fd: i32) -> usize {
    (fd as isize).cast_unsigned()
}
