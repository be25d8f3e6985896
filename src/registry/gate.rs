//! Who is inside the resolver family, and the gate that a fork closes before it.
//!
//! libc's resolver holds locks that fork does not reset, for 10 to 60 us as a rule. A fork closes the gate,
//! waits until nobody is inside, and opens it; who comes meanwhile waits for the fork. Bounded: a lookup
//! may take as long as the network likes, and a lookup left by longjmp never ends.
//!
//! # Safety
//! Pointers to statics.
#![allow(unsafe_code)]

use super::function::Function;
use super::threads::{self, Thread};
use crate::ident::{kin, page};
use crate::sys::{futex, options, process, signals};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// How many times longer a thread is waited for that runs or could run: it waits for nothing that may never come.
const RUNNING: u64 = 20;

/// The calling thread, which is not inside, goes into `function`, its stack at `frame`.
#[inline]
pub fn enter(thread: &Thread, function: &'static Function, frame: usize) {
    let function = core::ptr::from_ref(function).cast_mut();
    thread.frame.store(frame, Ordering::Relaxed);
    thread.entries.store(thread.entries.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    // Either the fork sees this, or we see its gate: both sides write first and look afterwards.
    thread.inside.swap(function, Ordering::SeqCst);
    if page::get().gate.load(Ordering::SeqCst) != 0 {
        wait_for_fork(thread, function);
    }
}

/// It is out again.
#[inline]
pub fn leave(thread: &Thread) {
    thread.inside.store(core::ptr::null_mut(), Ordering::Release);
}

/// As [`enter`] and [`leave`] around `work`, where the thread may be inside already: it asks again from a signal
/// handler or a module of the resolver's, or it left a call by a jump.
pub fn again(thread: &Thread, function: &'static Function, frame: usize, work: impl FnOnce()) {
    let outer = (thread.inside.load(Ordering::Relaxed), thread.frame.load(Ordering::Relaxed));
    enter(thread, function, frame);
    work();
    leave(thread);
    // A call whose frame lies below ours is not going on.
    if outer.1 > frame {
        thread.frame.store(outer.1, Ordering::Relaxed);
        thread.inside.store(outer.0, Ordering::Release);
    }
}

#[cold]
#[inline(never)]
fn wait_for_fork(thread: &Thread, function: *mut Function) {
    const LOOK_AGAIN_MS: u64 = 100;
    let page = page::get();
    // A handler of SIGCHLD, which is not held over a fork, on the very thread that forks.
    if page.gater.load(Ordering::Relaxed) == kin::id() {
        return;
    }
    page.at_gate.fetch_add(1, Ordering::SeqCst);
    // Then whoever closed it left by longjmp and will not open it.
    let most = 20 + u64::from(options::get().resolver_wait_ms) * RUNNING / LOOK_AGAIN_MS;
    let mut looks = 0;
    loop {
        // Still counted as one who holds locks of the program's own around the call, but not as inside.
        thread.waiting.store(1, Ordering::SeqCst);
        let gate = page.gate.load(Ordering::SeqCst);
        if gate != 0 && looks < most {
            looks += 1;
            futex::wait(&page.gate, gate, LOOK_AGAIN_MS);
            continue;
        }
        if gate != 0 {
            page.gate.store(0, Ordering::SeqCst);
        }
        thread.waiting.store(0, Ordering::SeqCst);
        thread.inside.swap(function, Ordering::SeqCst);
        if page.gate.load(Ordering::SeqCst) == 0 {
            break;
        }
    }
    page.at_gate.fetch_sub(1, Ordering::SeqCst);
}

/// What came of closing the gate.
#[derive(Clone, Copy, Default)]
pub struct Closed {
    /// How long it took until nobody was inside, in microseconds; 0 where nobody was.
    pub waited_us: u64,
    /// A thread that was waited for, 0 for none.
    pub whom: u32,
    /// Its name, NUL-padded.
    pub name: [u8; 16],
    /// The function it was in.
    pub function: Option<&'static Function>,
    /// Was the bound reached with somebody inside?
    pub in_vain: bool,
}

impl Closed {
    /// Asked while the thread is there to be asked.
    fn is_about(&mut self, thread: &Thread) {
        self.whom = thread.id();
        self.name = process::name_of(process::pid(), thread.id()).unwrap_or_default();
        self.function = thread.function();
    }
}

/// A fork is about to be made on this thread: nobody goes in any more. Waits at most `limit_us` for those
/// who are in, and not at all where this thread is in itself, or in a signal handler. Answers for how long.
#[inline]
pub fn close(limit_us: u64) -> u64 {
    // In the page that is wiped: a word of the thread's own would cost the parent a page fault after each fork.
    let page = page::get();
    page.gater.store(kin::id(), Ordering::Relaxed);
    page.gate.fetch_add(1, Ordering::SeqCst);
    match busy() {
        None => 0,
        Some(thread) => wait(thread, limit_us),
    }
}

/// The fork is over, in the parent. A child finds its gate wiped.
#[inline]
pub fn open() {
    let page = page::get();
    let _open_already =
        page.gate.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |gate| gate.checked_sub(1));
    if page.at_gate.load(Ordering::SeqCst) != 0 {
        futex::wake(&page.gate);
    }
}

/// A thread that is inside and worth waiting for.
fn busy() -> Option<&'static Thread> {
    let me = kin::id();
    threads::here().find(|thread| {
        thread.is_in()
            && thread.overstayed.load(Ordering::Relaxed) != thread.entries.load(Ordering::Relaxed)
            && thread.id() != me
    })
}

#[cold]
#[inline(never)]
fn wait(first: &'static Thread, limit_us: u64) -> u64 {
    const YIELDS: u32 = 50;
    const NAP_US: u64 = 50;
    let inside_too = threads::own().is_some_and(Thread::is_inside);
    if inside_too || signals::in_handler() {
        return 0;
    }
    let begun = process::now_us();
    let mut closed = Closed::default();
    closed.is_about(first);
    let wait = threads::next_wait();
    for thread in threads::here().filter(|thread| thread.is_inside()) {
        thread.seen.store(wait, Ordering::Relaxed);
    }
    let mut rounds = 0_u32;
    while let Some(thread) = busy() {
        closed.waited_us = process::now_us().wrapping_sub(begun);
        let patience = || if any_runs() { limit_us * RUNNING } else { limit_us };
        if closed.waited_us >= limit_us && closed.waited_us >= patience() {
            closed.in_vain = true;
            closed.is_about(thread);
            thread.overstayed.store(thread.entries.load(Ordering::Relaxed), Ordering::Relaxed);
            continue;
        }
        rounds += 1;
        if rounds < YIELDS { process::give_way() } else { process::sleep_us(NAP_US) }
    }
    if !closed.in_vain {
        let_settle();
    }
    closed.waited_us = process::now_us().wrapping_sub(begun).max(1);
    LAST.keep(closed);
    closed.waited_us
}

/// Where lookups stand under a lock of the program's own, the thread that came out is about to let go of that
/// lock, and the next to come to the gate with it. A little time for both: in between, nothing tells that lock
/// from any other.
fn let_settle() {
    const MOST_US: u64 = 50;
    let begun = process::now_us();
    let page = page::get();
    while page.at_gate.load(Ordering::SeqCst) == 0 && process::now_us().wrapping_sub(begun) < MOST_US {
        process::give_way();
    }
}

/// The last wait, for the finding: one fork at a time may overwrite another's, which is then told twice.
struct Last {
    waited_us: AtomicU64,
    whom: AtomicU32,
    name: [AtomicU64; 2],
    function: AtomicPtr<Function>,
    in_vain: AtomicU32,
}

static LAST: Last = Last {
    waited_us: AtomicU64::new(0),
    whom: AtomicU32::new(0),
    name: [const { AtomicU64::new(0) }; 2],
    function: AtomicPtr::new(core::ptr::null_mut()),
    in_vain: AtomicU32::new(0),
};

impl Last {
    fn keep(&self, closed: Closed) {
        self.waited_us.store(closed.waited_us, Ordering::Relaxed);
        self.whom.store(closed.whom, Ordering::Relaxed);
        for (word, bytes) in self.name.iter().zip(closed.name.as_chunks::<8>().0) {
            word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
        }
        let function = closed.function.map_or(core::ptr::null(), core::ptr::from_ref).cast_mut();
        self.function.store(function, Ordering::Relaxed);
        self.in_vain.store(u32::from(closed.in_vain), Ordering::Relaxed);
    }
}

/// What came of the last wait.
#[must_use]
pub fn last() -> Closed {
    let mut name = [0_u8; 16];
    for (word, bytes) in LAST.name.iter().zip(name.as_chunks_mut::<8>().0) {
        *bytes = word.load(Ordering::Relaxed).to_ne_bytes();
    }
    Closed {
        name,
        waited_us: LAST.waited_us.load(Ordering::Relaxed),
        whom: LAST.whom.load(Ordering::Relaxed),
        // SAFETY: null, or the `&'static Function` of a `Closed`.
        function: unsafe { LAST.function.load(Ordering::Relaxed).as_ref() },
        in_vain: LAST.in_vain.load(Ordering::Relaxed) != 0,
    }
}

/// Does any of those inside run, or wait for nothing but a processor?
fn any_runs() -> bool {
    threads::here().any(|thread| thread.is_in() && process::is_running(thread.id()))
}
