//! The calls that the calling thread is in, by return address, innermost first and without our own.
//!
//! libgcc's unwinder (`unwind`) believes every register: on a stack whose outer part is somebody else's by now, as
//! greenlets leave it, it follows a stale frame pointer and ends the program. Here no word is read that does not lie
//! close above one that was, or that the kernel has not vouched for; what does not add up is where the stack ends.
//! `gimli` reads the tables, in place.
//!
//! # Safety
//! Words of the calling thread's own stack are read, as above.
#![allow(unsafe_code)]

mod expression;
mod rules;

use super::memory;
use super::module;
use core::arch::asm;
use core::ops::Range;
use rules::Desk;

/// Most frames of one stack.
pub const MOST: usize = 32;
/// Frames that are looked at at most: our own and those of the interpreter's are among them.
const STEPS: usize = MOST + 32;
/// So far above a word of the stack that was read there is stack as well: above the outermost frame lies more than
/// this, the thread's block or the program's environment.
const NEAR: usize = 4096;

/// Columns of DWARF's table that are followed, and what some of them are.
#[cfg(target_arch = "x86_64")]
mod column {
    pub const COUNT: usize = 17;
    pub const STACK: usize = 7;
    pub const RETURN: usize = 16;
}
#[cfg(target_arch = "aarch64")]
mod column {
    pub const COUNT: usize = 32;
    pub const STACK: usize = 31;
    pub const RETURN: usize = 30;
}

/// A frame's registers.
type Columns = [usize; column::COUNT];

/// What was found.
pub struct Stack {
    addresses: [usize; MOST],
    places: [usize; MOST],
    count: usize,
}

impl Stack {
    /// No frame.
    #[must_use]
    pub const fn none() -> Self {
        Self { addresses: [0; MOST], places: [0; MOST], count: 0 }
    }

    /// The addresses that the calls return to, innermost first.
    #[must_use]
    pub fn addresses(&self) -> &[usize] {
        self.addresses.get(..self.count).unwrap_or(&[])
    }

    /// Where each of these was read, 0 where it came from no word of the stack.
    #[must_use]
    pub fn places(&self) -> &[usize] {
        self.places.get(..self.count).unwrap_or(&[])
    }

    /// Adds the next frame outward, which was read at `place`; what is more than fits is left out.
    pub fn push(&mut self, address: usize, place: usize) {
        if let (Some(to), Some(at)) = (self.addresses.get_mut(self.count), self.places.get_mut(self.count)) {
            (*to, *at) = (address, place);
            self.count += 1;
        }
    }
}

/// One frame on the way outward.
struct Frame {
    columns: Columns,
    /// The instruction it goes on at.
    instruction: usize,
    /// Where that was read, or 0.
    place: usize,
    /// It was interrupted there by a signal: else it has made a call, and the instruction is the one after.
    is_interrupted: bool,
    /// May the kernel be asked whether an address is good?
    may_ask: bool,
}

/// Fills `into` with the innermost `depth` frames. Where the program has a system call filter of its own, `may_ask` says no
/// to `process_vm_readv`, and the stack ends at a frame larger than 4 KiB. Nothing where modules cannot be looked up
/// (glibc before 2.35). Takes 0.3 us a frame, and 4 KiB of stack.
#[inline(always)]
pub fn walk(depth: usize, may_ask: bool, into: &mut Stack) {
    into.count = 0;
    if let Some(own) = module::own() {
        walk_without(own, depth, may_ask, into);
    }
}

/// As [`walk`], without what lies in `own`.
#[inline(never)]
fn walk_without(own: &Range<usize>, depth: usize, may_ask: bool, into: &mut Stack) {
    into.count = 0;
    let mut frame = here(may_ask);
    for _ in 0..STEPS {
        if into.count == depth.min(MOST) {
            return;
        }
        let Some(caller) = frame.caller(own) else { return };
        frame = caller;
        if !own.contains(&frame.instruction) {
            // So that the instruction before the address is always the one in question.
            let address = frame.instruction.wrapping_add(usize::from(frame.is_interrupted));
            into.push(address, frame.place);
        }
    }
}

/// Is this return address still where [`walk`] found it, on this thread and below this very stack? To be asked from the
/// innermost outward, and no further than the first no.
#[inline]
#[must_use]
pub fn still_has(address: usize, place: usize) -> bool {
    // SAFETY: the frame below it is the one it was then, so this place is part of the stack as well.
    place != 0 && unsafe { core::ptr::with_exposed_provenance::<usize>(place).read_volatile() } == address
}

/// The frame that this is inlined into, at this instruction.
#[inline(always)]
fn here(may_ask: bool) -> Frame {
    let mut columns: Columns = [0; column::COUNT];
    let instruction: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: stores what a caller's frame may be found by, and reads nothing.
    unsafe {
        asm!(
            "lea {at}, [rip]",
            "mov [{to} + 3 * 8], rbx",
            "mov [{to} + 6 * 8], rbp",
            "mov [{to} + 7 * 8], rsp",
            "mov [{to} + 12 * 8], r12",
            "mov [{to} + 13 * 8], r13",
            "mov [{to} + 14 * 8], r14",
            "mov [{to} + 15 * 8], r15",
            at = out(reg) instruction,
            to = in(reg) columns.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!(
            "adr {at}, .",
            "stp x19, x20, [{to}, 19 * 8]",
            "stp x21, x22, [{to}, 21 * 8]",
            "stp x23, x24, [{to}, 23 * 8]",
            "stp x25, x26, [{to}, 25 * 8]",
            "stp x27, x28, [{to}, 27 * 8]",
            "stp x29, x30, [{to}, 29 * 8]",
            "mov {stack}, sp",
            "str {stack}, [{to}, 31 * 8]",
            at = out(reg) instruction,
            stack = out(reg) _,
            to = in(reg) columns.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    Frame { columns, instruction, place: 0, is_interrupted: true, may_ask }
}

impl Frame {
    /// The frame that called this one, or that it interrupted.
    fn caller(&self, own: &Range<usize>) -> Option<Self> {
        let inside = self.instruction.wrapping_sub(usize::from(!self.is_interrupted));
        let is_ours = own.contains(&inside);
        let found = module::find(inside)?;
        let mut desk = Desk::new();
        let rules = desk.rules(&found, inside)?;
        let top = rules.top(self, is_ours)?;
        // The stack grows downward. A signal may have come on another stack, and our own work has one.
        let is_outward = top > self.stack() || rules.is_signal || is_ours;
        if !is_outward || !top.is_multiple_of(align_of::<usize>()) {
            return None;
        }
        let mut outer = self.columns;
        let place = rules.restore(self, top, is_ours, &mut outer)?;
        let is_interrupted = rules.is_signal;
        if let Some(stack) = outer.get_mut(column::STACK) {
            *stack = top;
        }
        let instruction = without_signature(*outer.get(column::RETURN)?);
        let caller = Self { columns: outer, instruction, place, is_interrupted, may_ask: self.may_ask };
        (instruction != 0).then_some(caller)
    }

    fn stack(&self) -> usize {
        self.column(column::STACK).unwrap_or(usize::MAX)
    }

    fn column(&self, number: usize) -> Option<usize> {
        self.columns.get(number).copied()
    }

    /// A word of the stack. `is_ours`: a function of this library says where.
    fn word(&self, address: usize, is_ours: bool) -> Option<usize> {
        if !address.is_multiple_of(align_of::<usize>()) {
            return None;
        }
        if is_ours || address.wrapping_sub(self.stack()) < NEAR {
            // SAFETY: our own frame, or so close above a word that was read.
            return Some(unsafe { core::ptr::with_exposed_provenance::<usize>(address).read_volatile() });
        }
        let mut words = [0];
        let copied = if self.may_ask { memory::words(address, &mut words) } else { None };
        copied.map(|()| words[0])
    }
}

/// A return address without the bits that sign it (Arm, pointer authentication).
const fn without_signature(address: usize) -> usize {
    if cfg!(target_arch = "aarch64") { address & 0x0000_ffff_ffff_ffff } else { address }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::{c_int, c_void};

    unsafe extern "C" {
        fn backtrace(into: *mut *mut c_void, room: c_int) -> c_int;
    }

    /// Both from one place in `deep`, without the frames of the two themselves.
    fn both() -> (Vec<usize>, Vec<usize>) {
        let mut stack = Stack::none();
        walk_without(&(0..0), MOST, true, &mut stack);
        let mut theirs = [core::ptr::null_mut(); MOST];
        // SAFETY: room for so many.
        let count = unsafe { backtrace(theirs.as_mut_ptr(), MOST as c_int) };
        let theirs = theirs[..count as usize].iter().map(|address| address.addr());
        (stack.addresses().to_vec(), theirs.collect())
    }

    #[inline(never)]
    fn deep(left: usize, buffer: &mut [u8]) -> (Vec<usize>, Vec<usize>) {
        let mut mine = [0_u8; 9000];
        mine[left] = buffer[0];
        let found = if left == 0 { both() } else { deep(left - 1, &mut mine) };
        buffer[0] = mine[left];
        found
    }

    #[test]
    fn it_finds_what_libc_finds_also_in_large_frames() {
        let (ours, theirs) = deep(5, &mut [0]);
        assert!(ours.len() > 8, "{ours:x?}");
        // The innermost are `walk_without` called from `both`, and `both` itself.
        assert_eq!(ours[1..], theirs[1..ours.len()], "\n{ours:x?}\n{theirs:x?}");
        let (depth, mut stack) = (5, Stack::none());
        walk_without(&(0..0), depth, true, &mut stack);
        assert_eq!(stack.addresses().len(), depth);
        assert!(
            stack
                .addresses()
                .iter()
                .zip(stack.places())
                .skip(1)
                .all(|(&address, &place)| still_has(address, place))
        );
    }
}
