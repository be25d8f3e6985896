//! A stack of our own, for work that needs more of one than a signal handler may have.
//!
//! To write a finding takes 8 KiB, to mend a poller some more; programs give their handlers stacks of 8 KiB in all
//! (sigaltstack(2), `SIGSTKSZ`), of which the kernel's frame takes 3 on machines with wide registers. One thread at a time
//! is here.
//!
//! # Safety
//! The stack pointer is put to the end of a static, and back. The function that runs there may not unwind and is not
//! interrupted by handlers: signals are held.
#![allow(unsafe_code)]

use super::{futex, process};
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

const SIZE: usize = 32 << 10;

#[repr(C, align(4096))]
struct Stack(UnsafeCell<[u8; SIZE]>);

// SAFETY: whoever has the turn is alone in it.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; SIZE]));

/// What to do when another thread is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Busy {
    /// Wait. Not while holding what that thread may wait for.
    Wait,
    /// Do it where we are.
    Stay,
}

/// Runs `work` on that stack. `turn` says which thread is there, 0 for none; a thread that is there already stays.
pub fn aside<W: FnMut()>(turn: &AtomicU32, busy: Busy, mut work: W) {
    let me = process::thread();
    loop {
        match turn.compare_exchange(0, me, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => break,
            Err(other) if other != me && busy == Busy::Wait => futex::wait(turn, other, 100),
            Err(_) => return work(),
        }
    }
    let top = STACK.0.get().addr() + SIZE;
    // SAFETY: the end of the stack, which is ours now, and a function with its argument.
    unsafe { call_on(top, run::<W>, (&raw mut work).cast()) }
    turn.store(0, Ordering::Release);
    futex::wake(turn);
}

extern "C" fn run<W: FnMut()>(work: *mut c_void) {
    // SAFETY: the closure of `aside`, which waits for us.
    unsafe { (*work.cast::<W>())() }
}

/// Calls `function` with the stack pointer at `top`.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn call_on(top: usize, function: extern "C" fn(*mut c_void), argument: *mut c_void) {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset rbp, 0",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "mov rsp, rdi",
        "mov rdi, rdx",
        "call rsi",
        "mov rsp, rbp",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
    )
}

/// Calls `function` with the stack pointer at `top`.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn call_on(top: usize, function: extern "C" fn(*mut c_void), argument: *mut c_void) {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, -16]!",
        ".cfi_adjust_cfa_offset 16",
        ".cfi_rel_offset x29, 0",
        ".cfi_rel_offset x30, 8",
        "mov x29, sp",
        ".cfi_def_cfa_register x29",
        "mov sp, x0",
        "mov x0, x2",
        "blr x1",
        "mov sp, x29",
        "ldp x29, x30, [sp], 16",
        ".cfi_def_cfa sp, 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        "ret",
        ".cfi_endproc",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_elsewhere_and_within_itself() {
        let turn = AtomicU32::new(0);
        let here = (&raw const turn).addr();
        let mut places = Vec::new();
        aside(&turn, Busy::Wait, || {
            let local = 0_u8;
            places.push((&raw const local).addr().abs_diff(here));
            aside(&turn, Busy::Wait, || places.push(0));
        });
        assert!(places.len() == 2 && places[0] > SIZE);
        assert_eq!(turn.load(Ordering::Relaxed), 0);
    }
}
