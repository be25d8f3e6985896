//! What a signal handler goes back to: the kernel's `ucontext_t`, as far as we read and change it.
//!
//! # Safety
//! The structure lies in the handler's frame and is the handler's to change (sigreturn(2)).
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::mem::offset_of;
use libc::ucontext_t;

/// The context of one delivery.
#[derive(Clone, Copy)]
pub struct Context(*mut ucontext_t);

impl Context {
    /// Where the instruction's address lies in it.
    #[cfg(target_arch = "x86_64")]
    pub const INSTRUCTION: usize = offset_of!(ucontext_t, uc_mcontext) + libc::REG_RIP as usize * 8;
    /// Where the instruction's address lies in it.
    #[cfg(target_arch = "aarch64")]
    pub const INSTRUCTION: usize = offset_of!(ucontext_t, uc_mcontext) + offset_of!(libc::mcontext_t, pc);

    #[cfg(target_arch = "x86_64")]
    const STACK: usize = offset_of!(ucontext_t, uc_mcontext) + libc::REG_RSP as usize * 8;
    #[cfg(target_arch = "aarch64")]
    const STACK: usize = offset_of!(ucontext_t, uc_mcontext) + offset_of!(libc::mcontext_t, sp);

    /// The number of the system call that begins again.
    #[cfg(target_arch = "x86_64")]
    const NUMBER: usize = offset_of!(ucontext_t, uc_mcontext) + libc::REG_RAX as usize * 8;
    #[cfg(target_arch = "aarch64")]
    const NUMBER: usize = offset_of!(ucontext_t, uc_mcontext) + offset_of!(libc::mcontext_t, regs) + 8 * 8;

    /// What the system call has answered.
    #[cfg(target_arch = "x86_64")]
    const ANSWER: usize = Self::NUMBER;
    #[cfg(target_arch = "aarch64")]
    const ANSWER: usize = offset_of!(ucontext_t, uc_mcontext) + offset_of!(libc::mcontext_t, regs);

    /// # Safety
    /// `place` is what the kernel gave the handler that calls us.
    #[inline(always)]
    pub const unsafe fn at(place: *mut c_void) -> Self {
        Self(place.cast())
    }

    #[inline(always)]
    fn word(self, offset: usize) -> usize {
        // SAFETY: as `at` was promised; the offsets are those of words in it.
        unsafe { self.0.cast::<usize>().byte_add(offset).read() }
    }

    /// Where the program was interrupted.
    #[inline(always)]
    #[must_use]
    pub fn instruction(self) -> usize {
        self.word(Self::INSTRUCTION)
    }

    /// Its stack there.
    #[inline(always)]
    #[must_use]
    pub fn stack(self) -> usize {
        self.word(Self::STACK)
    }

    /// The mask that will be in force again. The kernel's has 8 bytes.
    #[must_use]
    pub fn mask(self) -> u64 {
        self.word(offset_of!(ucontext_t, uc_sigmask)) as u64
    }

    /// Changes it.
    pub fn set_mask(self, mask: u64) {
        // SAFETY: as `at` was promised.
        unsafe { (&raw mut (*self.0).uc_sigmask).cast::<u64>().write(mask) }
    }

    /// The system call that is about to begin, perhaps again: the kernel sets the program back to its instruction where
    /// `SA_RESTART` says so.
    #[must_use]
    pub fn about_to_call(self) -> Option<usize> {
        is_system_call(self.instruction()).then(|| self.word(Self::NUMBER))
    }

    /// Has a system call just ended, with `EINTR`?
    #[must_use]
    pub fn is_interrupted_call(self) -> bool {
        let answer = self.word(Self::ANSWER).cast_signed();
        answer == -(libc::EINTR as isize) && is_system_call(self.instruction().wrapping_sub(CALL_SIZE))
    }
}

const CALL_SIZE: usize = if cfg!(target_arch = "x86_64") { 2 } else { 4 };

/// Does the instruction that makes system calls lie at `address`?
fn is_system_call(address: usize) -> bool {
    const CALL: &[u8] = if cfg!(target_arch = "x86_64") { &[0x0f, 0x05] } else { &[0x01, 0, 0, 0xd4] };
    let mut code = [0_u8; CALL_SIZE];
    super::memory::copy(address, &mut code).is_some() && code == *CALL
}
