//! Whether a thread that libc knows by its handle has ended.

use super::memory;
use super::next::Next;

/// Where a thread's id lies in libc's record of it, as libc itself tells debuggers (`nptl_db`): bits, count, offset.
/// They never change.
static TID_AT: Next<&'static [u32; 3]> = Next::new("_thread_db_pthread_tid\0");

/// Looks that up. In the constructor: a child that does it may find the loader's lock taken.
pub fn open() {
    let _address = TID_AT.bind();
}

/// Has the thread that libc knows as `handle` ended, so that a wait for its end is over at once? `None` where it cannot
/// be known.
#[must_use]
pub fn is_ended(handle: usize) -> Option<bool> {
    id(handle).map(|id| id == 0)
}

/// The id of the thread that libc knows as `handle` (gettid(2)), 0 if it has ended. `None` where it cannot be known.
#[must_use]
pub fn id(handle: usize) -> Option<u32> {
    let &[bits, _, offset] = TID_AT.get()?;
    let mut word = [0];
    // Through the kernel: the memory of a thread may be gone.
    memory::words(handle.checked_add(offset as usize)?, &mut word)?;
    let [word] = word;
    (bits == u32::BITS).then_some(u32::try_from(word & u32::MAX as usize).ok()?)
}

#[cfg(test)]
mod tests {
    // Calls libc's.
    #![allow(unsafe_code)]

    use super::*;

    #[test]
    fn who_has_not_ended_and_what_is_no_thread_is_told() {
        // SAFETY: no arguments.
        let me = usize::try_from(unsafe { libc::pthread_self() }).unwrap();
        assert_eq!(is_ended(me), Some(false));
        assert_eq!(is_ended(16), None);
    }
}
