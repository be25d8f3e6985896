//! Epoll instances: one record for each, whatever numbers name it.

use super::fds::{self, Entry};
use super::tag::{GENERATIONS, SLOTS, Tag};
use super::{marks, table};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// One instance. Statics of zeroes: a slot that is never used costs no page.
#[repr(align(64))]
pub struct Poller {
    /// Generation and whether it lives.
    life: AtomicU32,
    /// How many numbers name it here.
    numbers: AtomicU32,
    /// The process that made it.
    maker: AtomicU32,
    /// Return address of the `epoll_create` that made it, 0 if unknown.
    site: AtomicUsize,
    /// The number of the stack there, 0 for none.
    stack: AtomicU32,
    /// The epoch in which calls on it are refused, 0 for none.
    pub poisoned: AtomicU32,
    /// The epoch that goes on with an instance another process has too, 0 for none.
    pub shared: AtomicU32,
    /// The records are incomplete: take the kernel's list instead.
    pub tangled: AtomicU32,
    /// It has one-shots: its deliveries are noted.
    pub watched: AtomicU32,
    /// A delivery could not be told from its data: ask the kernel which one-shots have fired.
    pub unclear: AtomicU32,
    /// The epoch in which it was said that a batch of its went stale, 0 for none.
    pub gone_stale: AtomicU32,
    /// Waits on it that were looked at: `hazards::lost_wait`.
    pub looks: AtomicU32,
}

static POLLERS: [Poller; SLOTS] = [const {
    Poller {
        life: AtomicU32::new(0),
        numbers: AtomicU32::new(0),
        maker: AtomicU32::new(0),
        site: AtomicUsize::new(0),
        stack: AtomicU32::new(0),
        poisoned: AtomicU32::new(0),
        shared: AtomicU32::new(0),
        tangled: AtomicU32::new(0),
        watched: AtomicU32::new(0),
        unclear: AtomicU32::new(0),
        gone_stale: AtomicU32::new(0),
        looks: AtomicU32::new(0),
    }
}; SLOTS];
/// Where the search for a free slot starts.
static NEXT: AtomicU32 = AtomicU32::new(1);
/// Instances that live, in this process's view.
static LIVING: AtomicU32 = AtomicU32::new(0);

const LIVES: u32 = 1;

/// The record of a living instance.
#[inline]
#[must_use]
pub fn get(tag: Tag) -> Option<&'static Poller> {
    let poller = POLLERS.get(tag.slot())?;
    let lives = poller.life.load(Ordering::Acquire) == tag.generation() << 1 | LIVES;
    (lives && tag != Tag::NONE).then_some(poller)
}

/// Is any instance known? One load: what poll and select ask first.
#[inline]
#[must_use]
pub fn any() -> bool {
    LIVING.load(Ordering::Relaxed) != 0
}

/// `number` names a new instance, made by process `maker` for the caller at `site`, with the stack of that
/// number. Answers whether there was a slot for it.
#[must_use]
pub fn opened(number: i32, epoch: u32, maker: u32, site: usize, stack: u16) -> bool {
    let Some((tag, poller)) = take_slot() else { return false };
    poller.numbers.store(1, Ordering::Relaxed);
    poller.maker.store(maker, Ordering::Relaxed);
    poller.site.store(site, Ordering::Relaxed);
    poller.stack.store(u32::from(stack), Ordering::Relaxed);
    let words = [&poller.poisoned, &poller.shared, &poller.tangled, &poller.watched, &poller.unclear];
    for word in words.into_iter().chain([&poller.gone_stale, &poller.looks]) {
        word.store(0, Ordering::Relaxed);
    }
    LIVING.fetch_add(1, Ordering::Relaxed);
    fds::set(number, Entry::poller(epoch, tag));
    true
}

fn take_slot() -> Option<(Tag, &'static Poller)> {
    let start = NEXT.fetch_add(1, Ordering::Relaxed) as usize;
    // Slot 0 stays empty: tag 0 means no poller.
    let slots = (0..SLOTS).map(|step| (start + step) % SLOTS).filter(|&slot| slot != 0);
    for slot in slots {
        let poller = POLLERS.get(slot)?;
        let life = poller.life.load(Ordering::Relaxed);
        let generation = ((life >> 1) + 1) % GENERATIONS;
        if life & LIVES != 0 {
            continue;
        }
        let taken = generation << 1 | LIVES;
        if poller.life.compare_exchange(life, taken, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            if generation == 0 {
                table::sweep(|low| Tag::from_low(low).slot() == slot);
            }
            return Some((Tag::new(slot, generation), poller));
        }
    }
    None
}

/// `number` now names the instance that `from` names, or the descriptor with a state.
pub fn duplicated(from: Entry, number: i32) {
    if from.has(fds::STATEFUL) {
        return fds::set(number, from);
    }
    if let Some(poller) = get(from.tag()) {
        poller.numbers.fetch_add(1, Ordering::Relaxed);
        fds::set(number, from);
    }
}

/// `number` no longer names anything; the record goes with the last of its numbers.
pub fn closed(number: i32, entry: Entry) {
    fds::forget(number);
    marks::clear(number);
    if let Some(poller) = get(entry.tag())
        && poller.numbers.fetch_sub(1, Ordering::AcqRel) == 1
    {
        poller.life.store(entry.tag().generation() << 1, Ordering::Release);
        LIVING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Every number that names `tag`. One that the program touched is usually the only one.
pub fn numbers_of(tag: Tag, touched: i32) -> impl Iterator<Item = i32> {
    let alone = get(tag).is_none_or(|poller| poller.numbers.load(Ordering::Relaxed) <= 1);
    let others = fds::numbers().filter(move |&number| !alone && number != touched);
    let same = move |&number: &i32| fds::get(number).tag() == tag;
    core::iter::once(touched).chain(others).filter(same)
}

impl Poller {
    /// The process that made it.
    #[must_use]
    pub fn maker(&self) -> u32 {
        self.maker.load(Ordering::Relaxed)
    }

    /// Where it was made, 0 if unknown.
    #[must_use]
    pub fn site(&self) -> usize {
        self.site.load(Ordering::Relaxed)
    }

    /// The number of the stack there, 0 for none.
    #[must_use]
    pub fn stack(&self) -> u16 {
        u16::try_from(self.stack.load(Ordering::Relaxed)).unwrap_or(0)
    }
}
