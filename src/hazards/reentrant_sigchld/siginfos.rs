//! What came with a signal that reaches the program later or on another thread (`deferral`).

use super::bit;
use crate::sys::process;
use crate::sys::signals;
use core::ffi::c_int;
use core::sync::atomic::{AtomicU64, Ordering};
use libc::siginfo_t;

const INFO: usize = size_of::<siginfo_t>() / size_of::<u64>();
type Infos = [[AtomicU64; INFO]; 64];

/// What arrived while something was made: which, and each one's siginfo. The main thread's alone.
static KEPT: AtomicU64 = AtomicU64::new(0);
static KEPT_INFO: Infos = [const { [const { AtomicU64::new(0) }; INFO] }; 64];
/// What other threads sent on.
static LEFT_BESIDE: Infos = [const { [const { AtomicU64::new(0) }; INFO] }; 64];

#[cold]
pub(super) fn keep(signal: i32, info: *const siginfo_t) {
    for (offset, slot) in slots(&KEPT_INFO, signal).into_iter().flatten().enumerate() {
        // SAFETY: a whole siginfo, the kernel's.
        #[allow(unsafe_code)]
        slot.store(unsafe { info.cast::<u64>().add(offset).read() }, Ordering::Relaxed);
    }
    KEPT.fetch_or(bit(signal), Ordering::Relaxed);
}

/// Sends this thread what was kept, once.
pub(super) fn send_kept() {
    let kept = KEPT.swap(0, Ordering::Relaxed);
    for (signal, info) in (1..=64).zip(&KEPT_INFO).filter(|(signal, _)| kept & bit(*signal) != 0) {
        signals::queue(signal, &info.each_ref().map(|word| word.load(Ordering::Relaxed)));
    }
}

/// Sends it on to the main thread. The kernel lets nobody send another thread what only the kernel says (`si_code` of 0
/// and up, `rt_tgsigqueueinfo(2)`): so that is left beside, and put in its place there.
pub(super) fn forward(signal: i32, info: *mut siginfo_t, code: c_int) -> bool {
    let mut words = [0_u64; INFO];
    // SAFETY: a whole siginfo, the kernel's.
    #[allow(unsafe_code)]
    let whole = unsafe { core::slice::from_raw_parts(info.cast::<u64>(), INFO) };
    if code < 0 {
        words.copy_from_slice(whole);
        return signals::queue_to(process::pid(), signal, &words);
    }
    // Two threads at once: for a signal that does not queue one of the two counts.
    if let Some(slots) = slots(&LEFT_BESIDE, signal) {
        for (slot, &word) in slots.iter().zip(whole) {
            slot.store(word, Ordering::Relaxed);
        }
    }
    let pid = process::pid();
    let [first, second, third, fourth, ..] = &mut words;
    *first = u64::from(signal.cast_unsigned());
    *second = u64::from(libc::SI_QUEUE.cast_unsigned());
    *third = u64::from(pid);
    *fourth = mark();
    signals::queue_to(pid, signal, &words)
}

/// What tells our own message from others.
fn mark() -> u64 {
    (&raw const LEFT_BESIDE).addr() as u64
}

/// Puts what another thread was told in the place of its message.
pub(super) fn unpack(signal: i32, info: *mut siginfo_t) {
    // SAFETY: a whole siginfo, the kernel's; the handler's to change.
    #[allow(unsafe_code)]
    let words = unsafe { core::slice::from_raw_parts_mut(info.cast::<u64>(), INFO) };
    if let [_, _, _, value, ..] = words
        && *value == mark()
        && let Some(slots) = slots(&LEFT_BESIDE, signal)
    {
        for (word, slot) in words.iter_mut().zip(slots) {
            *word = slot.load(Ordering::Relaxed);
        }
    }
}

fn slots(infos: &'static Infos, signal: i32) -> Option<&'static [AtomicU64; INFO]> {
    infos.get(usize::try_from(signal - 1).ok()?)
}
