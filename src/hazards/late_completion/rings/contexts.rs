//! A Linux AIO context (`io_setup(2)`) in a child of the process that made it.
//!
//! A context belongs to the memory it was made in: in a child the kernel answers EINVAL to every call on it, and what
//! the parent had in flight ends in the parent alone. But its ring is mapped shared, at the address that is the
//! context's name, and libraries read events from it without a call: what a child takes there the parent never sees.
//! So a call that the kernel has refused is said, once a context and process; whether or not the parent lives, it can
//! never work. `io_destroy` is not: it is what a child does that wants none of it.

use super::super::super::forkproof_internal::{self, Trouble};
use super::{action, at_the_end, kept_out, say};
use crate::ident::epoch::{self, Verdict};
use crate::registry::rings::{CONTEXTS, Ring};
use crate::registry::{sandbox, table};
use crate::settings::Action;
use crate::sys::memory;
use crate::wire::Outcome;

/// `context` is a new one of this process.
pub fn made(context: usize) {
    if table::capacity() == 0 || action() == Action::Off {
        return;
    }
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    sandbox::look();
    let Some(ring) = CONTEXTS.made(context, epoch) else {
        return forkproof_internal::met(Trouble::TooManyRings, -1, None);
    };
    let Some(length) = length(context) else { return };
    ring.lies_at(context, length);
    if action() == Action::Poison {
        kept_out::keep(context, length);
    }
}

/// How long the ring is: a header of 32 bytes, whose second word counts the events, 32 bytes each (fs/aio.c).
fn length(context: usize) -> Option<usize> {
    let mut header = [0_u8; 8];
    memory::copy(context, &mut header)?;
    let [_, _, _, _, events @ ..] = header;
    (u32::from_ne_bytes(events) as usize).checked_mul(32)?.checked_add(32)
}

/// The program gives `context` up. An address is given anew, so the record goes first.
pub fn destroying(context: usize) {
    if let Some(ring) = CONTEXTS.find(context).filter(|_| CONTEXTS.any())
        && !epoch::is_visitor()
    {
        ring.forget();
    }
}

/// The kernel has answered EINVAL to `call` on `context`.
#[inline]
pub fn was_invalid(context: usize, call: &'static str) {
    if CONTEXTS.any_inherited() {
        met(context, call);
    }
}

#[cold]
#[inline(never)]
fn met(context: usize, call: &'static str) {
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    let inherited = |ring: &&Ring| ring.is_inherited() && ring.decide(epoch);
    let Some(ring) = CONTEXTS.find(context).filter(inherited) else { return };
    let (outcome, end) = match action() {
        Action::Off => return,
        Action::Poison => (Outcome::Poisoned, "; its ring is kept out of children"),
        Action::Die => (Outcome::Died, "; the process ends here"),
        Action::Report | Action::Repair => (
            Outcome::Reported,
            ", and events that are read from its ring here are lost to the process that made it",
        ),
    };
    let maker = ring.maker();
    say(
        call,
        outcome,
        -1,
        maker,
        format_args!(
            "{call} on AIO context {context:#x}, made before the fork by process {maker}: the kernel answered EINVAL{end}"
        ),
    );
}

/// A process that is about to end has touched the ring of a context that is not its own.
pub(super) fn touched(ring: &Ring, call: &'static str) {
    let (context, maker) = (ring.name(), ring.maker());
    let text = format_args!(
        "{call} of a process that has read events of AIO context {context:#x}, made before the fork by process {maker}: left alone; events that are read here are lost to the process that made it"
    );
    say(call, at_the_end(), -1, maker, text);
}
