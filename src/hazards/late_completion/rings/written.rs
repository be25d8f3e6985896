//! A child that reads and writes the memory of its parent's ring, and makes no call.
//!
//! Nothing is to be seen when it happens. But the processor marks in each process's own page tables what that process
//! has written to, and a fork gives the child shared mappings with the marks taken off (mm/memory.c), so a mark on a
//! ring's memory is the child's own. It is looked for when the child ends (exit(3), _exit(2)): `/proc/self/smaps`
//! shows it. There the kernel adds pages that it knows to be dirty otherwise, because another child has written to
//! them and ended, say. So the ring is mapped once more, by us, and where that is dirty too nobody can know: nothing
//! is said. A context of AIO cannot be mapped again; but no page of it comes with a fork (no copy is made of page
//! tables of files), so any that is there was touched.

use super::super::super::forkproof_internal::caught;
use super::{LINK, action, contexts, has_too, written_to};
use crate::ident::epoch::{self, Verdict};
use crate::registry::rings::{CONTEXTS, Ring, URINGS};
use crate::registry::sandbox;
use crate::settings::Action;
use crate::sys::{fd, memory, process, smaps};

/// What proc(5) calls the memory of a context.
const AIO: &[u8] = b"/[aio] (deleted)";
/// Rings that are looked at.
const MOST: usize = 16;

/// One of them.
#[derive(Clone, Copy)]
struct Look {
    ring: &'static Ring,
    /// A mapping of ours, for a ring of `io_uring`.
    twin: Option<usize>,
    is_written: bool,
    is_unclear: bool,
}

/// The process is about to end through `call`.
#[inline(always)]
pub fn ends(call: &'static str) {
    // A filter would count our calls as the program's, which may have none left to make but this one.
    if (URINGS.any_inherited() || CONTEXTS.any_inherited()) && sandbox::is_free() {
        copy_ends(call);
    }
}

#[cold]
#[inline(never)]
fn copy_ends(call: &'static str) {
    let Verdict::Owner(epoch) = epoch::settle() else { return };
    // What is kept out of children is not here to be written to.
    if !matches!(action(), Action::Off | Action::Poison) {
        let _said = caught(-1, || look(call, epoch));
    }
}

fn look(call: &'static str, epoch: u32) {
    let parent = process::parent();
    let open = |ring: &&Ring| ring.is_inherited() && !ring.is_decided(epoch);
    let has = |ring: &&Ring| fd::is_kind(ring.fd(), LINK) && has_too(parent, ring.fd(), ring.fd());
    let urings = URINGS.known().filter(open).filter(has).filter_map(|ring| {
        // The counters that every use moves lie in the first page.
        let twin = memory::view(ring.fd(), memory::PAGE).ok()?;
        Some(Look { ring, twin: Some(twin), is_written: false, is_unclear: false })
    });
    // What the maker had in flight is lost to nobody once that has ended.
    let contexts = CONTEXTS.known().filter(open).filter(|ring| process::exists(ring.maker()));
    let contexts = contexts.map(|ring| Look { ring, twin: None, is_written: false, is_unclear: false });
    let mut looks = [None; MOST];
    let room = looks.iter_mut();
    room.zip(urings.chain(contexts)).for_each(|(slot, look)| *slot = Some(look));
    let last = |look: &Look| look.ring.last_part().max(look.twin.unwrap_or(0));
    let Some(end) = looks.iter().flatten().map(last).max() else { return };
    let _nothing_to_be_seen = smaps::mappings(&[LINK, AIO], end, |mapping| {
        for look in looks.iter_mut().flatten().filter(|_| mapping.is_dirty && mapping.offset == 0) {
            look.is_unclear |= look.twin == Some(mapping.start);
            look.is_written |= look.ring.has_part_at(mapping.start);
        }
    });
    for Look { ring, twin, is_written, is_unclear } in looks.into_iter().flatten() {
        if let Some(twin) = twin {
            memory::end_view(twin, memory::PAGE);
        }
        if is_written && !is_unclear && ring.decide(epoch) {
            match twin {
                Some(_) => written_to(ring.fd(), call, parent),
                None => contexts::touched(ring, call),
            }
        }
    }
}
