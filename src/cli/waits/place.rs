//! Where in its program a thread waits, as far as that can be read from outside: in Python.

use crate::cli::python::{self, Frame};

/// Frames that are named, the innermost first; in a deeper stack the middle is left out.
const INNER: usize = 3;
const OUTER: usize = 2;

/// The stack of a Python thread, each frame as `file:line function`.
pub fn of(pid: u32, tid: u32) -> Option<String> {
    match python::frames(pid, tid) {
        Ok(frames) if !frames.is_empty() => Some(stack(&frames)),
        Ok(_) => None,
        Err(why) => {
            log::debug!("process {pid}: where it is in Python: {why}");
            None
        }
    }
}

/// Is it Tornado's own loop that waits (up to 4.5; later ones wait in asyncio's)?
pub fn is_tornado(pid: u32, tid: u32) -> bool {
    let frames = python::frames(pid, tid).unwrap_or_default();
    let loops =
        |frame: &Frame| frame.file.ends_with("/tornado/ioloop.py") && frame.function.ends_with("start");
    frames.first().is_some_and(loops)
}

fn stack(frames: &[Frame]) -> String {
    let mut shown = frames.iter().map(shown).collect::<Vec<_>>();
    if shown.len() > INNER + OUTER + 1 {
        shown.splice(INNER..shown.len() - OUTER, ["...".to_owned()]);
    }
    shown.join(" < ")
}

fn shown(frame: &Frame) -> String {
    let file = frame.file.rsplit('/').next().unwrap_or(&frame.file);
    format!("{file}:{} {}", frame.line, frame.function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_stack_keeps_both_its_ends() {
        let frame = |line| Frame { function: "f".to_owned(), file: "/a/b.py".to_owned(), line };
        let stack_of = |depth| stack(&(1..=depth).map(frame).collect::<Vec<_>>());
        assert_eq!(stack_of(2), "b.py:1 f < b.py:2 f");
        assert_eq!(stack_of(9), "b.py:1 f < b.py:2 f < b.py:3 f < ... < b.py:8 f < b.py:9 f");
    }
}
