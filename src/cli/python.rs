//! Where in its Python program another process is, read from outside.
//!
//! The process is neither stopped nor changed. `_PyRuntime` leads to the interpreters, to their threads, to a
//! thread's innermost frame, and from one frame to the one that called it. All of it may move meanwhile: every
//! walk has an end, and every pointer is checked as far as it can be. What was read of a thread that slept all
//! the while is right. Of one that runs, it counts when it is read twice alike: each frame was then there, but
//! the calls between them may be of different moments.

mod description;
mod image;
mod locations;
mod maps;
mod memory;
mod objects;
mod offsets;
mod threads;
#[cfg(test)]
mod tests;

use maps::Maps;
use memory::Memory;
use offsets::{Innermost, Layout};
use threads::Wanted;

/// Most frames that are named, and most that are passed on the way.
const FRAMES_MAX: usize = 64;
const STEPS_MAX: usize = 4 * FRAMES_MAX;
/// How often a stack is read until one reading is sure, or two agree.
const READINGS_MAX: usize = 8;

/// One call that has not returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The function with what it is defined in, `Class.method`; of a module, `<module>`.
    pub function: String,
    /// The file as the code has it, which need not exist. Foreign text, like the function.
    pub file: String,
    /// 0 where the compiler made the instruction up and gave it no line.
    pub line: u32,
}

/// The Python frames of thread `tid` of process `pid`, innermost first, at most [`FRAMES_MAX`]; or why there are
/// none, in a sentence without its full stop.
pub fn frames(pid: u32, tid: u32) -> Result<Vec<Frame>, String> {
    let memory = Memory::of(pid)?;
    let maps = Maps::of(pid)?;
    let image = image::find(pid, &maps, &memory)?;
    let layout = offsets::layout(&memory, &image)?;
    let wanted = Wanted::of(pid, tid, &maps, &memory)?;
    let mut last = None;
    for _ in 0..READINGS_MAX {
        let asleep = threads::asleep(pid, tid);
        let stack = stack(&memory, &layout, image.runtime, &wanted);
        let stood_still = stack.is_ok() && asleep.is_some() && asleep == threads::asleep(pid, tid);
        if stood_still || last.as_ref() == Some(&stack) {
            return stack;
        }
        last = Some(stack);
    }
    Err(format!("thread {tid} of process {pid} does not stand still"))
}

fn stack(memory: &Memory, layout: &Layout, runtime: u64, wanted: &Wanted) -> Result<Vec<Frame>, String> {
    let thread = threads::state(memory, layout, runtime, wanted)?;
    let mut frame = match layout.innermost {
        Innermost::InThread(offset) => memory.word(thread.wrapping_add(offset as u64))?,
        Innermost::InCFrame(offset, inner) => {
            let c_frame = memory.word(thread.wrapping_add(offset as u64))?;
            memory.word(c_frame.wrapping_add(inner as u64))?
        }
    };
    let mut frames = Vec::new();
    for _ in 0..STEPS_MAX {
        if frame == 0 || frames.len() == FRAMES_MAX {
            break;
        }
        frame = match step(memory, layout, frame, &mut frames) {
            Ok(previous) => previous,
            // What has been read stands; what is behind it is not known.
            Err(_) if !frames.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    if frames.is_empty() { Err("its thread is in no Python function".to_owned()) } else { Ok(frames) }
}

/// Reads the frame at `frame`, and says which one called it.
fn step(memory: &Memory, layout: &Layout, frame: u64, frames: &mut Vec<Frame>) -> Result<u64, String> {
    let at = &layout.frame;
    let length = at.previous.max(at.code).max(at.instruction).max(at.owner) + 8;
    let head = memory.piece(frame, length)?;
    if head.byte(at.owner)? < offsets::NOBODYS {
        // 3.14 marks borrowed references in the lowest bits of a pointer.
        let code = head.word(at.code)? & !7;
        frames.push(objects::frame(memory, &layout.object, &layout.code, code, head.word(at.instruction)?)?);
    }
    head.word(at.previous)
}
