//! From a thread's state to its frames, and from a frame to its names.

use super::Packed;
use super::interpreter::Interpreter;
use super::layout::{At, GENERATORS, Innermost, Layout, Lines, NOBODYS};
use super::lines;
use super::memory::{Here, Memory, byte, bytes, int};
use super::text::{Buffer, Characters};

/// Where one call is: the code object, and what its frame says of the place in it.
#[derive(Clone, Copy, Default)]
pub struct Place {
    pub code: usize,
    /// The instruction's address; before 3.11 its offset, in the frame's own measure.
    pub at: usize,
    /// The line where the frame has it, else 0.
    line: u32,
    /// Generators begin behind their first instructions.
    of_generator: bool,
}

const CODE_UNIT: isize = 2;
/// `PyObject.ob_type`, and likewise where all versions have what their names say.
pub const OB_TYPE: usize = 8;
const OB_SIZE: usize = 16;
const BYTES: usize = 32;
const TEXT_LENGTH: usize = 16;
const TEXT_STATE: usize = 32;

/// Fills `places` with those of the thread whose state is at `state`, the innermost first; how many they are. `None` where
/// not even the first could be read.
pub fn places(
    memory: &mut impl Memory,
    layout: &Layout,
    state: usize,
    places: &mut [Place],
) -> Option<usize> {
    let mut frame = match layout.innermost {
        Innermost::InThread(offset) => memory.word(state.checked_add(offset)?)?,
        Innermost::InCFrame(offset, inner) => {
            let c_frame = memory.word(state.checked_add(offset)?)?;
            memory.word(c_frame.checked_add(inner)?)?
        }
    };
    let mut found = 0;
    // Every second frame may be the interpreter's own.
    for _ in 0..3 * places.len() {
        if frame == 0 {
            break;
        }
        let Some(room) = places.get_mut(found) else { break };
        let Some((place, previous)) = step(memory, layout, frame) else {
            // What has been read stands; what is behind it is not known.
            return (found != 0).then_some(found);
        };
        if let Some(place) = place {
            *room = place;
            found += 1;
        }
        frame = previous;
    }
    Some(found)
}

/// The place of the frame at `frame`, if it is Python's, and the one that called it.
fn step<M: Memory>(memory: &mut M, layout: &Layout, frame: usize) -> Option<(Option<Place>, usize)> {
    // No field is as far.
    let at = |offset: usize| frame.wrapping_add(offset);
    let previous = memory.word(at(layout.frame.previous))?;
    // 3.14 marks borrowed references in the lowest bits of a pointer.
    let code = memory.word(at(layout.frame.code))? & !7;
    let place = match layout.frame.at {
        At::Instruction { at: instruction, owner, .. } => {
            let instruction = memory.word(at(instruction))?;
            let owner = byte(memory, at(owner))?;
            let place = Place { code, at: instruction, line: 0, of_generator: owner == GENERATORS };
            let is_shown = owner < NOBODYS && !(M::IS_DIRECT && is_incomplete(layout, &place));
            is_shown.then_some(place)
        }
        At::Object { last, line, traced } => {
            let last = int(memory, at(last))?.cast_signed();
            let is_traced = int(memory, at(traced))? != 0 || int(memory, at(traced + 4))? != 0;
            let line = int(memory, at(line))?;
            let at = isize::try_from(last).ok()?.cast_unsigned();
            let line = if is_traced { line } else { 0 };
            Some(Place { code, at, line, of_generator: false })
        }
    };
    Some((place, previous))
}

/// Has the frame not come to the code's first line yet? Python does not show it then (`_PyFrame_IsIncomplete`), nor one that
/// 3.13 puts between a class and its `__init__`, which never does.
fn is_incomplete(layout: &Layout, place: &Place) -> bool {
    let At::Instruction { code, first, .. } = layout.frame.at else { return false };
    let units = int(&mut Here, place.code.wrapping_add(first)).unwrap_or(0) as usize;
    let start = place.code.wrapping_add(code);
    !place.of_generator && place.at < start.wrapping_add(units.wrapping_mul(2))
}

/// Are what names the code object at `code`, and its table, of the types they should be?
pub fn is_named(memory: &mut impl Memory, python: &Interpreter, code: usize) -> bool {
    let layout = &python.layout;
    let names =
        [(layout.file, python.text_type), (layout.name, python.text_type), (layout.table, python.bytes_type)];
    names.into_iter().all(|(offset, class)| {
        let object = memory.word(code.wrapping_add(offset));
        object.and_then(|object| memory.word(object.wrapping_add(OB_TYPE))) == Some(class)
    })
}

/// Packs the names of `place`: is it in? `None` where what should be a code object is none.
pub fn pack(python: &Interpreter, place: &Place, into: &mut Packed) -> Option<bool> {
    let layout = &python.layout;
    let field = |offset: usize| Here.word(place.code.checked_add(offset)?);
    if field(OB_TYPE) != Some(python.code_type) {
        return None;
    }
    if is_incomplete(layout, place) {
        return Some(true);
    }
    let first = int(&mut Here, place.code.checked_add(layout.first_line)?)?;
    let line = match place.line {
        0 => {
            let table = field(layout.table).and_then(|table| bytes_of(python, table)).unwrap_or(&[]);
            lines::line(layout.lines, table, first, offset(layout, place))
        }
        line => line,
    };
    let (mut file_room, mut name_room) = (Buffer::new(), Buffer::new());
    let unreadable = Characters { bytes: b"?", width: 1, ascii: true };
    let text = |offset: usize| field(offset).and_then(|text| characters(python, text));
    let file = text(layout.file);
    let name = text(layout.name);
    let file = file_room.end(file.as_ref().unwrap_or(&unreadable));
    let name = name_room.beginning(name.as_ref().unwrap_or(&unreadable));
    Some(into.push(file, line, name))
}

/// Bytes from the code's beginning to the instruction; negative before the first.
fn offset(layout: &Layout, place: &Place) -> isize {
    match layout.frame.at {
        At::Instruction { code, .. } => {
            let start = place.code.wrapping_add(code);
            place.at.wrapping_sub(start).cast_signed()
        }
        At::Object { .. } if layout.lines == Lines::Pairs => place.at.cast_signed().saturating_mul(CODE_UNIT),
        At::Object { .. } => place.at.cast_signed(),
    }
}

fn bytes_of<'a>(python: &Interpreter, object: usize) -> Option<&'a [u8]> {
    if Here.word(object.checked_add(OB_TYPE)?)? != python.bytes_type {
        return None;
    }
    let length = Here.word(object.checked_add(OB_SIZE)?)?.min(lines::LONGEST);
    bytes(object.checked_add(BYTES)?, length)
}

fn characters<'a>(python: &Interpreter, object: usize) -> Option<Characters<'a>> {
    if Here.word(object.checked_add(OB_TYPE)?)? != python.text_type {
        return None;
    }
    let state = int(&mut Here, object.checked_add(TEXT_STATE)?)?;
    let (width, compact, ascii) = ((state >> 2 & 7) as usize, state >> 5 & 1 == 1, state >> 6 & 1 == 1);
    if !compact || !matches!(width, 1 | 2 | 4) {
        return None;
    }
    let length = Here.word(object.checked_add(TEXT_LENGTH)?)?.checked_mul(width)?;
    let start = if ascii { python.layout.ascii } else { python.layout.wide };
    Some(Characters { bytes: bytes(object.checked_add(start)?, length)?, width, ascii })
}

/// A number for what [`pack`] reads of `place`, apart from the contents of names.
pub fn mark(layout: &Layout, place: &Place, before: u64) -> u64 {
    let mix = |sum: u64, word: usize| (sum ^ word as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    // Code of the same length that took its memory would have other names, or another first line.
    let of_code = [layout.file, layout.name, layout.first_line & !7];
    let of_code = of_code.map(|offset| Here.word(place.code.wrapping_add(offset)).unwrap_or(0));
    let words = [place.code, place.at, place.line as usize];
    words.into_iter().chain(of_code).fold(before, mix)
}
