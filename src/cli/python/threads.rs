//! From the kernel's number of a thread to its `PyThreadState`.
//!
//! A state has the number from when it was made, and Python corrects it in a forked child only when fork has
//! returned. A child that waits before that (in a handler of `pthread_atfork(3)`), or that C code forked without
//! telling Python, has its parent's numbers still. There glibc knows better: the kernel writes the number
//! into the thread's own `struct pthread`, which `thread_id` points to, before the child runs at all, and glibc
//! tells debuggers where (`_thread_db_pthread_tid`, for `libthread_db`).

use super::maps::Maps;
use super::memory::Memory;
use super::offsets::Layout;
use std::fs;

const INTERPRETERS_MAX: usize = 64;
const THREADS_MAX: usize = 1 << 12;
/// No `struct pthread` is as large.
const PTHREAD_MAX: u32 = 1 << 16;

/// Whom we look for.
pub struct Wanted {
    /// The number that the thread has for itself: in a container, another than the one it has for us.
    number: u64,
    /// Where a `struct pthread` has its number.
    in_pthread: Option<u64>,
}

impl Wanted {
    pub fn of(pid: u32, tid: u32, maps: &Maps, memory: &Memory) -> Result<Self, String> {
        let status = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status"));
        let status = status.map_err(|_| format!("process {pid} has no thread {tid}, or it has ended"))?;
        // proc(5): one number for each namespace, ours first and its own last.
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let number = numbers.and_then(|numbers| numbers.split_whitespace().last()?.parse().ok());
        Ok(Self { number: number.unwrap_or_else(|| tid.into()), in_pthread: in_pthread(maps, memory) })
    }
}

/// How often the thread has gone to sleep, if it sleeps (proc(5), `State` and `voluntary_ctxt_switches`). Twice
/// the same number: it did not run in between.
pub fn asleep(pid: u32, tid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let sleeps = field("voluntary_ctxt_switches:")?.parse().ok()?;
    (!field("State:")?.starts_with('R')).then_some(sleeps)
}

/// Three words: how many bits, how many of them, and at which offset. None: it is not glibc, or it is glibc
/// linked into the program.
fn in_pthread(maps: &Maps, memory: &Memory) -> Option<u64> {
    let library = maps.files().find(|mapping| mapping.name() == b"libc.so.6")?;
    let [field] = library.addresses(["_thread_db_pthread_tid"]).ok()?;
    let field = memory.piece(field?, 12).ok()?;
    let offset = field.int(8).ok().filter(|&offset| offset < PTHREAD_MAX)?;
    (field.int(0) == Ok(32)).then_some(offset.into())
}

/// The address of the thread's state.
pub fn state(memory: &Memory, layout: &Layout, runtime: u64, wanted: &Wanted) -> Result<u64, String> {
    let states = states(memory, layout, runtime)?;
    let has_number = |state: &u64| {
        memory
            .word(state.wrapping_add(layout.thread_number as u64))
            .is_ok_and(|number| number == wanted.number)
    };
    let is_pthread = |state: &u64| {
        let number = wanted.in_pthread.and_then(|offset| {
            let pthread = memory.word(state.wrapping_add(layout.pthread as u64)).ok()?;
            memory.piece(pthread.wrapping_add(offset), 4).ok()?.int(0).ok()
        });
        number.is_some_and(|number| u64::from(number) == wanted.number)
    };
    let found = states.iter().copied().find(has_number).or_else(|| states.iter().copied().find(is_pthread));
    found
        .ok_or_else(|| format!("thread {} is not one of the {} that run Python", wanted.number, states.len()))
}

/// All of them, of all interpreters.
fn states(memory: &Memory, layout: &Layout, runtime: u64) -> Result<Vec<u64>, String> {
    let mut states = Vec::new();
    let mut interpreter = memory.word(runtime.wrapping_add(layout.interpreters as u64))?;
    for _ in 0..INTERPRETERS_MAX {
        if interpreter == 0 {
            break;
        }
        let mut state = memory.word(interpreter.wrapping_add(layout.threads as u64))?;
        while state != 0 && states.len() < THREADS_MAX {
            states.push(state);
            state = memory.word(state.wrapping_add(layout.next_thread as u64))?;
        }
        interpreter = memory.word(interpreter.wrapping_add(layout.next_interpreter as u64))?;
    }
    Ok(states)
}
