//! Python's objects: what kind one is, strings, bytes, and the code that a frame runs.
//!
//! Before anything is read out of an object, its type must have the name it should have: a pointer that went
//! stale leads anywhere.

use super::Frame;
use super::locations;
use super::memory::Memory;
use super::offsets::{CodeLayout, ObjectLayout};

/// Longest name and path that is read, in characters; what is longer is cut.
const TEXT_LONGEST: u64 = 4096;
/// What one instruction takes, its inline caches aside: `sizeof(_Py_CODEUNIT)`.
const UNIT: u64 = 2;

/// The frame that runs the code at `code` and is at `instruction`.
pub fn frame(
    memory: &Memory,
    objects: &ObjectLayout,
    layout: &CodeLayout,
    code: u64,
    instruction: u64,
) -> Result<Frame, String> {
    expect(memory, objects, code, "code")?;
    let start = code.wrapping_add(layout.instructions as u64);
    let head = memory.piece(code, layout.instructions)?;
    let first_line = head.int(layout.first_line)?;
    // 3.11 and 3.12 have the unit before the first one there while a frame is being made.
    let line = match instruction.checked_sub(start) {
        None => Some(first_line),
        Some(bytes) => {
            let table = bytes_of(memory, objects, head.word(layout.lines)?)?;
            locations::line(&table, first_line, bytes / UNIT)?
        }
    };
    Ok(Frame {
        function: text(memory, objects, head.word(layout.name)?)?,
        file: text(memory, objects, head.word(layout.file)?)?,
        line: line.unwrap_or(0),
    })
}

/// Is the object at `object` of the type called `kind`?
fn expect(memory: &Memory, layout: &ObjectLayout, object: u64, kind: &str) -> Result<(), String> {
    let class = memory.word(object.wrapping_add(layout.kind as u64))?;
    let name = memory.word(class.wrapping_add(layout.kind_name as u64))?;
    let name = memory.piece(name, kind.len() + 1)?;
    if name.bytes().strip_suffix(b"\0") == Some(kind.as_bytes()) {
        Ok(())
    } else {
        Err(format!("what should be a {kind} object is none: the process is moving, or damaged"))
    }
}

fn bytes_of(memory: &Memory, layout: &ObjectLayout, object: u64) -> Result<Vec<u8>, String> {
    expect(memory, layout, object, "bytes")?;
    let length = memory.word(object.wrapping_add(layout.bytes_length as u64))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let piece = memory.piece(object.wrapping_add(layout.bytes as u64), length)?;
    Ok(piece.bytes().to_vec())
}

/// A `str`: one, two or four bytes a character, behind a head that is shorter where all are ASCII.
fn text(memory: &Memory, layout: &ObjectLayout, object: u64) -> Result<String, String> {
    expect(memory, layout, object, "str")?;
    let head = memory.piece(object, layout.ascii)?;
    let state = head.int(layout.text_state)?;
    let (width, compact, ascii) = (state >> 2 & 7, state >> 5 & 1, state >> 6 & 1);
    if compact == 0 || !matches!(width, 1 | 2 | 4) {
        return Err("what should be a str object is none: the process is moving, or damaged".to_owned());
    }
    let length = usize::try_from(head.word(layout.text_length)?.min(TEXT_LONGEST)).unwrap_or(0);
    let width = width as usize;
    let start = if ascii == 1 { layout.ascii } else { layout.wide };
    let piece = memory.piece(object.wrapping_add(start as u64), length * width)?;
    let letters = piece.bytes().chunks_exact(width).map(|letter| {
        let number = letter.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
        // Python has half surrogates for the bytes of a name that is not UTF-8.
        char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    Ok(letters.collect())
}
