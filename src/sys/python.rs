//! Python frames of a thread of this process, and what they are packed into.
//!
//! A frame is packed as the length of the file's name (two bytes, the machine's order) and the name, the line (four
//! bytes), the length of the function's name and the name. Names are bytes as the program has them; what is longer
//! than [`NAME_MAX`] keeps its end, of a file, and its beginning, of a function.
//!
//! The frames are read where they lie. `_Py_DumpTraceback` is exported by 3.8, 3.11 and 3.12 alone, writes each name with
//! a call of its own, and tells no class; the frame API makes objects, so it needs the GIL and allocates.

mod interpreter;
mod layout;
mod lines;
mod memory;
mod text;
mod threads;
mod walk;
#[cfg(test)]
mod tests;

use super::line::Line;
use super::memory as kernel;
use super::next::Next;
use super::process;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use interpreter::{Interpreter, Thread};
use memory::{Asked, Here};
use walk::Place;

/// Bytes of packed frames that are kept of one stack.
pub const ROOM: usize = 2048;

/// Longest name that is kept.
pub const NAME_MAX: usize = 200;

/// Packed frames, innermost first. Not zeroed, never allocated.
pub struct Packed {
    bytes: Line<ROOM>,
    free: usize,
}

impl Packed {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Line::new(), free: ROOM }
    }

    /// Adds the next frame outward, whole or not at all: is it in? `line` is 0 where it is unknown.
    pub fn push(&mut self, file: &[u8], line: u32, function: &[u8]) -> bool {
        let file = file.get(file.len().saturating_sub(NAME_MAX)..).unwrap_or(file);
        let function = function.get(..NAME_MAX).unwrap_or(function);
        let needed = file.len() + function.len() + 8;
        let Some(free) = self.free.checked_sub(needed) else { return false };
        self.free = free;
        self.name(file);
        self.bytes.push(&line.to_ne_bytes());
        self.name(function);
        true
    }

    fn name(&mut self, name: &[u8]) {
        let length = u16::try_from(name.len()).unwrap_or(0);
        self.bytes.push(&length.to_ne_bytes());
        self.bytes.push(name);
    }

    /// Adds what has been packed before.
    pub fn push_packed(&mut self, bytes: &[u8]) {
        self.bytes.push(bytes);
        self.free = self.free.saturating_sub(bytes.len());
    }

    /// What has been packed, for [`frames`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }
}

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Name of the file, as the code object has it.
    pub file: &'a [u8],
    /// Line in it, 0 where it is unknown.
    pub line: u32,
    /// Name of the function, with its class where the interpreter knows that.
    pub function: &'a [u8],
}

/// The frames in `packed`, innermost first.
#[must_use]
pub const fn frames(packed: &[u8]) -> Frames<'_> {
    Frames(packed)
}

/// Packed frames that are left.
#[derive(Clone, Debug)]
pub struct Frames<'a>(&'a [u8]);

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let rest = &mut self.0;
        let file = take_name(rest)?;
        let (line, after) = rest.split_first_chunk::<4>()?;
        *rest = after;
        Some(Frame { file, line: u32::from_ne_bytes(*line), function: take_name(rest)? })
    }
}

fn take_name<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (name, after) = after.split_at_checked(usize::from(u16::from_ne_bytes(*length)))?;
    *rest = after;
    Some(name)
}

/// Looks for an interpreter among what came with the program. In the constructor: the list of what is loaded must stand
/// still.
pub fn open() {
    interpreter::open();
    let _address = SINGLE_THREADED.bind();
}

/// Looks for one that came later, in what these return addresses of the calling thread's stack lie in. Takes no lock: in
/// any process, at any time but in a vfork child.
pub fn notice(addresses: &[usize]) {
    interpreter::notice(addresses);
}

/// From now on a system call that the program did not ask for may end it: where one would be needed there are no frames.
pub fn ask_no_kernel() {
    MAY_ASK.store(false, Ordering::Relaxed);
}

/// Packs the innermost `depth` Python frames of the calling thread. Answers why there are none in a process that
/// runs Python, or an empty text.
#[must_use]
pub fn capture(depth: usize, into: &mut Packed) -> &'static str {
    let Some(python) = interpreter::get() else { return "" };
    let found = python.and_then(|python| {
        let thread = python.own()?;
        pack(python, thread.state, is_steady(&thread), depth, into)
    });
    found.err().unwrap_or("")
}

/// As [`capture`], of thread `thread` (gettid(2)): only where the calling thread holds the GIL, so that the other
/// does not run Python.
#[must_use]
pub fn capture_of(thread: u32, depth: usize, into: &mut Packed) -> &'static str {
    let Some(python) = interpreter::get() else { return "" };
    let found = python.and_then(|python| {
        let own = python.own()?;
        if !own.has_gil {
            return Err("the thread that asks does not hold the GIL");
        }
        let state = threads::state(&python.layout, own.state, thread)?;
        pack(python, state, true, depth, into)
    });
    found.err().unwrap_or("")
}

/// A number for the innermost `depth` Python frames of the calling thread, of code and instruction each: while it
/// stays the same, [`capture`] would pack the same. 0 where no Python runs. Costs a few loads a frame.
#[must_use]
pub fn mark(depth: usize) -> u64 {
    let Some(Ok(python)) = interpreter::get() else { return 0 };
    let Ok(thread) = python.own() else { return 0 };
    if !(is_steady(&thread) && PROVEN.load(Ordering::Relaxed)) {
        // A look would cost as much as a capture: never the same.
        return UNLOOKED.fetch_add(1, Ordering::Relaxed) | 1 << 63;
    }
    let mut places = [Place::default(); DEPTH_MAX];
    let asked = places.get_mut(..depth.min(DEPTH_MAX)).unwrap_or(&mut []);
    let found = walk::places(&mut Here, &python.layout, thread.state, asked).unwrap_or(0);
    // Of no frames too it is another number than 0.
    let mark = places.iter().take(found).fold(1, |mark, place| walk::mark(&python.layout, place, mark));
    mark & !(1 << 63) | 1
}

/// Most frames of one stack.
const DEPTH_MAX: usize = 64;

/// A capture has found what it should find: the layout is right.
static PROVEN: AtomicBool = AtomicBool::new(false);
static MAY_ASK: AtomicBool = AtomicBool::new(true);
static UNLOOKED: AtomicU64 = AtomicU64::new(0);
/// Not zero while the process has had one thread only (glibc 2.32, `<sys/single_threaded.h>`).
static SINGLE_THREADED: Next<&'static AtomicU8> = Next::new("__libc_single_threaded\0");

/// Does what the thread's state leads to stay? A thread that waits in C code keeps its frames, with or without the GIL,
/// unless another ends the interpreter: a thread that has the GIL forbids that, and the main thread does it itself.
fn is_steady(thread: &Thread) -> bool {
    let alone = || SINGLE_THREADED.get().is_some_and(|word| word.load(Ordering::Relaxed) != 0);
    thread.has_gil || alone() || process::thread() == process::pid()
}

fn pack(
    python: &Interpreter,
    state: usize,
    steady: bool,
    depth: usize,
    into: &mut Packed,
) -> Result<(), &'static str> {
    const UNREADABLE: &str = "the frames could not be read";
    let mut places = [Place::default(); DEPTH_MAX];
    let asked = places.get_mut(..depth.min(DEPTH_MAX)).unwrap_or(&mut []);
    let proven = PROVEN.load(Ordering::Relaxed);
    let found = if steady && proven {
        walk::places(&mut Here, &python.layout, state, asked)
    } else if !MAY_ASK.load(Ordering::Relaxed) {
        return Err("the program's filter of system calls forbids a safe look");
    } else if !steady && python.is_finalizing() {
        return Err("the interpreter is shutting down");
    } else {
        let found = walk::places(&mut Asked::new(), &python.layout, state, asked);
        found.filter(|&found| are_code(python, asked.get(..found).unwrap_or(&[]), proven))
    };
    // Nothing was proven, nobody interferes, and it is not as it should be: it never will be.
    let unlike = || {
        if steady && !proven {
            interpreter::refuse();
        }
        UNREADABLE
    };
    let found = found.ok_or_else(unlike)?;
    for place in places.iter().take(found) {
        match walk::pack(python, place, into) {
            Some(true) => {}
            Some(false) => break,
            None => return Err(UNREADABLE),
        }
    }
    if found == 0 {
        return Err("the thread is in no Python function");
    }
    if !proven {
        PROVEN.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// Is each a code object, as far as the kernel can read it? Where the layout is still to be proven, also what names it.
fn are_code(python: &Interpreter, places: &[Place], proven: bool) -> bool {
    let mut addresses = [0; DEPTH_MAX];
    let mut types = [0; DEPTH_MAX];
    let (Some(addresses), Some(types)) = (addresses.get_mut(..places.len()), types.get_mut(..places.len()))
    else {
        return false;
    };
    for (address, place) in addresses.iter_mut().zip(places) {
        *address = place.code.wrapping_add(walk::OB_TYPE);
    }
    let are_read = kernel::gather(addresses, types).is_some();
    are_read
        && types.iter().all(|&class| class == python.code_type)
        && (proven || places.iter().all(|place| walk::is_named(&mut Asked::new(), python, place.code)))
}

#[cfg(test)]
mod packing {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in_and_never_by_halves() {
        let mut packed = Packed::new();
        assert!(packed.push(b"/srv/app.py", 12, "Größe.start".as_bytes()) && packed.push(b"", 0, b""));
        let long = [b'x'; 300];
        let mut count = 2;
        while packed.push(&long, u32::MAX, &long) {
            count += 1;
        }
        let found: Vec<_> = frames(packed.bytes()).collect();
        assert_eq!(found.len(), count);
        assert_eq!(found[0], Frame { file: b"/srv/app.py", line: 12, function: "Größe.start".as_bytes() });
        assert_eq!(found[2], Frame { file: &[b'x'; 200], line: u32::MAX, function: &[b'x'; 200] });
        for cut in 0..packed.bytes().len() {
            assert!(frames(&packed.bytes()[..cut]).count() <= count);
        }
    }
}
