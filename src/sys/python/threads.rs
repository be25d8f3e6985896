//! The state of another thread of the same interpreter.
//!
//! Only while the calling thread holds the GIL: then no state is taken out of the list (`PyThreadState_DeleteCurrent`
//! does so before it gives the GIL back), and a new one is put at its head when it is whole.

use super::super::thread_end;
use super::layout::Layout;
use super::memory::{Asked, Memory};

/// Most threads that are looked at: each costs a system call.
const THREADS_MAX: usize = 1024;

/// The state of thread `thread` (gettid(2)), found from the calling thread's `own`.
pub fn state(layout: &Layout, own: usize, thread: u32) -> Result<usize, &'static str> {
    let mut memory = Asked::new();
    let mut word = |base: usize, offset: usize| memory.word(base.wrapping_add(offset)).unwrap_or(0);
    let interpreter = word(own, layout.interpreter);
    let mut state = word(interpreter, layout.threads);
    for _ in 0..THREADS_MAX {
        if state == 0 {
            break;
        }
        // The kernel's number is in the state too, since 3.11, and wrong in a child until fork has returned.
        if thread_end::id(word(state, layout.pthread)) == Some(thread) {
            return Ok(state);
        }
        state = word(state, layout.next);
    }
    Err("that thread runs no Python")
}
