//! What a thread sleeps on, read from the registers that a signal handler is given.
//!
//! A system call that a handler with `SA_RESTART` interrupted is begun again when the handler returns: the
//! program counter then stands at the instruction that makes the call, with all its arguments in place.
//!
//! # Safety
//! The kernel hands every handler a valid ucontext, and the program counter is an address of code.
#![allow(unsafe_code)]

use super::next::Next;
use core::ffi::c_void;
use core::sync::atomic::AtomicU32;

/// A thread waits, without a limit, until a word is no longer what it is.
pub struct Wait<'a> {
    /// The word.
    pub word: &'a AtomicU32,
    /// Its value when the wait began.
    pub value: u32,
    /// The plain form, in which libc's own locks wait; not the one with a mask (futex(2)).
    pub is_plain: bool,
    /// It stands where libc waits for its own locks, and not for a program's mutex.
    pub is_libcs: bool,
}

/// Where libc waits for its own locks (`nptl/lowlevellock.c`); exported for the loader.
static WAIT_PRIVATE: Next<unsafe extern "C" fn()> = Next::new("__lll_lock_wait_private\0");
/// No longer than that function is: the one that waits for mutexes follows it.
const WAIT_LENGTH: usize = 0x40;

/// Looks that function up. Called once, by the constructor.
pub fn open() {
    let _address = WAIT_PRIVATE.bind();
}

/// The wait that a signal interrupted, if it was one: a private futex wait without a time limit.
#[must_use]
pub fn in_wait<'a>(context: *const c_void) -> Option<Wait<'a>> {
    let (counter, [number, address, operation, value, timeout]) = arguments(context)?;
    let libcs = WAIT_PRIVATE.get().map_or(0, |function| function as usize);
    let operation = i32::try_from(operation).ok()? & !libc::FUTEX_CLOCK_REALTIME;
    let is_plain = operation == libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    let is_masked = operation == libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG;
    if number != libc::SYS_futex as u64
        || timeout != 0
        || !(is_plain || is_masked)
        || address & 3 != 0
        || address == 0
    {
        return None;
    }
    // SAFETY: the kernel has just looked at the word to begin the wait; the thread that waits is this one.
    let word = unsafe { &*core::ptr::with_exposed_provenance(usize::try_from(address).ok()?) };
    Some(Wait {
        word,
        value: u32::try_from(value & u64::from(u32::MAX)).unwrap_or(0),
        is_plain,
        is_libcs: libcs != 0 && counter.wrapping_sub(libcs) < WAIT_LENGTH,
    })
}

/// The program counter; and call number, first, second, third and fourth argument, if it stands at a system call.
#[cfg(target_arch = "x86_64")]
fn arguments(context: *const c_void) -> Option<(usize, [u64; 5])> {
    const SYSCALL: [u8; 2] = [0x0f, 0x05];
    // SAFETY: the third argument of a handler with SA_SIGINFO (sigaction(2)).
    let context = unsafe { &*context.cast::<libc::ucontext_t>() };
    let register = |name: i32| {
        let place = usize::try_from(name).unwrap_or(0);
        context.uc_mcontext.gregs.get(place).map_or(0, |value| value.cast_unsigned())
    };
    let counter =
        core::ptr::with_exposed_provenance::<[u8; 2]>(usize::try_from(register(libc::REG_RIP)).ok()?);
    // SAFETY: the thread executed here, and an instruction at the very end of its code could not be left.
    if unsafe { counter.read_unaligned() } != SYSCALL {
        return None;
    }
    let [a, b, c, d] = [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX, libc::REG_R10].map(register);
    Some((counter.addr(), [register(libc::REG_RAX), a, b, c, d]))
}

/// The program counter; and call number, first, second, third and fourth argument, if it stands at a system call.
#[cfg(target_arch = "aarch64")]
fn arguments(context: *const c_void) -> Option<(usize, [u64; 5])> {
    const SVC_0: u32 = 0xd400_0001;
    // SAFETY: the third argument of a handler with SA_SIGINFO (sigaction(2)).
    let machine = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
    let counter = core::ptr::with_exposed_provenance::<u32>(usize::try_from(machine.pc).ok()?);
    // SAFETY: the thread executed here.
    if unsafe { counter.read() } != SVC_0 {
        return None;
    }
    let [a, b, c, d, .., number] = machine.regs.first_chunk::<9>()?;
    Some((counter.addr(), [*number, *a, *b, *c, *d]))
}
