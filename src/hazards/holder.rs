//! Who has a lock, by the thread id libc wrote into it.

use crate::ident::{epoch, kin, page};
use crate::registry::threads::{self, Thread};
use crate::report::{At, Lock};
use crate::sys::process;
use core::sync::atomic::Ordering;

/// The holder of a lock, seen from a copy that has looked round.
#[derive(Clone, Copy)]
pub enum Holder {
    /// A thread of this process.
    Here,
    /// The thread that forked, under the id it had then.
    Ours,
    /// A thread that is not in this process.
    Gone(Gone),
}

/// A thread that is not here.
#[derive(Clone, Copy)]
pub struct Gone {
    /// Its id, 0 if unknown.
    pub id: u32,
    /// What was known of it at the fork.
    pub thread: Option<&'static Thread>,
}

impl Gone {
    /// Is it certain that the fork left it behind? Else it may be a thread of this process that ended with the lock.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.thread.is_some() || page::get().threaded.load(Ordering::Relaxed) == 0
    }

    /// Was it inside the resolver family at the fork, or came out while the fork waited for it?
    #[must_use]
    pub fn was_resolving(&self) -> bool {
        self.thread.is_some_and(|thread| thread.is_inside() || threads::was_waited_for(thread))
    }

    /// Has it ever been there?
    #[must_use]
    pub fn has_resolved(&self) -> bool {
        self.thread.is_some_and(|thread| thread.entries.load(Ordering::Relaxed) != 0)
    }

    /// What a finding says of it and of the lock at `address`.
    #[must_use]
    pub fn facts(&self, address: usize) -> Lock {
        let routine = self.thread.map_or(0, |thread| thread.start.load(Ordering::Relaxed));
        let function = self.thread.filter(|thread| thread.is_inside()).and_then(Thread::function);
        Lock {
            address,
            holder: self.id,
            of_parent: self.is_lost(),
            // Only while the parent lives, and has the thread.
            name: process::name_of(process::parent(), self.id).unwrap_or_default(),
            at: match function {
                Some(function) => At::In(function.name),
                None if routine != 0 => At::Below(routine),
                None => At::Unknown,
            },
            waited_us: u64::from(page::get().waited.load(Ordering::Relaxed)),
        }
    }
}

impl From<&'static Thread> for Gone {
    fn from(thread: &'static Thread) -> Self {
        Self { id: thread.id(), thread: Some(thread) }
    }
}

/// Who is thread `id`, which is not 0?
#[must_use]
pub fn of(id: u32) -> Holder {
    if id == kin::id() || id == kin::survivor() {
        return Holder::Here;
    }
    if kin::was_survivor(id) {
        // Its number may have been given to a thread of this process since.
        return if threads::here().any(|thread| thread.id() == id) { Holder::Here } else { Holder::Ours };
    }
    let known = page::get().alive.get(id as usize % page::ALIVE);
    if known.is_some_and(|slot| slot.load(Ordering::Relaxed) == id) {
        return Holder::Here;
    }
    // A vfork child asks about the threads of its parent, whose memory it works in: they are there.
    if epoch::is_visitor() {
        return Holder::Here;
    }
    if process::has_thread(id) {
        if let Some(slot) = known {
            slot.store(id, Ordering::Relaxed);
        }
        return Holder::Here;
    }
    Holder::Gone(Gone { id, thread: threads::vanished().find(|thread| thread.id() == id) })
}

/// What is known of a thread that was inside at the fork.
#[must_use]
pub fn culprit() -> Lock {
    let thread = threads::vanished().find(|thread| thread.is_in());
    thread
        .or_else(|| threads::vanished().next())
        .map_or(Lock::default(), |thread| Gone::from(thread).facts(0))
}
