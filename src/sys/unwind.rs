//! The static unwinder: which frames stand on the stack; and a stand-in for the one symbol that would raise the
//! floor to glibc 2.35.
//!
//! The static unwinder asks `_dl_find_object` where a module's tables are, and gives up where it answers "not found" (libgcc
//! 12). Here it asks the loader's if there is one; before glibc 2.35 nothing can be unwound, and nobody may ask. The symbol
//! is hidden: nobody else sees it.
//!
//! # Safety
//! A jump, and libgcc's unwinder, which only reads; the loader's function takes no lock.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".globl _dl_find_object",
    ".hidden _dl_find_object",
    ".type _dl_find_object, @function",
    "_dl_find_object:",
    "jmp {find}",
    find = sym super::module::find_object,
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".globl _dl_find_object",
    ".hidden _dl_find_object",
    ".type _dl_find_object, %function",
    "_dl_find_object:",
    "b {find}",
    find = sym super::module::find_object,
);

#[repr(C)]
struct Frame {
    private: [u8; 0],
}

unsafe extern "C" {
    fn _Unwind_Backtrace(each: extern "C" fn(*mut Frame, *mut Frames) -> i32, with: *mut Frames) -> i32;
    fn _Unwind_GetCFA(frame: *mut Frame) -> usize;
}

#[repr(C)]
struct Frames {
    found: *mut usize,
    room: usize,
    count: usize,
    below: usize,
}

extern "C" fn note(frame: *mut Frame, frames: *mut Frames) -> i32 {
    const GO_ON: i32 = 0;
    const STOP: i32 = 5; // _URC_END_OF_STACK
    // SAFETY: the unwinder's own, and ours.
    let (place, frames) = unsafe { (_Unwind_GetCFA(frame), &mut *frames) };
    if frames.count == frames.room || place >= frames.below {
        return STOP;
    }
    // SAFETY: one of the slice that `frames` was given.
    unsafe { frames.found.add(frames.count).write(place) };
    frames.count += 1;
    GO_ON
}

/// Fills `into` with the canonical addresses of the frames on the calling thread's stack, from the innermost to those
/// `below` an address; how many they are. None where modules cannot be looked up.
pub fn frames(into: &mut [usize], below: usize) -> usize {
    if !super::module::can_look_up() {
        return 0;
    }
    let mut frames = Frames { found: into.as_mut_ptr(), room: into.len(), count: 0, below };
    // SAFETY: the function and what it is given live until the call returns. The unwinder reads the modules' tables and the
    // frames they describe.
    let _why_it_ended = unsafe { _Unwind_Backtrace(note, &raw mut frames) };
    frames.count
}
