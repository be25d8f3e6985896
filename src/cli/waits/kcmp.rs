//! Whether two processes have one thing between them (kcmp(2)), where its name does not tell.
//!
//! # Safety
//! One system call, of plain numbers: it writes nothing.
#![allow(unsafe_code)]

use super::census::Holder;

const FILE: libc::c_int = 0;
const MEMORY: libc::c_int = 1;

/// Are both one open file? Nothing where the kernel does not say.
pub fn is_one_file(one: Holder, other: Holder) -> Option<bool> {
    same(FILE, one, other)
}

/// Have both one memory, as after clone(2) with `CLONE_VM`? Nothing where the kernel does not say.
pub fn is_one_memory(one: u32, other: u32) -> Option<bool> {
    same(MEMORY, Holder { pid: one, fd: 0 }, Holder { pid: other, fd: 0 })
}

fn same(what: libc::c_int, one: Holder, other: Holder) -> Option<bool> {
    // SAFETY: five numbers; nothing is written.
    let answer = unsafe { libc::syscall(libc::SYS_kcmp, one.pid, other.pid, what, one.fd, other.fd) };
    (answer >= 0).then_some(answer == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_one_with_itself() {
        let own = std::process::id();
        let holder = |fd| Holder { pid: own, fd };
        assert_eq!(is_one_file(holder(0), holder(0)), Some(true));
        let file = std::fs::File::open("/proc/self/stat").unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
        assert_eq!(is_one_file(holder(0), holder(fd)), Some(false));
        assert_eq!(is_one_memory(own, own), Some(true));
        assert_eq!(is_one_memory(own, u32::MAX), None);
    }
}
