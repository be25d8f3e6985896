//! What a private instance takes over from the inherited one.

use super::{Met, Use};
use crate::hazards::shared_descriptor;
use crate::registry::{fds, marks};
use crate::sys::call::Errno;
use crate::sys::epoll;
use core::fmt;

/// What became of the registrations.
#[derive(Clone, Copy, Default, Debug)]
pub struct Tally {
    /// Carried over, those with a fired one-shot included.
    pub registrations: u32,
    /// Their descriptors are gone.
    pub lost: u32,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.registrations == 1 { "" } else { "s" };
        write!(out, "with {} registration{plural}", self.registrations)?;
        if self.lost == 0 {
            Ok(())
        } else {
            write!(out, "; {} more could not be kept, their descriptors are gone", self.lost)
        }
    }
}

/// What became of one registration.
pub enum Carried {
    /// It is in the private instance.
    Yes,
    /// Its descriptor is gone.
    Gone,
    /// It was gone from the inherited instance as well.
    Nothing,
}

/// Registers `number`, which is mended first if it is an inherited poller itself or has a state: registered now and
/// replaced later, it would leave the old one on the list.
#[inline(always)]
pub fn add(met: Met, fresh: i32, number: i32, events: u32, data: u64) -> Result<Carried, Errno> {
    if marks::of(number) & marks::KNOWN != 0 {
        if fds::get(number).is_inherited() && super::touched(number, met.call) == Use::Refuse {
            // Half a pair is no repair.
            return Err(Errno(libc::EBADF));
        }
        shared_descriptor::carried(number, met.call);
    }
    match epoll::add(fresh, number, events, data) {
        Ok(()) => Ok(Carried::Yes),
        // Closed behind our back, and perhaps opened again as a file that cannot be polled.
        Err(Errno(libc::EBADF | libc::EPERM)) => Ok(Carried::Gone),
        Err(errno) => Err(errno),
    }
}
