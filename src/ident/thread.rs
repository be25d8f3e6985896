//! A few words of each thread, reached without a call.
//!
//! `thread_local!` in a shared library calls `__tls_get_addr`: in a new process that is two page faults, and on
//! a thread's first use it may allocate. A symbol in `.tbss` with initial-exec access is neither. It needs
//! room in the static block, which a preloaded library always gets. The words lie beside the thread's
//! own control block, a page that fork itself has just written.
//!
//! # Safety
//! Plain loads and stores of the calling thread's own words, at offsets the linker fills in.
#![allow(unsafe_code)]

use core::arch::{asm, global_asm};

global_asm!(
    ".section .tbss, \"awT\", @nobits",
    ".balign 8",
    ".hidden forkproof_thread",
    ".globl forkproof_thread",
    ".type forkproof_thread, @object",
    ".size forkproof_thread, 200",
    "forkproof_thread:",
    ".zero 200",
    ".text",
);

/// The words of a thread.
#[derive(Clone, Copy)]
pub enum Word {
    /// The signal mask to put back after a fork.
    Held = 0,
    /// Return address of the last call that forked on it.
    Calling = 8,
    /// Return address of the `fork` that made this process, if this thread survived it.
    Site = 16,
    /// The process that happened in.
    BornIn = 24,
    /// The thread's id as libc has it, 0 until somebody asked.
    Id = 32,
    /// Address of the thread's record in the registry, 0 for none.
    Record = 40,
    /// How long its last fork waited at the gate, in microseconds.
    Waited = 48,
    /// 1 while the fork that made this process has not returned: other libraries' atfork handlers run.
    InFork = 104,
    /// 1 when its last fork left other threads behind, or one before did.
    Company = 56,
    /// Address of what the healer's signal is to look after, 0 for nothing.
    Watched = 64,
    /// Earlier ids, two to a word, the youngest first: `kin`.
    Ancestors0 = 72,
    Ancestors1 = 80,
    Ancestors2 = 88,
    Ancestors3 = 96,
    /// Address of the `ucontext_t` behind the outermost watched handler that runs here, 0 for none.
    Running = 112,
    /// Which signals' handlers those are, bit `signal - 1`.
    RunningFor = 120,
    /// Where the outermost interrupted the program.
    RunningAt = 128,
    /// Signals that are held back on this thread.
    Deferred = 136,
    /// Those of them that the program itself blocks as well.
    OwnBlocked = 144,
    /// How that goes on: `reentrant_sigchld::deferral`.
    Deferring = 152,
    /// Address of the innermost delivery that a trampoline looks after here, 0 for none: `trampoline`.
    Delivered = 160,
    /// Where the events are that the last wait handed to this thread: `registry::batches`.
    BatchAt = 168,
    /// Of which poller, by its number.
    BatchOf = 176,
    /// How many, in the lower half; what the wait answered, and so -1 for none.
    BatchCount = 184,
    /// The epoch in which it last began a parallel region of OpenMP, 0 for never: `lost_wait`.
    Team = 192,
}

#[inline(always)]
fn place() -> *mut u64 {
    let place: *mut u64;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: x86-64 ELF TLS: the thread pointer plus the offset of the symbol.
    unsafe {
        asm!("mov {0}, qword ptr [rip + forkproof_thread@GOTTPOFF]", "add {0}, qword ptr fs:[0]",
             out(reg) place, options(pure, readonly, nostack));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: AArch64 ELF TLS: the thread pointer plus the offset of the symbol.
    unsafe {
        asm!("adrp {0}, :gottprel:forkproof_thread", "ldr {0}, [{0}, :gottprel_lo12:forkproof_thread]",
             "mrs {1}, tpidr_el0", "add {0}, {0}, {1}", out(reg) place, out(reg) _, options(pure, readonly, nostack));
    }
    place
}

/// A word of the calling thread.
#[inline(always)]
#[must_use]
pub fn get(word: Word) -> u64 {
    // SAFETY: one of the words.
    unsafe { place().byte_add(word as usize).read() }
}

/// The lower half of a word of the calling thread.
#[inline(always)]
#[must_use]
pub fn low(word: Word) -> u32 {
    // SAFETY: the first half of one of the words; every machine we build for is little-endian.
    unsafe { place().byte_add(word as usize).cast::<u32>().read() }
}

/// Sets a word of the calling thread; no write where it is so already. A parent that forks again and again from
/// one place writes nothing, and its page stays shared with its children.
#[inline(always)]
pub fn set(word: Word, value: u64) {
    if get(word) != value {
        // SAFETY: one of the words.
        unsafe { place().byte_add(word as usize).write(value) }
    }
}

/// Sets a word of the calling thread, and answers what it was.
#[inline(always)]
pub fn swap(word: Word, value: u64) -> u64 {
    // SAFETY: one of the words.
    unsafe { place().byte_add(word as usize).replace(value) }
}

/// Sets words of the calling thread that are seldom what they are set to.
#[inline(always)]
pub fn put<const N: usize>(words: [(Word, u64); N]) {
    let place = place();
    for (word, value) in words {
        // SAFETY: one of the words.
        unsafe { place.byte_add(word as usize).write(value) }
    }
}
