//! How this process came to be: the `fork` that made it, as far as we saw it.

use crate::sys::process;
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

thread_local! {
    /// Return address of the `fork` this thread is in. Per thread: two threads may fork at once.
    static CALLING: Cell<usize> = const { Cell::new(0) };
}

/// The process in which an atfork child handler ran last: this one, or an ancestor.
static PID: AtomicU32 = AtomicU32::new(0);
/// Where that `fork` was called from, 0 if unknown.
static SITE: AtomicUsize = AtomicUsize::new(0);

/// This thread is about to fork for the caller at `site`.
pub fn forking(site: usize) {
    CALLING.set(site);
}

/// This thread's fork is over, and this is the parent.
pub fn forked() {
    CALLING.set(0);
}

/// This is the child, on the thread that forked.
pub fn born() {
    SITE.store(CALLING.replace(0), Ordering::Relaxed);
    PID.store(process::pid(), Ordering::Relaxed);
}

/// The process that [`born`] ran in: libc's fork made it, and libc's fork never shares descriptors.
#[must_use]
pub fn pid() -> u32 {
    PID.load(Ordering::Relaxed)
}

/// Return address of the `fork` that made this process, 0 if unknown.
#[must_use]
pub fn site() -> usize {
    let here = pid() == process::pid();
    if here { SITE.load(Ordering::Relaxed) } else { 0 }
}
