//! Pages of our own, straight from the kernel: no allocator, no initialiser, zero at first.
//!
//! # Safety
//! mmap(2) and madvise(2) on addresses the kernel itself chose.
#![allow(unsafe_code)]

use super::call::{Errno, call};

/// Bytes in a page, as far as we need to know: every Linux page is a multiple of this.
pub const PAGE: usize = 4096;

/// Reserves `bytes` of zeroed private memory. Pages cost nothing until they are written
/// (`MAP_NORESERVE`), but they do count against `RLIMIT_AS`.
pub fn reserve(bytes: usize) -> Result<*mut u8, Errno> {
    map(bytes, libc::MAP_PRIVATE | libc::MAP_NORESERVE)
}

/// One page that parent and children see alike.
pub fn shared_page() -> Result<*mut u8, Errno> {
    map(PAGE, libc::MAP_SHARED)
}

fn map(bytes: usize, kind: i32) -> Result<*mut u8, Errno> {
    let access = (libc::PROT_READ | libc::PROT_WRITE).cast_unsigned() as usize;
    let kind = (kind | libc::MAP_ANONYMOUS).cast_unsigned() as usize;
    // SAFETY: a new anonymous mapping at an address of the kernel's choice touches no memory in use.
    let place = unsafe { call(libc::SYS_mmap, [0, bytes, access, kind, usize::MAX, 0]) }?;
    Ok(core::ptr::with_exposed_provenance_mut(place))
}

/// Asks the kernel to hand every real copy of this process a zeroed page instead (`MADV_WIPEONFORK`,
/// Linux 4.14). Some emulators answer 0 to any advice, so one that cannot exist is tried first.
pub fn wipe_on_fork(page: usize) -> Result<(), Errno> {
    let advise = |advice: i32| {
        let arguments = [page, PAGE, super::call::register(advice), 0, 0, 0];
        // SAFETY: the page is one of ours and anonymous; the advice changes children only.
        unsafe { call(libc::SYS_madvise, arguments) }
    };
    if advise(-1).is_ok() {
        return Err(Errno(libc::ENOSYS));
    }
    advise(libc::MADV_WIPEONFORK).map(|_| ())
}

/// The first `bytes` of what `file` maps, to be looked at and not written to.
///
/// # Errors
/// The kernel's, where it does not map the file.
pub fn view(file: i32, bytes: usize) -> Result<usize, Errno> {
    let access = libc::PROT_READ.cast_unsigned() as usize;
    let kind = libc::MAP_SHARED.cast_unsigned() as usize;
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory in use.
    unsafe { call(libc::SYS_mmap, [0, bytes, access, kind, super::call::register(file), 0]) }
}

/// The end of a [`view`].
pub fn end_view(start: usize, bytes: usize) {
    // SAFETY: a mapping that `view` made, and nobody else knows of.
    let _cannot_fail = unsafe { call(libc::SYS_munmap, [start, bytes, 0, 0, 0, 0]) };
}

/// Asks the kernel to leave memory of the program's out of every copy of this process (`MADV_DONTFORK`, madvise(2)).
///
/// # Errors
/// The kernel's, where it is not mapped.
pub fn keep_from_children(start: usize, length: usize) -> Result<(), Errno> {
    let advice = super::call::register(libc::MADV_DONTFORK);
    // SAFETY: the advice changes what children get, and nothing here.
    unsafe { call(libc::SYS_madvise, [start, length, advice, 0, 0, 0]) }.map(|_| ())
}

/// Copies from an address the program gave, which may be wrong: `None` where the kernel cannot read it
/// (`process_vm_readv(2)`, Linux 3.2), or will not.
#[must_use]
pub fn copy(from: usize, into: &mut [u8]) -> Option<()> {
    let local = [into.as_mut_ptr() as usize, into.len()];
    let remote = [from, into.len()];
    let me = super::process::pid() as usize;
    let arguments = [me, local.as_ptr() as usize, 1, remote.as_ptr() as usize, 1, 0];
    // SAFETY: the kernel writes to the slice alone, and answers EFAULT where it cannot read.
    let copied = unsafe { call(libc::SYS_process_vm_readv, arguments) };
    (copied == Ok(into.len())).then_some(())
}

/// As [`copy`], the words at up to 64 addresses, in one call.
#[must_use]
pub fn gather(from: &[usize], into: &mut [usize]) -> Option<()> {
    const MOST: usize = 64;
    let mut remote = [[0; 2]; MOST];
    if from.len() > MOST || from.len() != into.len() {
        return None;
    }
    for (vector, &address) in remote.iter_mut().zip(from) {
        *vector = [address, size_of::<usize>()];
    }
    let bytes = size_of_val(into);
    let local = [into.as_mut_ptr() as usize, bytes];
    let me = super::process::pid() as usize;
    let arguments = [me, local.as_ptr() as usize, 1, remote.as_ptr() as usize, from.len(), 0];
    // SAFETY: as in `copy`.
    let copied = unsafe { call(libc::SYS_process_vm_readv, arguments) };
    (copied == Ok(bytes)).then_some(())
}

/// As [`copy`], words.
#[must_use]
pub fn words(from: usize, into: &mut [usize]) -> Option<()> {
    // SAFETY: the same memory; every byte is part of a word, and every value of it is one.
    let bytes = unsafe { core::slice::from_raw_parts_mut(into.as_mut_ptr().cast(), size_of_val(into)) };
    copy(from, bytes)
}
