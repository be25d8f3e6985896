//! May a system call that the program did not ask for end it? Where a filter is in force (seccomp(2)), nobody can know which.
//!
//! What is worth a call only to see whether all is well asks here first. Filters stay for good, and pass to children.

use crate::ident::epoch;
use crate::sys::{process, python};
use core::sync::atomic::{AtomicU32, Ordering};

const FREE: u32 = 1;
/// By a filter from before exec.
const FILTERED: u32 = 2;
/// By the program itself, or one it is a copy of.
const ENTERED: u32 = 3;

/// 0 while nobody has asked.
static STATE: AtomicU32 = AtomicU32::new(0);

/// The program is about to install a filter.
#[cold]
pub fn begins() {
    // A vfork child's filter is its own.
    if !epoch::is_visitor() {
        STATE.store(ENTERED, Ordering::Relaxed);
        python::ask_no_kernel();
    }
}

/// Asks the kernel, once in a family of processes, whether a filter came with exec.
pub fn look() {
    if STATE.load(Ordering::Relaxed) == 0 {
        let now = if process::is_filtered() { FILTERED } else { FREE };
        let _one_has_begun = STATE.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Is it known that there is none?
#[must_use]
pub fn is_free() -> bool {
    STATE.load(Ordering::Relaxed) == FREE
}

/// Was the program seen to install one? It allows what the program does from there on, and perhaps nothing else. One from
/// before exec lets programs begin, and with that what we ask (containers have one).
#[must_use]
pub fn is_entered() -> bool {
    STATE.load(Ordering::Relaxed) == ENTERED
}
