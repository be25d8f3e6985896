//! Registrations that threads of this process have just removed, by `EPOLL_CTL_DEL` or by a close.
//!
//! A wait reads the count of them before its call and after it, and looks here only if that has changed: so only at what
//! was removed while it waited. An entry is written after the removal, by the thread that made it, into a ring; the
//! oldest are overwritten. Nothing is written in a process that never made a thread.

use super::tag::Tag;
use crate::ident::{kin, page};
use core::sync::atomic::{AtomicU64, Ordering};

/// As many as are remembered: 10 KiB.
const KEPT: usize = 256;

/// How many there were. The waits in assembly read it.
pub static COUNT: AtomicU64 = AtomicU64::new(0);

struct Slot {
    /// Which entry it is, plus one; 0 while it is being written.
    turn: AtomicU64,
    /// Which entry it repeats.
    first: AtomicU64,
    /// Tag and number.
    what: AtomicU64,
    data: AtomicU64,
    /// The thread, and whether it was by a close.
    by: AtomicU64,
}

#[allow(clippy::declare_interior_mutable_const)] // the initial value of a static, nothing else
const UNUSED: Slot = Slot {
    turn: AtomicU64::new(0),
    first: AtomicU64::new(0),
    what: AtomicU64::new(0),
    data: AtomicU64::new(0),
    by: AtomicU64::new(0),
};

static RING: [Slot; KEPT] = [UNUSED; KEPT];

/// A registration that is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removal {
    /// The poller that watched.
    pub tag: Tag,
    /// The number it watched.
    pub fd: i32,
    /// The program's data.
    pub data: u64,
    /// The thread that removed it.
    pub thread: u32,
    /// By a close of the number, and not by `epoll_ctl`.
    pub closed: bool,
}

/// How many there were until now.
#[inline(always)]
#[must_use]
pub fn count() -> u64 {
    COUNT.load(Ordering::Acquire)
}

/// Can another thread be waiting?
#[inline(always)]
#[must_use]
pub fn matter() -> bool {
    page::get().threaded.load(Ordering::Relaxed) != 0
}

/// The calling thread has removed this, or is about to. Removals are frequent in servers: 20 instructions.
#[inline(always)]
pub fn add(removal: Removal) {
    if matter() {
        let place = COUNT.fetch_add(1, Ordering::AcqRel);
        write(place, place, removal);
    }
}

/// What the calling thread has added since there were `before`, said once more: a close is recorded before it is made, and
/// a wait that began between would not look at it.
pub fn again(before: u64) {
    if count() == before {
        return;
    }
    let me = kin::id();
    for place in since(before) {
        if let Some((first, removal)) = read(place)
            && removal.thread == me
            && first == place
        {
            write(COUNT.fetch_add(1, Ordering::AcqRel), first, removal);
        }
    }
}

/// Those that came after the first `before`, each once; the oldest of too many are forgotten.
pub fn after(before: u64) -> impl Iterator<Item = Removal> {
    since(before).filter_map(move |place| {
        let (first, removal) = read(place)?;
        (first == place || first < before).then_some(removal)
    })
}

fn since(before: u64) -> core::ops::Range<u64> {
    let count = count();
    before.max(count.saturating_sub(KEPT as u64))..count
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation)] // a remainder
fn slot(place: u64) -> &'static Slot {
    RING.get(place as usize % KEPT).unwrap_or(&RING[0])
}

#[inline(always)]
fn write(place: u64, first: u64, removal: Removal) {
    let slot = slot(place);
    // Whoever sees one of the words below sees this as well: each is released after it.
    slot.turn.store(0, Ordering::Relaxed);
    slot.first.store(first, Ordering::Release);
    let what = u64::from(removal.tag.low()) << 32 | u64::from(removal.fd.cast_unsigned());
    slot.what.store(what, Ordering::Release);
    slot.data.store(removal.data, Ordering::Release);
    slot.by.store(u64::from(removal.thread) << 1 | u64::from(removal.closed), Ordering::Release);
    slot.turn.store(place + 1, Ordering::Release);
}

/// `None`: overwritten, or still being written, and so removed by a call that has not returned.
#[allow(clippy::cast_possible_truncation)] // the halves of a word
fn read(place: u64) -> Option<(u64, Removal)> {
    let slot = slot(place);
    let whole = || slot.turn.load(Ordering::Acquire) == place + 1;
    if !whole() {
        return None;
    }
    let first = slot.first.load(Ordering::Acquire);
    let what = slot.what.load(Ordering::Acquire);
    let data = slot.data.load(Ordering::Acquire);
    let by = slot.by.load(Ordering::Acquire);
    let removal = Removal {
        tag: Tag::from_low((what >> 32) as u32),
        fd: (what as u32).cast_signed(),
        data,
        thread: (by >> 1) as u32,
        closed: by & 1 != 0,
    };
    whole().then_some((first, removal))
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test, since the ring is one for the process.
    #[test]
    fn the_youngest_are_kept_and_a_repeated_one_is_seen_once_by_whoever_began_before() {
        let removal = |data| Removal { tag: Tag::new(1, 1), fd: 5, data, thread: kin::id(), closed: true };
        let add = |data| {
            let place = COUNT.fetch_add(1, Ordering::AcqRel);
            write(place, place, removal(data));
        };
        let start = count();
        assert_eq!(after(start).count(), 0);
        add(1);
        let between = count();
        again(start);
        assert_eq!(after(start).collect::<Vec<_>>(), [removal(1)]);
        assert_eq!(after(between).collect::<Vec<_>>(), [removal(1)]);
        for data in 2..1000 {
            add(data);
        }
        let kept: Vec<_> = after(start).map(|removal| removal.data).collect();
        assert_eq!(kept, (1000 - KEPT as u64..1000).collect::<Vec<_>>());
    }
}
