//! Services of libc's that run the program's function in a thread of their own (`SIGEV_THREAD`, sigevent(7)): timers,
//! and notices of message queues. A fork inherits neither the timers nor the thread (`timer_create(2)`).
//!
//! A record is a hint for a finding's sentence: there are few, and one that finds no room is left out.

use crate::ident::epoch;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

const SLOTS: usize = 16;

/// Which service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `timer_create`.
    Timer,
    /// `mq_notify`.
    Queue,
}

/// One of them, that a process before this one asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Service {
    /// Which.
    pub kind: Kind,
    /// The program's function.
    pub function: usize,
}

struct Slot {
    /// 0 for free, else [`Kind::mark`].
    kind: AtomicU32,
    /// The process that asked.
    epoch: AtomicU32,
    /// What the caller knows it by.
    id: AtomicUsize,
    function: AtomicUsize,
}

static SERVICES: [Slot; SLOTS] = [const {
    Slot {
        kind: AtomicU32::new(0),
        epoch: AtomicU32::new(0),
        id: AtomicUsize::new(0),
        function: AtomicUsize::new(0),
    }
}; SLOTS];

/// Did any process up to here ask for one?
static EVER: AtomicBool = AtomicBool::new(false);

/// A slot that is being written.
const TAKEN: u32 = u32::MAX;

impl Kind {
    const fn mark(self) -> u32 {
        match self {
            Self::Timer => 1,
            Self::Queue => 2,
        }
    }
}

/// Process `epoch` has asked `kind` to run `function`, and knows that by `id`.
pub fn asked(kind: Kind, id: usize, function: usize, epoch: u32) {
    ended(kind, id);
    let free =
        |slot: &&Slot| slot.kind.compare_exchange(0, TAKEN, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    let Some(slot) = SERVICES.iter().find(free) else { return };
    slot.epoch.store(epoch, Ordering::Relaxed);
    slot.id.store(id, Ordering::Relaxed);
    slot.function.store(function, Ordering::Relaxed);
    slot.kind.store(kind.mark(), Ordering::Release);
    EVER.store(true, Ordering::Release);
}

/// This process no longer wants it. What another process asked for stays with that.
pub fn ended(kind: Kind, id: usize) {
    let same = |slot: &&Slot| {
        slot.kind.load(Ordering::Acquire) == kind.mark()
            && slot.id.load(Ordering::Relaxed) == id
            && slot.epoch.load(Ordering::Relaxed) == epoch::now()
    };
    if let Some(slot) = SERVICES.iter().find(same) {
        slot.kind.store(0, Ordering::Release);
    }
}

/// What processes before this one had asked for.
pub fn inherited() -> impl Iterator<Item = Service> {
    let before = |slot: &&Slot| slot.epoch.load(Ordering::Relaxed) != epoch::now();
    let slots = if EVER.load(Ordering::Acquire) { &SERVICES[..] } else { &[] };
    slots.iter().filter(before).filter_map(|slot| {
        let kind = match slot.kind.load(Ordering::Acquire) {
            1 => Kind::Timer,
            2 => Kind::Queue,
            _ => return None,
        };
        Some(Service { kind, function: slot.function.load(Ordering::Relaxed) })
    })
}
