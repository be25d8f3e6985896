//! What Python 3.13 and newer say of themselves, for debuggers: `_Py_DebugOffsets`, with which `_PyRuntime` begins.
//!
//! It is words, most of them offsets, and has no names: here is which word is which.

use super::image;
use super::memory::Memory;
use super::offsets::{CodeLayout, FrameLayout, Innermost, Layout, ObjectLayout, not_known};

/// Which word of `_Py_DebugOffsets` has which offset: `internal/pycore_runtime.h` in 3.13,
/// `internal/pycore_debug_offsets.h` since.
struct Description {
    words: usize,
    next_interpreter: usize,
    threads: usize,
    next_thread: usize,
    current_frame: usize,
    thread_id: usize,
    native_thread_id: usize,
    previous: usize,
    executable: usize,
    instr_ptr: usize,
    owner: usize,
    filename: usize,
    qualname: usize,
    linetable: usize,
    firstlineno: usize,
    co_code_adaptive: usize,
    ob_type: usize,
    tp_name: usize,
    ob_size: usize,
    ob_sval: usize,
    state: usize,
    length: usize,
    asciiobject_size: usize,
}

const COOKIE: &[u8] = b"xdebugpy";
/// The words that are the same in each: version, whether it is a build without the GIL, `interpreters.head`.
const VERSION: usize = 1;
const FREE_THREADED: usize = 2;
const INTERPRETERS_HEAD: usize = 5;
/// No offset is as large: the largest structure, `PyInterpreterState`, has some 300 KiB.
const FARTHEST: usize = 1 << 20;

// Measured with offsetof against the header of 3.13.0.
const D3_13: Description = Description {
    words: 73,
    next_interpreter: 8,
    threads: 9,
    next_thread: 21,
    current_frame: 23,
    thread_id: 24,
    native_thread_id: 25,
    previous: 29,
    executable: 30,
    instr_ptr: 31,
    owner: 33,
    filename: 35,
    qualname: 37,
    linetable: 38,
    firstlineno: 39,
    co_code_adaptive: 43,
    ob_type: 45,
    tp_name: 47,
    ob_size: 65,
    ob_sval: 66,
    state: 68,
    length: 69,
    asciiobject_size: 70,
};

// Measured with offsetof against the header of 3.14.10.
const D3_14: Description = Description {
    words: 95,
    next_interpreter: 8,
    threads: 9,
    next_thread: 24,
    current_frame: 26,
    thread_id: 27,
    native_thread_id: 28,
    previous: 32,
    executable: 33,
    instr_ptr: 34,
    owner: 36,
    filename: 40,
    qualname: 42,
    linetable: 43,
    firstlineno: 44,
    co_code_adaptive: 48,
    ob_type: 51,
    tp_name: 53,
    ob_size: 75,
    ob_sval: 76,
    state: 78,
    length: 79,
    asciiobject_size: 80,
};

/// Does a description begin here?
pub fn is_at(memory: &Memory, runtime: u64) -> Result<bool, String> {
    Ok(memory.piece(runtime, COOKIE.len())?.bytes() == COOKIE)
}

/// The description at the start of `_PyRuntime`, read.
pub fn layout(memory: &Memory, runtime: u64) -> Result<Layout, String> {
    let start = memory.piece(runtime, 8 * (FREE_THREADED + 1))?;
    let (major, minor) = image::version(start.word(8 * VERSION)?);
    let at = match (major, minor) {
        (3, 13) => &D3_13,
        (3, 14) => &D3_14,
        _ => return Err(not_known(major, minor)),
    };
    if start.word(8 * FREE_THREADED)? != 0 {
        return Err(format!("Python {major}.{minor} without the GIL is not known"));
    }
    let description = memory.piece(runtime, 8 * at.words)?;
    let offset = |word: usize| {
        let offset = usize::try_from(description.word(8 * word)?).ok().filter(|&offset| offset < FARTHEST);
        offset.ok_or_else(|| format!("Python {major}.{minor} does not describe itself as that version does"))
    };
    let ascii = offset(at.asciiobject_size)?;
    Ok(Layout {
        interpreters: offset(INTERPRETERS_HEAD)?,
        next_interpreter: offset(at.next_interpreter)?,
        threads: offset(at.threads)?,
        next_thread: offset(at.next_thread)?,
        thread_number: offset(at.native_thread_id)?,
        pthread: offset(at.thread_id)?,
        innermost: Innermost::InThread(offset(at.current_frame)?),
        frame: FrameLayout {
            previous: offset(at.previous)?,
            code: offset(at.executable)?,
            instruction: offset(at.instr_ptr)?,
            owner: offset(at.owner)?,
        },
        code: CodeLayout {
            first_line: offset(at.firstlineno)?,
            file: offset(at.filename)?,
            name: offset(at.qualname)?,
            lines: offset(at.linetable)?,
            instructions: offset(at.co_code_adaptive)?,
        },
        object: ObjectLayout {
            kind: offset(at.ob_type)?,
            kind_name: offset(at.tp_name)?,
            bytes_length: offset(at.ob_size)?,
            bytes: offset(at.ob_sval)?,
            text_length: offset(at.length)?,
            text_state: offset(at.state)?,
            ascii,
            wide: ascii + 16, // utf8_length and utf8
        },
    })
}
