//! shared-signalfd: a forked child changes its parent's signalfd.
//!
//! A read serves the process that reads (signalfd(2)): each gets its own signals, and that harms nobody. What is
//! shared is the mask: `signalfd(fd, mask)` in the child rewrites the parent's, and the signals it asks for no longer
//! come. So the child gets one of its own, with the mask that fdinfo shows, when it changes the mask; and without a
//! word when it reads or waits for it, so that the parent's next change is not the child's. The
//! poller's entry, which fires for the process that registered it, is `inherited-poller`'s.

use super::catalog::SHARED_SIGNALFD;
use super::shared_descriptor::{Kind, Refused, Way};
use crate::registry::fds;
use crate::sys::call::Errno;
use crate::sys::signalfd;

/// The call that changes a mask.
pub const CHANGE: &str = "signalfd";

pub(super) const KIND: Kind = Kind {
    flag: fds::SIGNALS,
    entry: SHARED_SIGNALFD,
    noun: "signalfd",
    link: b"anon_inode:[signalfd]",
    harm: "the mask is changed for both processes",
    way: |_, call| Some(if call == CHANGE { Way::Used } else { Way::Carried }),
    copy: Some(copy),
};

fn copy(number: i32) -> Result<i32, Refused> {
    match signalfd::mask(number) {
        Ok(Some(mask)) => signalfd::create(mask).map_err(Refused::Failed),
        // Emulators and kernels before Linux 3.8 show less.
        Ok(None) | Err(Errno(libc::ENOENT | libc::ENOTDIR | libc::EACCES)) => {
            Err(Refused::Inexact("its mask cannot be read from /proc"))
        }
        Err(errno) => Err(Refused::Failed(errno)),
    }
}
