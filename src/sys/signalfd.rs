//! Signal descriptors, raw (signalfd(2)).
//!
//! # Safety
//! One system call reads a mask on our stack; the kernel's mask is 8 bytes.
#![allow(unsafe_code)]

use super::call::{Errno, call};
use super::fdinfo;

/// The mask of `number`, `None` if it is no signalfd.
pub fn mask(number: i32) -> Result<Option<u64>, Errno> {
    let mut text = [0; fdinfo::MAX];
    let text = fdinfo::read(number, &mut text)?;
    Ok(fdinfo::field(text, "sigmask").and_then(|mask| u64::from_str_radix(mask, 16).ok()))
}

/// A new one, close-on-exec.
pub fn create(mask: u64) -> Result<i32, Errno> {
    let how = libc::SFD_CLOEXEC.cast_unsigned() as usize;
    let arguments = [usize::MAX, (&raw const mask) as usize, size_of::<u64>(), how, 0, 0];
    // SAFETY: the kernel reads 8 bytes on our stack.
    let fresh = unsafe { call(libc::SYS_signalfd4, arguments) }?;
    i32::try_from(fresh).map_err(|_| Errno(libc::EMFILE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd;

    #[test]
    fn a_mask_is_read_back() {
        let signals = create(0x8000_0000_0000_0201).unwrap();
        assert_eq!(mask(signals), Ok(Some(0x8000_0000_0000_0201)));
        fd::close(signals);
        assert!(mask(signals).is_err());
    }
}
