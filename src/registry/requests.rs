//! Requests of POSIX AIO and `getaddrinfo_a` that are in flight, as far as we know: which block, and on which descriptor.
//!
//! A record may outlive its request, and its block's memory: nobody says when a request has ended. So a block is looked
//! at through the kernel, and a record whose block does not say that it is under way is nothing. A record of another
//! epoch is an ancestor's request, and nothing here.

use super::marks;
use crate::sys::requests::{Block, Kind};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

const MOST: usize = 1024;
/// How far from home a record may lie.
const REACH: usize = 64;
/// Stands for the descriptor of a lookup.
const LOOKUP: u32 = u32::MAX;

struct Record {
    block: AtomicUsize,
    fd: AtomicU32,
    epoch: AtomicU32,
}

#[allow(clippy::declare_interior_mutable_const)] // the initial value of statics, nothing else
const NONE: Record = Record { block: AtomicUsize::new(0), fd: AtomicU32::new(0), epoch: AtomicU32::new(0) };

static RECORDS: [Record; MOST] = [NONE; MOST];
/// One past the highest descriptor a record was made of.
static END: AtomicU32 = AtomicU32::new(0);

/// The epoch of the last record.
static LAST: AtomicU32 = AtomicU32::new(0);

fn neighbourhood(block: usize) -> impl Iterator<Item = &'static Record> {
    // Blocks are 168 bytes, often side by side: what is left of their addresses are different places.
    let home = (block >> 3).wrapping_mul(0x9e37_79b9) >> 7;
    (0..REACH).filter_map(move |step| RECORDS.get(home.wrapping_add(step) % MOST))
}

impl Record {
    fn is_of(&self, epoch: u32) -> bool {
        self.epoch.load(Ordering::Acquire) == epoch && self.block.load(Ordering::Acquire) != 0
    }

    fn is_under_way(&self) -> bool {
        let address = self.block.load(Ordering::Acquire);
        let kind = if self.is_lookup() { Kind::Lookup } else { Kind::Transfer };
        address != 0 && Block { kind, address }.seems_under_way()
    }

    fn is_lookup(&self) -> bool {
        self.fd.load(Ordering::Relaxed) == LOOKUP
    }
}

/// The request in `block` is in flight, a transfer's on `fd`; `false` if there is no room to remember it.
#[must_use]
pub fn begun(Block { kind, address: block }: Block, fd: i32, epoch: u32) -> bool {
    if kind == Kind::Transfer && fd < 0 {
        // Ends at once, with EBADF, and no close waits for it.
        return true;
    }
    let number = if kind == Kind::Lookup { LOOKUP } else { fd.cast_unsigned() };
    let same = neighbourhood(block).find(|record| record.block.load(Ordering::Acquire) == block);
    let record = same.or_else(|| {
        neighbourhood(block).find(|record| {
            let old = record.block.load(Ordering::Acquire);
            (old == 0 || !record.is_of(epoch) || !record.is_under_way())
                && record.block.compare_exchange(old, block, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })
    });
    let Some(record) = record else { return false };
    record.fd.store(number, Ordering::Relaxed);
    record.epoch.store(epoch, Ordering::Release);
    LAST.store(epoch, Ordering::Relaxed);
    if kind == Kind::Transfer {
        END.fetch_max(number.saturating_add(1), Ordering::Relaxed);
        marks::add(fd, marks::IN_FLIGHT);
    }
    true
}

/// The program takes `block` back.
pub fn taken_back(block: usize) {
    for record in neighbourhood(block) {
        let _another_by_now = record.block.compare_exchange(block, 0, Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Is anything under way on `fd` in the process of this epoch? `true` and the block's address if so.
#[must_use]
pub fn under_way(fd: i32, epoch: u32) -> Option<usize> {
    let number = u32::try_from(fd).ok()?;
    let of_fd = |record: &&Record| record.is_of(epoch) && record.fd.load(Ordering::Relaxed) == number;
    let record = RECORDS.iter().filter(of_fd).find(|record| record.is_under_way())?;
    Some(record.block.load(Ordering::Acquire))
}

/// Was a lookup under way in the process that this one is a copy of? A copy's memory is as it was at the fork.
#[must_use]
pub fn any_lookup_left(epoch: u32) -> bool {
    LAST.load(Ordering::Relaxed) != 0
        && RECORDS.iter().any(|record| record.is_lookup() && !record.is_of(epoch) && record.is_under_way())
}

/// The epoch of the last process that had a request in flight; 0 for none.
#[must_use]
pub fn epoch() -> u32 {
    LAST.load(Ordering::Relaxed)
}

/// One past the highest descriptor that had a request.
#[must_use]
pub fn end() -> u32 {
    END.load(Ordering::Relaxed)
}
