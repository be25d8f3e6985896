//! The requests of a copy's own service: who waits in the queue, and who is being worked at.
//!
//! Plain words in fixed slots, each with the epoch of the process it is of: a copy finds an ancestor's slots free, in
//! whatever state the fork caught them. One thread at a time looks at them, for microseconds and with its signals
//! held, so that no handler comes back here; the word it holds is in the wiped page, and free in every copy.

use crate::ident::{epoch, page};
use crate::sys::futex;
use crate::sys::requests::{Block, Event, Kind};
use crate::sys::signals::{self, Mask};
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Requests at once, queued or worked at.
const MOST: usize = 2048;
/// Lists at once whose end is announced.
const GROUPS: usize = 128;
/// As many as libc's services have (`aio_init(3)`).
pub const SERVANTS: u32 = 20;

const QUEUED: u32 = 0;
const WORKED_AT: u32 = 1;

/// One request.
pub struct Slot {
    epoch: AtomicU32,
    state: AtomicU32,
    kind: AtomicU32,
    fd: AtomicI32,
    priority: AtomicI32,
    group: AtomicU32,
    block: AtomicUsize,
    ticket: AtomicU64,
}

/// A list of requests whose end is announced once.
pub struct Group {
    epoch: AtomicU32,
    left: AtomicU32,
    event: [AtomicUsize; 4],
}

#[allow(clippy::declare_interior_mutable_const)] // the initial values of statics, nothing else
const FREE: Slot = Slot {
    epoch: AtomicU32::new(0),
    state: AtomicU32::new(0),
    kind: AtomicU32::new(0),
    fd: AtomicI32::new(0),
    priority: AtomicI32::new(0),
    group: AtomicU32::new(0),
    block: AtomicUsize::new(0),
    ticket: AtomicU64::new(0),
};
#[allow(clippy::declare_interior_mutable_const)]
const NO_GROUP: Group =
    Group { epoch: AtomicU32::new(0), left: AtomicU32::new(0), event: [const { AtomicUsize::new(0) }; 4] };

static SLOTS: [Slot; MOST] = [FREE; MOST];
static LISTS: [Group; GROUPS] = [NO_GROUP; GROUPS];
/// One past the last slot that was ever used.
static USED: AtomicUsize = AtomicUsize::new(0);
static TICKETS: AtomicU64 = AtomicU64::new(0);
/// Changes with every request that ends: waits sleep on it.
static ENDINGS: AtomicU32 = AtomicU32::new(0);

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The block.
    pub block: Block,
    /// The descriptor of a transfer.
    pub fd: i32,
    /// The highest comes first.
    pub priority: i32,
    /// Of which list, as [`Desk::open_group`] answered.
    pub group: u32,
}

/// The right to look at the slots.
pub struct Desk {
    epoch: u32,
}

/// Does `work` while no other thread looks at the slots.
pub fn at_desk<R>(work: impl FnOnce(&Desk) -> R) -> R {
    const HELD: u32 = 1;
    const AWAITED: u32 = 2;
    let before = signals::blocked();
    signals::also_block(Mask(u64::MAX));
    let word = &page::get().service;
    if word.compare_exchange(0, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
        while word.swap(AWAITED, Ordering::Acquire) != 0 {
            futex::wait(word, AWAITED, 100);
        }
    }
    let answer = work(&Desk { epoch: epoch::now() });
    if word.swap(0, Ordering::Release) == AWAITED {
        futex::wake(word);
    }
    signals::restore(before);
    answer
}

/// The word that changes when a request ends.
#[must_use]
pub fn endings() -> &'static AtomicU32 {
    &ENDINGS
}

/// How many threads of ours work at requests of this kind.
fn servants(kind: Kind) -> &'static AtomicU32 {
    let [transfers, lookups] = &page::get().servants;
    match kind {
        Kind::Transfer => transfers,
        Kind::Lookup => lookups,
    }
}

impl Slot {
    /// The block of its request.
    pub fn block(&self) -> Block {
        let transfer = self.kind.load(Ordering::Relaxed) == Kind::Transfer as u32;
        let kind = if transfer { Kind::Transfer } else { Kind::Lookup };
        Block { kind, address: self.block.load(Ordering::Relaxed) }
    }

    /// Has nobody begun with it?
    pub fn is_queued(&self) -> bool {
        self.state.load(Ordering::Relaxed) == QUEUED
    }

    fn fd(&self) -> i32 {
        self.fd.load(Ordering::Relaxed)
    }
}

#[allow(clippy::unused_self)] // to be at the desk is the right to do it
impl Desk {
    fn taken(&self) -> impl Iterator<Item = &'static Slot> {
        let epoch = self.epoch;
        let used = SLOTS.get(..USED.load(Ordering::Relaxed)).unwrap_or(&SLOTS);
        used.iter().filter(move |slot| slot.epoch.load(Ordering::Relaxed) == epoch)
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &'static Slot> {
        self.taken().filter(move |slot| slot.block().kind == kind)
    }

    /// The slot of the request in `block`.
    pub fn find(&self, block: Block) -> Option<&'static Slot> {
        self.taken().find(|slot| slot.block() == block)
    }

    /// The transfers of a descriptor.
    pub fn of_fd(&self, fd: i32) -> impl Iterator<Item = &'static Slot> {
        self.of(Kind::Transfer).filter(move |slot| slot.fd() == fd)
    }

    /// Puts a request in the queue; `None` where there is no slot. `begin` marks the block before anybody sees it there.
    pub fn put(&self, asked: Asked, begin: impl FnOnce()) -> Option<u64> {
        let (place, slot) =
            SLOTS.iter().enumerate().find(|(_, slot)| slot.epoch.load(Ordering::Relaxed) != self.epoch)?;
        begin();
        let ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        slot.state.store(QUEUED, Ordering::Relaxed);
        slot.kind.store(asked.block.kind as u32, Ordering::Relaxed);
        slot.fd.store(asked.fd, Ordering::Relaxed);
        slot.priority.store(asked.priority, Ordering::Relaxed);
        slot.group.store(asked.group, Ordering::Relaxed);
        slot.block.store(asked.block.address, Ordering::Relaxed);
        slot.ticket.store(ticket, Ordering::Relaxed);
        slot.epoch.store(self.epoch, Ordering::Relaxed);
        USED.fetch_max(place + 1, Ordering::Relaxed);
        if let Some(group) = group(asked.group) {
            group.left.fetch_add(1, Ordering::Relaxed);
        }
        Some(ticket)
    }

    /// The next request of the kind to be worked at: of a descriptor that nobody works at, and of those the most urgent,
    /// then the oldest.
    fn next(&self, kind: Kind) -> Option<&'static Slot> {
        // Any number can be asked about: what is no descriptor ends as libc ends it, with EBADF.
        let mut busy = [None; SERVANTS as usize];
        let worked_at = self.of(kind).filter(|slot| !slot.is_queued());
        for (fd, slot) in busy.iter_mut().zip(worked_at) {
            *fd = Some(slot.fd());
        }
        let order = |slot: &&Slot| {
            (-i64::from(slot.priority.load(Ordering::Relaxed)), slot.ticket.load(Ordering::Relaxed))
        };
        self.of(kind)
            .filter(|slot| slot.is_queued() && (kind == Kind::Lookup || !busy.contains(&Some(slot.fd()))))
            .min_by_key(order)
    }

    /// One more thread works at requests of the kind, if there is work for it and it is not one too many.
    pub fn hires(&self, kind: Kind) -> bool {
        let servants = servants(kind);
        let wanted = servants.load(Ordering::Relaxed) < SERVANTS && self.next(kind).is_some();
        if wanted {
            servants.fetch_add(1, Ordering::Relaxed);
        }
        wanted
    }

    /// A thread does not come, or goes; answers how many are left.
    pub fn dismisses(&self, kind: Kind) -> u32 {
        servants(kind).fetch_sub(1, Ordering::Relaxed) - 1
    }

    /// The calling thread begins with the next request.
    pub fn takes(&self, kind: Kind) -> Option<&'static Slot> {
        let slot = self.next(kind)?;
        slot.state.store(WORKED_AT, Ordering::Relaxed);
        Some(slot)
    }

    /// Is the request with this ticket still in the queue?
    pub fn queued(&self, ticket: u64) -> Option<&'static Slot> {
        self.taken()
            .find(|slot| slot.ticket.load(Ordering::Relaxed) == ticket)
            .filter(|slot| slot.is_queued())
    }

    /// The request has ended, or was taken back, and its block says so. Answers what is to be announced of its list.
    #[must_use]
    pub fn ends(&self, slot: &Slot) -> Option<Event> {
        slot.epoch.store(0, Ordering::Relaxed);
        ENDINGS.fetch_add(1, Ordering::Release);
        self.leaves_group(slot.group.load(Ordering::Relaxed))
    }

    /// A list whose end is announced as `event` says, 0 where there is no room. It is held open by its maker.
    pub fn open_group(&self, event: &Event) -> u32 {
        let free =
            LISTS.iter().enumerate().find(|(_, list)| list.epoch.load(Ordering::Relaxed) != self.epoch);
        let Some((place, list)) = free else { return 0 };
        let how = (event.signal.cast_unsigned() as usize) << 32 | event.kind.cast_unsigned() as usize;
        for (word, value) in list.event.iter().zip([event.value, how, event.function, event.attributes]) {
            word.store(value, Ordering::Relaxed);
        }
        list.left.store(1, Ordering::Relaxed);
        list.epoch.store(self.epoch, Ordering::Relaxed);
        u32::try_from(place + 1).unwrap_or(0)
    }

    /// One of the list less; the last one has its end announced.
    #[must_use]
    pub fn leaves_group(&self, number: u32) -> Option<Event> {
        let list = group(number)?;
        if list.left.fetch_sub(1, Ordering::Relaxed) != 1 {
            return None;
        }
        let [value, how, function, attributes] =
            list.event.each_ref().map(|word| word.load(Ordering::Relaxed));
        list.epoch.store(0, Ordering::Relaxed);
        let half = |word: usize| u32::try_from(word & 0xffff_ffff).unwrap_or(0).cast_signed();
        Some(Event { value, signal: half(how >> 32), kind: half(how), function, attributes, ..Event::NONE })
    }
}

fn group(number: u32) -> Option<&'static Group> {
    LISTS.get((number as usize).checked_sub(1)?)
}
