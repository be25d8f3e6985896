//! The kind of handler that is an ordinary call: seen when it waits for children in the midst of itself.
//!
//! Such a handler asks for children that have ended (waitpid(2), `WNOHANG`). It was entered again if it asks at the same place
//! in the code as before, deeper in the stack, after another delivery, and the way to the earlier question still
//! stands on the stack: the same return addresses at the same places, in frames that the unwinder finds there now, above
//! the way to the question of now. What counts of the earlier way is what lies below the code that a signal had
//! interrupted then. A program that only goes deeper between two runs has overwritten it, or the words lie in no frame.
//!
//! Only the main thread is looked at: interpreters run such handlers there. Where frames cannot be told (before glibc
//! 2.35, and where return addresses do not lie right below a frame, as on aarch64) nothing is seen.

use super::{Place, say, watches};
use crate::ident::{epoch, page};
use crate::sys::{memory, process, unwind};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Words of the stack that are kept; a signal's call through an interpreter takes half of them.
const WORDS: usize = 512;
const WORD: usize = size_of::<usize>();
/// Frames between the question and the code that a signal interrupted, twice.
const FRAMES: usize = 128;

/// The stack at the last call that asked, from the call's frame upwards.
static KEPT: [AtomicUsize; WORDS] = [const { AtomicUsize::new(0) }; WORDS];
static KEPT_AT: AtomicUsize = AtomicUsize::new(0);
static SITE: AtomicUsize = AtomicUsize::new(0);
/// Deliveries until then.
static COUNT: AtomicU32 = AtomicU32::new(0);
/// The stack that the last delivery interrupted, and the same as of that call.
static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);
static INTERRUPTED_THEN: AtomicUsize = AtomicUsize::new(0);

/// A delivery to this thread interrupted the program there.
#[inline(always)]
pub fn interrupted(stack: usize) {
    INTERRUPTED.store(stack, Ordering::Relaxed);
}

/// The program asks, at `site`, for children that have ended.
#[inline]
pub fn looks(call: &'static str, site: usize) {
    if page::get().deliveries.load(Ordering::Relaxed) != 0 && watches(libc::SIGCHLD) && !super::in_handler() {
        look(call, site);
    }
}

#[cold]
#[inline(never)]
fn look(call: &'static str, site: usize) {
    let mut stack = [0_usize; WORDS];
    let here = (&raw const stack).addr() + size_of_val(&stack);
    if process::pid() != process::thread() || epoch::is_visitor() || copy(here, &mut stack).is_none() {
        return;
    }
    let page = page::get();
    let count = page.deliveries.load(Ordering::Relaxed);
    let before = KEPT_AT.load(Ordering::Relaxed);
    let is_noted = page.noted.load(Ordering::Relaxed) != 0 && SITE.load(Ordering::Relaxed) == site;
    if is_noted && here < before && COUNT.load(Ordering::Relaxed) != count && is_within(here, &stack) {
        return say(
            libc::SIGCHLD,
            call,
            format_args!(
                "{call} at {} is called from within a run of the code that called it before, after another SIGCHLD: \
                 a handler that runs as an ordinary call was entered again",
                Place(site)
            ),
        );
    }
    for (slot, word) in KEPT.iter().zip(stack) {
        slot.store(word, Ordering::Relaxed);
    }
    let interrupted = INTERRUPTED.load(Ordering::Relaxed);
    // A delivery deeper than the last, and the question at the same depth: the same run may be asking again.
    if !is_noted || here != before || interrupted >= INTERRUPTED_THEN.load(Ordering::Relaxed) {
        COUNT.store(count, Ordering::Relaxed);
        INTERRUPTED_THEN.store(interrupted, Ordering::Relaxed);
    }
    KEPT_AT.store(here, Ordering::Relaxed);
    SITE.store(site, Ordering::Relaxed);
    page.noted.store(1, Ordering::Relaxed);
}

/// Is the run that asked before still going on? Then the way from the code that the signal interrupted to the question
/// stands on the stack twice.
fn is_within(here: usize, stack: &[usize]) -> bool {
    const LEAST: usize = 2;
    let before = KEPT_AT.load(Ordering::Relaxed);
    let interrupted = INTERRUPTED_THEN.load(Ordering::Relaxed);
    let mut now = [0_usize; WORDS];
    let mut frames = [0; FRAMES];
    if copy(before, &mut now).is_none() {
        return false;
    }
    let count = unwind::frames(&mut frames, interrupted);
    let frames = frames.get(..count).unwrap_or(&[]);
    let is_frame = |place: usize| frames.binary_search(&(place + WORD)).is_ok();
    let ways = stack.iter().zip(&now).zip(&KEPT).enumerate();
    let twice = ways.filter(|&(place, ((below, above), then))| {
        let offset = place * WORD;
        below == above
            && *below == then.load(Ordering::Relaxed)
            && before + offset < interrupted
            && is_frame(here + offset)
            && is_frame(before + offset)
    });
    twice.take(LEAST).count() == LEAST
}

/// As much of the stack as there is, up to an eighth.
fn copy(from: usize, into: &mut [usize; WORDS]) -> Option<()> {
    (0..4).find_map(|halved| memory::words(from, into.get_mut(..WORDS >> halved)?))
}
