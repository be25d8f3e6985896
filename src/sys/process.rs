//! The calling process and thread, as the kernel names them now.
//!
//! # Safety
//! Calls that fill a buffer of ours on the stack.
#![allow(unsafe_code)]

use super::call::{Errno, call, plain};
use super::fd;
use super::line::Line;
use core::ffi::CStr;
use core::fmt::Write;

/// The process (getpid(2)); never cached, a vfork child must see its own.
#[inline(always)]
#[must_use]
pub fn pid() -> u32 {
    number(libc::SYS_getpid)
}

/// Its parent (getppid(2)), 0 when that lives in another pid namespace.
#[must_use]
pub fn parent() -> u32 {
    number(libc::SYS_getppid)
}

/// The thread (gettid(2)).
#[must_use]
pub fn thread() -> u32 {
    number(libc::SYS_gettid)
}

#[inline(always)]
fn number(which: core::ffi::c_long) -> u32 {
    plain(which, 0, 0, 0).ok().and_then(|id| u32::try_from(id).ok()).unwrap_or(0)
}

/// Ends the process now, no exit functions (`exit_group(2)`).
pub fn end(status: i32) -> ! {
    loop {
        let _never = plain(libc::SYS_exit_group, super::call::register(status), 0, 0);
    }
}

/// Is a filter on system calls in force for the calling thread, or can that not be asked (prctl(2), `PR_GET_SECCOMP`)?
#[must_use]
pub fn is_filtered() -> bool {
    plain(libc::SYS_prctl, libc::PR_GET_SECCOMP.cast_unsigned() as usize, 0, 0) != Ok(0)
}

/// Name of the calling thread (prctl(2), `PR_GET_NAME`), NUL-padded.
#[must_use]
pub fn name() -> [u8; 16] {
    let mut name = [0_u8; 16];
    let place = name.as_mut_ptr() as usize;
    // SAFETY: PR_GET_NAME writes at most 16 bytes to the address, which is ours.
    let _kept_empty =
        unsafe { call(libc::SYS_prctl, [libc::PR_GET_NAME.cast_unsigned() as usize, place, 0, 0, 0, 0]) };
    name
}

/// Nanoseconds since 1970 (`clock_gettime(2)`, `CLOCK_REALTIME`).
#[must_use]
pub fn now_ns() -> u64 {
    clock_ns(libc::CLOCK_REALTIME)
}

/// Nanoseconds on that clock (`clock_gettime(2)`).
#[must_use]
pub fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = [0_u64; 2];
    let place = time.as_mut_ptr() as usize;
    let clock = clock.cast_unsigned() as usize;
    // SAFETY: the kernel writes a timespec, two 64-bit words, to the address, which is ours.
    let _kept_zero = unsafe { call(libc::SYS_clock_gettime, [clock, place, 0, 0, 0, 0]) };
    let [seconds, nanos] = time;
    seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos)
}

/// The most descriptors this process may ever open: the hard `RLIMIT_NOFILE` (getrlimit(2)).
#[must_use]
pub fn descriptor_limits() -> Limits {
    let mut limits = [1024_u64; 2];
    let place = limits.as_mut_ptr() as usize;
    // SAFETY: prlimit64 with no new limit writes a struct rlimit64, two 64-bit words, to the address, ours.
    let _kept_default =
        unsafe { call(libc::SYS_prlimit64, [0, libc::RLIMIT_NOFILE as usize, 0, place, 0, 0]) };
    let [soft, hard] = limits;
    Limits { soft, hard }
}

/// Soft and hard limit of a resource.
#[derive(Clone, Copy)]
pub struct Limits {
    /// In force now.
    pub soft: u64,
    /// How far the program may raise it.
    pub hard: u64,
}

/// Is the calling thread the only one? `false` where it cannot be known.
#[must_use]
pub fn is_single_threaded() -> bool {
    threads() == Some(1)
}

/// How many threads this process has; `None` where it cannot be known (proc(5), stat, field 20).
#[must_use]
pub fn threads() -> Option<u32> {
    let mut text = [0_u8; 512];
    let file = fd::open(c"/proc/self/stat", libc::O_RDONLY).ok()?;
    let length = fd::read(file, &mut text).unwrap_or(0);
    fd::close(file);
    let text = text.get(..length)?;
    // The name, field 2, is in parentheses and may contain anything.
    let end = text.iter().rposition(|&byte| byte == b')')?;
    let mut fields = text.get(end + 1..)?.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
    core::str::from_utf8(fields.nth(17)?).ok()?.parse().ok()
}

/// Does `other` see what we open? Opens one more number for `fd` and looks for it there. `true` where it
/// cannot be known, or where `other` has that number open by chance.
#[must_use]
pub fn sees_number(other: u32, fd: i32) -> bool {
    const OUT_OF_THE_WAY: i32 = 461;
    let Ok(probe) = fd::duplicate_above(fd, OUT_OF_THE_WAY) else { return true };
    let mut path = Line::<48>::new();
    let _fits = write!(path, "/proc/{other}/fd/{probe}\0");
    let answer =
        CStr::from_bytes_until_nul(path.bytes()).map(|path| fd::read_link(path, &mut [0; 8]).map(|_| ()));
    fd::close(probe);
    answer != Ok(Err(Errno(libc::ENOENT)))
}

/// Is there a process of that id (kill(2), no signal)?
#[must_use]
pub fn exists(id: u32) -> bool {
    id != 0 && plain(libc::SYS_kill, id as usize, 0, 0) != Err(Errno(libc::ESRCH))
}

/// Has a child ended that a wait could take (waitid(2), which leaves it)? `which` is a child, 0 for any.
#[must_use]
pub fn has_ended_child(which: u32) -> bool {
    let kind = if which == 0 { libc::P_ALL } else { libc::P_PID };
    let options = (libc::WEXITED | libc::WNOHANG | libc::WNOWAIT).cast_unsigned() as usize;
    let mut info = [0_u32; size_of::<libc::siginfo_t>() / size_of::<u32>()];
    let arguments = [kind as usize, which as usize, info.as_mut_ptr() as usize, options, 0, 0];
    // SAFETY: the kernel fills a siginfo, which is ours.
    let answer = unsafe { call(libc::SYS_waitid, arguments) };
    // Filled with its signal where there is one; ECHILD is also an answer at once.
    answer.is_err() || info.first() != Some(&0)
}

/// Does this process have a thread of that id (tgkill(2), no signal)?
#[must_use]
pub fn has_thread(id: u32) -> bool {
    plain(libc::SYS_tgkill, pid() as usize, id as usize, 0) != Err(Errno(libc::ESRCH))
}

/// Name of thread `id` of process `of`, NUL-padded; `None` if there is none, or it cannot be asked (proc(5), comm).
#[must_use]
pub fn name_of(of: u32, id: u32) -> Option<[u8; 16]> {
    let mut path = Line::<48>::new();
    let _fits = write!(path, "/proc/{of}/task/{id}/comm\0");
    let file = fd::open(CStr::from_bytes_until_nul(path.bytes()).ok()?, libc::O_RDONLY).ok()?;
    let mut name = [0_u8; 16];
    let length = fd::read(file, &mut name);
    fd::close(file);
    let length = length.ok()?;
    // The kernel ends it with a newline.
    name.get_mut(length.saturating_sub(1)..)?.fill(0);
    Some(name)
}

/// Does thread `id` of this process run, or wait for nothing but a processor (proc(5), syscall)?
#[must_use]
pub fn is_running(id: u32) -> bool {
    let mut path = Line::<48>::new();
    let _fits = write!(path, "/proc/self/task/{id}/syscall\0");
    let Ok(path) = CStr::from_bytes_until_nul(path.bytes()) else { return false };
    let Ok(file) = fd::open(path, libc::O_RDONLY) else { return false };
    let mut text = [0_u8; 16];
    let length = fd::read(file, &mut text).unwrap_or(0);
    fd::close(file);
    text.get(..length).is_some_and(|text| text.starts_with(b"running"))
}

/// Lets another thread have the processor (`sched_yield(2)`).
pub fn give_way() {
    let _always_0 = plain(libc::SYS_sched_yield, 0, 0, 0);
}

/// Sleeps for `us` microseconds, or less (`clock_nanosleep(2)`).
pub fn sleep_us(us: u64) {
    let span = [us / 1_000_000, us % 1_000_000 * 1000];
    // SAFETY: the kernel reads a timespec on our stack.
    let _early_is_fine = unsafe { call(libc::SYS_nanosleep, [span.as_ptr() as usize, 0, 0, 0, 0, 0]) };
}

/// Microseconds since some moment in the past (`CLOCK_MONOTONIC`).
#[must_use]
pub fn now_us() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC) / 1000
}

/// Every number that process `other` has open, as far as we may look (proc(5)).
pub fn numbers_of(other: u32, mut each: impl FnMut(i32)) {
    let mut path = Line::<32>::new();
    let _fits = write!(path, "/proc/{other}/fd\0");
    let Ok(path) = CStr::from_bytes_until_nul(path.bytes()) else { return };
    let Ok(folder) = fd::open(path, libc::O_RDONLY | libc::O_DIRECTORY) else { return };
    let mut buffer = [0_u8; 2048];
    loop {
        let place = buffer.as_mut_ptr() as usize;
        let arguments = [super::call::register(folder), place, buffer.len(), 0, 0, 0];
        // SAFETY: the kernel fills at most the buffer, which is ours.
        let Ok(length @ 1..) = (unsafe { call(libc::SYS_getdents64, arguments) }) else { break };
        names(buffer.get(..length).unwrap_or(&[]), &mut each);
    }
    fd::close(folder);
}

/// `struct linux_dirent64`: inode (8 bytes), offset (8), length of the record (2), type (1), name.
fn names(mut records: &[u8], each: &mut impl FnMut(i32)) {
    while let Some(&[low, high]) = records.get(16..18) {
        let length = usize::from(u16::from_ne_bytes([low, high]));
        let name = records.get(19..length).map_or(&[][..], super::line::until_nul);
        if let Some(number) = core::str::from_utf8(name).ok().and_then(|name| name.parse().ok()) {
            each(number);
        }
        let Some(rest) = records.get(length..).filter(|_| length != 0) else { return };
        records = rest;
    }
}

/// Children that this thread made, at most sixteen (proc(5), needs `CONFIG_PROC_CHILDREN`).
#[must_use]
pub fn children() -> [u32; 16] {
    let mut children = [0; 16];
    let mut text = [0_u8; 192];
    let Ok(file) = fd::open(c"/proc/thread-self/children", libc::O_RDONLY) else { return children };
    let length = fd::read(file, &mut text).unwrap_or(0);
    fd::close(file);
    let words = text.get(..length).unwrap_or(&[]).split(u8::is_ascii_whitespace);
    let numbers = words.filter_map(|word| core::str::from_utf8(word).ok()?.parse().ok());
    for (slot, child) in children.iter_mut().zip(numbers) {
        *slot = child;
    }
    children
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_numbers_are_listed() {
        let number = fd::open(c"/dev/null", libc::O_RDONLY).unwrap();
        let mut seen = Vec::new();
        numbers_of(pid(), |number| seen.push(number));
        assert!(seen.contains(&number));
        fd::close(number);
        assert!(sees_number(pid(), 0));
    }
}
