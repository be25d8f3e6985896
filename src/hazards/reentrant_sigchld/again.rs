//! The kind of handler that is an ordinary call: seen when it waits for children in the midst of itself.
//!
//! Such a handler asks for children that have ended (waitpid(2), `WNOHANG`). If it asks at the same place in the code as
//! before, deeper in the stack, after another delivery, and the frames between the earlier call and the code that a
//! signal interrupted then still stand there, the earlier run is not over: it was entered again. The words of the stack at the
//! earlier call are kept for that.
//!
//! Only the main thread is looked at: interpreters run such handlers there.

use super::{Place, say, watches};
use crate::ident::{epoch, page};
use crate::sys::{memory, process};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Words of the stack that are kept; a signal's call through an interpreter takes half of them.
const WORDS: usize = 512;
const WORD: usize = size_of::<usize>();

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
    if is_noted && here < before && COUNT.load(Ordering::Relaxed) != count && is_within(site, &stack) {
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

/// Is the run that asked before still going on? Its frames lie between the stack that the signal interrupted and the
/// call that asked; all of them stand but the innermost, which have returned.
fn is_within(site: usize, stack: &[usize]) -> bool {
    const LEAST: usize = 2;
    /// Our own frames are smaller.
    const OWN: usize = 64;
    let before = KEPT_AT.load(Ordering::Relaxed);
    let mut now = [0_usize; WORDS];
    if copy(before, &mut now).is_none() {
        return false;
    }
    let above = INTERRUPTED_THEN.load(Ordering::Relaxed).saturating_sub(before) / WORD;
    let kept = |place: usize| KEPT.get(place).map(|word| word.load(Ordering::Relaxed));
    // Return addresses that are the same on both ways, from the code that asks outwards.
    let is_shared = |place: &usize| kept(*place).is_some() && kept(*place) == stack.get(*place).copied();
    let Some(start) = (0..OWN.min(above)).rfind(|place| is_shared(place) && kept(*place) == Some(site))
    else {
        return false;
    };
    let frames = (start + 1..WORDS.min(above)).filter(is_shared);
    let frames = frames.filter(|&place| kept(place).is_some_and(is_return));
    let stands = |place: &usize| now.get(*place).copied() == kept(*place);
    let returned = frames.clone().take_while(|place| !stands(place)).count();
    let standing = frames.clone().skip(returned).count();
    standing >= LEAST && returned <= standing && frames.skip(returned).all(|place| stands(&place))
}

/// Is it the address behind a call?
#[cfg(target_arch = "x86_64")]
fn is_return(address: usize) -> bool {
    let mut code = [0_u8; 7];
    if address < 0x1_0000 || memory::copy(address.wrapping_sub(7), &mut code).is_none() {
        return false;
    }
    // call rel32; call r/m64 in its lengths.
    let indirect = |opcode: u8, mode: u8| opcode == 0xff && mode & 0x38 == 0x10;
    let [a, b, c, _, d, e, f] = code;
    c == 0xe8 || indirect(e, f) || indirect(d, e) || indirect(b, c) || indirect(a, b)
}

/// Is it the address behind a call?
#[cfg(target_arch = "aarch64")]
fn is_return(address: usize) -> bool {
    let mut code = [0_u8; 4];
    if address < 0x1_0000 || memory::copy(address.wrapping_sub(4), &mut code).is_none() {
        return false;
    }
    let code = u32::from_le_bytes(code);
    code & 0xfc00_0000 == 0x9400_0000 || code & 0xffff_fc1f == 0xd63f_0000
}

/// As much of the stack as there is, up to an eighth.
fn copy(from: usize, into: &mut [usize; WORDS]) -> Option<()> {
    (0..4).find_map(|halved| memory::words(from, into.get_mut(..WORDS >> halved)?))
}
