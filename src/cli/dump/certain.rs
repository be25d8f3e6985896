//! What hangs for certain: nobody can end it, by one of three rules.
//!
//! Each is asked of threads that have not run since they were read. A lock that another process may reach, a wait that
//! time ends and a lock that the kernel frees when its holder ends (`pthread_mutexattr_setrobust(3)`) are never certain.

use super::lock::Kind;
use super::thread::{Seen, Thread};
use crate::cli::waits::verdict::Lost;
use crate::cli::waits::{kcmp, proc};
use serde::Serialize;
use std::collections::HashMap;

/// By which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The lock is held by a thread that does not exist.
    HolderGone,
    /// Threads wait for each other in a ring.
    Deadlock,
    /// All threads wait for what no process can make happen: what `forkproof run --watch` calls a lost wait.
    LostWait,
}

impl Rule {
    /// The word in the output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::HolderGone => "holder-gone",
            Self::Deadlock => "deadlock",
            Self::LostWait => "lost-wait",
        }
    }
}

/// One thing that hangs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certain {
    pub rule: Rule,
    pub tids: Vec<u32>,
    pub text: String,
}

/// By all rules. `who`: the words for a thread that is not there, by its number.
pub fn of(
    pid: u32,
    threads: &[Thread],
    shares_memory: bool,
    lost: Option<&Lost>,
    who: impl Fn(u32) -> String,
) -> Vec<Certain> {
    let mut certain = Vec::new();
    if !shares_memory {
        certain.extend(holder_gone(threads, who));
        certain.extend(rings(threads));
    }
    let moved = |tid: &u32| {
        let before = threads.iter().find(|thread| thread.tid == *tid).map(|thread| thread.seen);
        before != Some(Seen::of(pid, *tid))
    };
    // A thread that has come meanwhile may be the one that was missed.
    let newcomers = proc::threads(pid).len() > threads.len();
    certain.retain(|one: &Certain| !newcomers && !one.tids.iter().any(moved));
    if let Some(lost) = lost {
        let text = format!("nobody can end this wait: {}", lost.text);
        certain.push(Certain { rule: Rule::LostWait, tids: vec![lost.tid], text });
    }
    certain
}

/// Has another process the same memory, as the parent of a vfork(2)? Its threads have the same locks.
pub fn shares_memory(pid: u32) -> bool {
    let parent = proc::stat(pid).map_or(0, |stat| stat.parent);
    let kin = proc::children_of(pid).into_iter().chain([parent]);
    let living = |&other: &u32| proc::stat(other).is_some_and(|stat| !proc::has_ended(other, &stat));
    // Where the kernel does not answer it may be so; but for another user's, whose memory is another.
    kin.filter(living)
        .any(|other| kcmp::is_one_memory(pid, other).unwrap_or_else(|| !proc::is_anothers(other)))
}

/// Whom a thread waits for, by that one's own number.
fn awaited(thread: &Thread) -> Option<u32> {
    let lock = thread.lock.as_ref().filter(|lock| lock.lasting && !lock.timed && lock.holder != 0)?;
    matches!(lock.kind, Kind::Mutex | Kind::RwLock | Kind::Join).then_some(lock.holder)
}

fn holder_gone(threads: &[Thread], who: impl Fn(u32) -> String) -> Vec<Certain> {
    let missing = |own: &u32| !threads.iter().any(|thread| thread.own_tid == *own);
    let all = threads.iter().filter_map(|thread| Some((thread, awaited(thread).filter(missing)?)));
    all.map(|(thread, holder)| {
        let place = thread.lock.as_ref().map(|lock| lock.place.clone()).unwrap_or_default();
        Certain {
            rule: Rule::HolderGone,
            tids: vec![thread.tid],
            text: format!("thread {} waits for {place}, which {}", thread.tid, who(holder)),
        }
    })
    .collect()
}

/// Every ring once, from its lowest thread on.
fn rings(threads: &[Thread]) -> Vec<Certain> {
    let by_own = threads.iter().map(|thread| (thread.own_tid, thread)).collect::<HashMap<_, _>>();
    let next = |thread: &Thread| awaited(thread).and_then(|own| by_own.get(&own).copied());
    let mut rings = Vec::new();
    for first in threads {
        let (mut ring, mut at) = (vec![first], next(first));
        while let Some(thread) = at {
            // Back at the start it is a ring; below the start it was found from there, or leads into another.
            if thread.tid <= first.tid || ring.len() > threads.len() {
                break;
            }
            ring.push(thread);
            at = next(thread);
        }
        if at.is_some_and(|thread| thread.tid == first.tid) {
            rings.push(ring);
        }
    }
    rings.into_iter().map(|ring| deadlock(&ring)).collect()
}

fn deadlock(ring: &[&Thread]) -> Certain {
    let waits = |thread: &&Thread| format!("thread {} waits for {}", thread.tid, thread.waits_for);
    Certain {
        rule: Rule::Deadlock,
        tids: ring.iter().map(|thread| thread.tid).collect(),
        text: ring.iter().map(waits).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lock::Lock;
    use super::*;
    use proptest::prelude::*;

    fn thread(tid: u32, holder: u32) -> Thread {
        let lock = Lock {
            kind: Kind::Mutex,
            address: 0,
            place: "app+0x10".to_owned(),
            holder,
            readers: 0,
            timed: false,
            lasting: true,
        };
        Thread {
            tid,
            own_tid: tid,
            name: String::new(),
            state: "sleeping",
            worked_ms: 0,
            call: String::new(),
            waits_for: String::new(),
            lock: Some(lock),
            at: String::new(),
            python: Vec::new(),
            no_python: String::new(),
            seen: Seen::of(0, 0),
        }
    }

    fn rings_of(edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let threads = edges.iter().map(|&(tid, holder)| thread(tid, holder)).collect::<Vec<_>>();
        rings(&threads).into_iter().map(|ring| ring.tids).collect()
    }

    #[test]
    fn a_ring_is_named_once_and_who_waits_for_it_is_not_in_it() {
        assert_eq!(rings_of(&[(1, 2), (2, 3), (3, 1), (4, 1), (5, 5)]), [vec![1, 2, 3], vec![5]]);
        assert!(rings_of(&[(1, 2), (2, 3), (3, 4)]).is_empty());
        // Into a ring of higher ones.
        assert_eq!(rings_of(&[(1, 3), (2, 3), (3, 2)]), [vec![2, 3]]);
    }

    #[test]
    fn a_wait_that_time_or_another_process_may_end_is_not_certain() {
        for (timed, lasting) in [(true, true), (false, false)] {
            let mut one = thread(1, 99);
            one.lock = one.lock.map(|lock| Lock { timed, lasting, ..lock });
            assert!(holder_gone(&[one], |_| String::new()).is_empty());
        }
        assert_eq!(holder_gone(&[thread(1, 99)], |own| format!("{own} had")).len(), 1);
    }

    proptest! {
        #[test]
        fn every_walk_ends(edges in prop::collection::vec(0_u32..12, 0..12)) {
            let edges = (1..).zip(edges).collect::<Vec<_>>();
            let found = rings_of(&edges);
            let mut named = found.concat();
            named.sort_unstable();
            named.dedup();
            prop_assert_eq!(named.len(), found.concat().len());
        }
    }
}
