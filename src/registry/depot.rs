//! Stacks that may be asked for later, each kept once and known by a small number: where things were made, and where
//! processes were forked.
//!
//! Filled without a lock: a stack is written into memory that nobody else has, and only then entered. What a thread had
//! not entered when another forked is lost to the child, and nobody waits for it. A process that makes nothing worth a
//! stack writes nothing here; a full depot answers 0, no stack.

use super::sandbox;
use crate::ident::page;
use crate::sys::aside::{Busy, aside};
use crate::sys::line::Line;
use crate::sys::stack::{self, Stack};
use crate::sys::{options, python, signals};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Most stacks.
const STACKS: usize = 512;
/// Words for all of them: a stack of ten frames in both languages takes about a hundred.
const WORDS: usize = 32 << 10;
/// Longest reason why there are no Python frames.
const REASON_MAX: usize = 80;
/// Places a stack may be entered at.
const TRIES: usize = 32;

/// Where each stack begins. 0: free.
static ENTRIES: [AtomicUsize; STACKS] = [const { AtomicUsize::new(0) }; STACKS];
static MEMORY: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];
/// How many words are taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
/// Frames a stack, 0 for no stacks at all.
static DEPTH: AtomicUsize = AtomicUsize::new(0);

/// Decides whether stacks are kept: without a log or suppressions nobody would look at them. Called by the constructor.
pub fn open() {
    let options = options::get();
    if !options.log_path.is_empty() || !options.suppressions.is_empty() {
        DEPTH.store(options.stack_depth as usize, Ordering::Relaxed);
    }
}

/// Frames a stack, 0 where stacks are not kept.
#[inline(always)]
#[must_use]
pub fn depth() -> usize {
    DEPTH.load(Ordering::Relaxed)
}

/// A stack in both languages.
pub struct Capture {
    /// The calls, without our own.
    pub native: Stack,
    /// Python's, innermost first.
    pub python: python::Packed,
    /// Why there are none of Python's, empty where nothing runs Python.
    pub no_python: Line<REASON_MAX>,
}

impl Capture {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self { native: Stack::none(), python: python::Packed::new(), no_python: Line::new() }
    }

    /// The calling thread's. Into an empty one.
    pub fn take(&mut self, may_ask: bool) {
        stack::walk(depth(), may_ask, &mut self.native);
        python::notice(self.native.addresses());
        self.no_python.push(python::capture(depth(), &mut self.python).as_bytes());
    }

    /// Is there anything in it?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.native.addresses().is_empty() && self.python.bytes().is_empty()
    }

    /// The same for the same stack.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        let native = self.native.addresses().iter().fold(1, |hash, &address| mix(hash, address as u64));
        words(self.python.bytes()).chain(words(self.no_python.bytes())).fold(native, mix)
    }
}

/// Eight bytes at a time, the last filled up with zeroes.
fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        u64::from_ne_bytes(word)
    })
}

/// The number of the calling thread's stack, which is kept from now on; 0 for none.
#[must_use]
pub fn here() -> u16 {
    if depth() == 0 {
        return 0;
    }
    let held = signals::hold();
    let mut kept = 0;
    aside(&page::get().aside, Busy::Stay, || kept = take());
    signals::restore(held);
    kept
}

/// Apart, for its frame.
#[inline(never)]
fn take() -> u16 {
    let mut capture = Capture::none();
    capture.take(!sandbox::is_entered());
    if capture.is_empty() { 0 } else { number(&capture) }
}

/// The number of a stack, which is kept from now on; 0 where there is no room for it.
#[must_use]
pub fn number(capture: &Capture) -> u16 {
    let hash = capture.hash();
    let mut written = None;
    let mut place = usize::try_from(hash >> 40).unwrap_or(0);
    for _ in 0..TRIES {
        place = (place + 1) % STACKS;
        let Some(entry) = ENTRIES.get(place) else { return 0 };
        let mut start = entry.load(Ordering::Acquire);
        if start == 0 {
            let Some(mine) = written.or_else(|| write(capture, hash)) else { return 0 };
            written = Some(mine);
            match entry.compare_exchange(0, mine, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => start = mine,
                Err(theirs) => start = theirs,
            }
        }
        if Kept(start).hash() == hash {
            return u16::try_from(place + 1).unwrap_or(0);
        }
    }
    0
}

/// Writes a stack where nobody else does. Answers where it begins: never 0.
fn write(capture: &Capture, hash: u64) -> Option<usize> {
    let (native, python) = (capture.native.addresses(), capture.python.bytes());
    let reason = capture.no_python.bytes();
    let lengths = (native.len() | python.len() << 16 | reason.len() << 32) as u64;
    let needed = 2 + native.len() + python.len().div_ceil(8) + reason.len().div_ceil(8);
    let start = TAKEN.fetch_add(needed, Ordering::Relaxed) + 1;
    let room = MEMORY.get(start..start.checked_add(needed)?)?;
    let native = native.iter().map(|&address| address as u64);
    let all = [lengths, hash].into_iter().chain(native).chain(words(python)).chain(words(reason));
    for (to, word) in room.iter().zip(all) {
        to.store(word, Ordering::Relaxed);
    }
    Some(start)
}

/// A stack that was written.
#[derive(Clone, Copy)]
pub struct Kept(usize);

/// The stack with this number.
#[must_use]
pub fn get(number: u16) -> Option<Kept> {
    let start = ENTRIES.get(usize::from(number).checked_sub(1)?)?.load(Ordering::Acquire);
    (start != 0).then_some(Kept(start))
}

impl Kept {
    /// As [`Capture::hash`].
    #[must_use]
    pub fn hash(self) -> u64 {
        self.word(1)
    }

    /// Puts it into `into`, which is empty.
    #[allow(clippy::cast_possible_truncation)] // sixteen bits each, and addresses
    pub fn read(self, into: &mut Capture) {
        let lengths = self.word(0);
        let [native, python, reason] = [0, 16, 32].map(|shift| (lengths >> shift) as u16 as usize);
        for place in 0..native {
            into.native.push(self.word(2 + place) as usize, 0);
        }
        let python_at = 2 + native;
        self.bytes(python_at, python, |bytes| into.python.push_packed(bytes));
        self.bytes(python_at + python.div_ceil(8), reason, |bytes| into.no_python.push(bytes));
    }

    fn bytes(self, place: usize, length: usize, mut each: impl FnMut(&[u8])) {
        for word in 0..length.div_ceil(8) {
            let bytes = self.word(place + word).to_ne_bytes();
            each(bytes.get(..length - word * 8).unwrap_or(&bytes));
        }
    }

    fn word(self, place: usize) -> u64 {
        MEMORY.get(self.0 + place).map_or(0, |word| word.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(addresses: &[usize], reason: &str) -> Capture {
        let mut capture = Capture::none();
        for &address in addresses {
            capture.native.push(address, 0);
        }
        capture.no_python.push(reason.as_bytes());
        capture
    }

    #[test]
    fn a_stack_is_kept_once_and_comes_out_whole() {
        let mut first = sample(&[1, 2, 3], "");
        assert!(first.python.push(b"/srv/app.py", 7, b"Server.start"));
        let number_of_first = number(&first);
        assert!(number_of_first != 0 && number(&first) == number_of_first);
        let second = sample(&[1, 2], "no symbols");
        assert!(number(&second) != number_of_first);
        for capture in [&first, &second] {
            let mut read = Capture::none();
            let kept = get(number(capture)).unwrap();
            kept.read(&mut read);
            assert_eq!(read.native.addresses(), capture.native.addresses());
            assert_eq!(read.python.bytes(), capture.python.bytes());
            assert_eq!(read.no_python.bytes(), capture.no_python.bytes());
            assert_eq!((read.hash(), kept.hash()), (capture.hash(), capture.hash()));
        }
        assert!(get(0).is_none());
        is_filled();
    }

    /// A full depot gives no number and keeps what it has. Part of the other test: it fills the one for all.
    fn is_filled() {
        let numbers: Vec<_> = (1..2 * STACKS).map(|at| number(&sample(&[at << 8, at], ""))).collect();
        assert!(numbers.contains(&0) && numbers.iter().filter(|&&number| number != 0).count() > STACKS / 2);
        for (at, &number) in (1..).zip(&numbers) {
            let Some(kept) = get(number) else { continue };
            let mut read = Capture::none();
            kept.read(&mut read);
            assert_eq!(read.native.addresses(), [at << 8, at]);
        }
    }
}
