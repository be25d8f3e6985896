//! Stacks in the log: each is written once by a process, before the first finding that names it.

use super::sink;
use crate::ident::page;
use crate::registry::depot::{self, Capture};
use crate::registry::sandbox;
use crate::sys::line::Line;
use crate::sys::module::{self, Found};
use crate::sys::stack::MOST;
use crate::sys::{build_id, fd, process, python};
use crate::wire;
use crate::wire::stack::{Module, Python, Stack};
use core::sync::atomic::{AtomicU64, Ordering};

/// What was written: the number in the lower part, and above it so much of the hash, which is mixed with the process's
/// id. So a copy finds nothing that it has written itself. A stack that another took the place of is written again.
static WRITTEN: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];
const NUMBER: u64 = (1 << 24) - 1;

/// Bytes of names that suppressions are held against.
pub const NAMES_MAX: usize = 4096;

/// The number of the stack that the depot knows by `kept`, in this process's log; 0 for none.
#[inline(never)]
pub fn of(kept: u16) -> u32 {
    let Some(kept) = depot::get(kept) else { return 0 };
    once(kept.hash(), || {
        let mut capture = Capture::none();
        kept.read(&mut capture);
        capture
    })
}

/// The number of the calling thread's own, likewise.
#[inline(never)]
pub fn here() -> u32 {
    let mut capture = Capture::none();
    capture.take(!sandbox::is_entered());
    number(capture)
}

/// The number of the Python stack of thread `thread`, which the calling one keeps from running; likewise.
#[inline(never)]
pub fn of_thread(thread: u32) -> u32 {
    let mut capture = Capture::none();
    let _nothing_known_is_no_stack = python::capture_of(thread, depot::depth(), &mut capture.python);
    number(capture)
}

/// Adds the names in the stack that the depot knows by `kept`, each after a NUL: its modules, and Python's files and
/// functions.
#[inline(never)]
pub fn name_kept(kept: u16, names: &mut Line<NAMES_MAX>) {
    if let Some(kept) = depot::get(kept) {
        let mut capture = Capture::none();
        kept.read(&mut capture);
        name(&capture, names);
    }
}

/// Likewise of the calling thread's own.
#[inline(never)]
pub fn name_here(names: &mut Line<NAMES_MAX>) {
    let mut capture = Capture::none();
    capture.take(!sandbox::is_entered());
    name(&capture, names);
}

fn name(capture: &Capture, names: &mut Line<NAMES_MAX>) {
    let mut last = None;
    for &address in capture.native.addresses() {
        let Some(found) = module::find(address.wrapping_sub(1)) else { continue };
        if last.replace(found.range()) != Some(found.range()) {
            names.push(b"\0");
            names.push(found.path().rsplit(|&byte| byte == b'/').next().unwrap_or(b""));
        }
    }
    for frame in python::frames(capture.python.bytes()) {
        for text in [frame.file, frame.function] {
            names.push(b"\0");
            names.push(text);
        }
    }
}

fn number(capture: Capture) -> u32 {
    if capture.is_empty() { 0 } else { once(capture.hash(), || capture) }
}

fn once(hash: u64, capture: impl FnOnce() -> Capture) -> u32 {
    let mark = (hash ^ u64::from(process::pid())).wrapping_mul(0x9e37_79b9_7f4a_7c15) & !NUMBER;
    let slot = WRITTEN.get(usize::try_from(mark >> 56).unwrap_or(0));
    let Some(slot) = slot else { return 0 };
    let known = slot.load(Ordering::Relaxed);
    if known & !NUMBER == mark && known != 0 {
        return u32::try_from(known & NUMBER).unwrap_or(0);
    }
    let number = page::get().stacks.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    write(&capture(), number);
    slot.store(mark | u64::from(number) & NUMBER, Ordering::Relaxed);
    number
}

/// The modules of a stack.
struct Modules {
    found: [Option<Found>; MOST],
    count: usize,
}

impl Modules {
    /// The place of the module that the call before `address` lies in, and how far in.
    fn place(&mut self, address: usize) -> (i32, usize) {
        let Some(found) = module::find(address.wrapping_sub(1)) else { return (-1, address) };
        let known = self.found.iter().take(self.count).flatten();
        let place = known.map(Found::range).position(|range| range == found.range()).unwrap_or(self.count);
        if let Some(slot) = self.found.get_mut(place) {
            *slot = Some(found);
            self.count = self.count.max(place + 1);
        }
        (i32::try_from(place).unwrap_or(-1), address.wrapping_sub(found.base()))
    }
}

fn write(capture: &Capture, id: u32) {
    let mut modules = Modules { found: [None; MOST], count: 0 };
    let mut frames = [(-1, 0); MOST];
    let addresses = capture.native.addresses();
    for (frame, &address) in frames.iter_mut().zip(addresses) {
        *frame = modules.place(address);
    }
    let mut program = [0_u8; 1024];
    let mut named = [Module { path: b"", build_id: b"" }; MOST];
    let program = fd::read_link(c"/proc/self/exe", &mut program).unwrap_or(b"program");
    for (module, found) in named.iter_mut().zip(modules.found.iter().flatten()) {
        // The program itself has no name in its link_map.
        let path = Some(found.path()).filter(|path| !path.is_empty()).unwrap_or(program);
        *module = Module { path, build_id: build_id::of(found) };
    }
    let python = python::frames(capture.python.bytes());
    let stack = Stack {
        time_ns: process::now_ns(),
        pid: process::pid(),
        tid: process::thread(),
        id,
        modules: named.get(..modules.count).unwrap_or(&[]),
        frames: frames.get(..addresses.len()).unwrap_or(&[]),
        python: python.map(|frame| Python { file: frame.file, line: frame.line, function: frame.function }),
        no_python: capture.no_python.bytes(),
    };
    let mut line = Line::<{ wire::MAX }>::new();
    let _never_cut = stack.encode(&mut line);
    sink::to_log(line.bytes());
}
