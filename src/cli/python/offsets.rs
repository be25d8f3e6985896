//! Where `CPython` keeps what we look for: data, by version.
//!
//! 3.13 and newer describe themselves. For 3.11 and 3.12, the offsets are those of a release build for a 64-bit
//! machine, each with the header it comes from. What none of this is for is refused by name.

use super::description;
use super::image::Image;
use super::memory::Memory;

/// Offsets in bytes, sizes too.
#[derive(Debug)]
pub struct Layout {
    /// `_PyRuntimeState.interpreters.head`
    pub interpreters: usize,
    /// `PyInterpreterState.next`
    pub next_interpreter: usize,
    /// `PyInterpreterState.threads.head`
    pub threads: usize,
    /// `PyThreadState.next`
    pub next_thread: usize,
    /// `PyThreadState.native_thread_id`
    pub thread_number: usize,
    /// `PyThreadState.thread_id`: a `pthread_t`
    pub pthread: usize,
    /// Where a thread has its innermost frame.
    pub innermost: Innermost,
    pub frame: FrameLayout,
    pub code: CodeLayout,
    pub object: ObjectLayout,
}

#[derive(Debug)]
pub enum Innermost {
    /// `PyThreadState.current_frame`
    InThread(usize),
    /// `PyThreadState.cframe`, on the C stack, and therein `_PyCFrame.current_frame`
    InCFrame(usize, usize),
}

/// `_PyInterpreterFrame`
#[derive(Debug)]
pub struct FrameLayout {
    pub previous: usize,
    pub code: usize,
    pub instruction: usize,
    pub owner: usize,
}

/// `PyCodeObject`
#[derive(Debug)]
pub struct CodeLayout {
    pub first_line: usize,
    pub file: usize,
    pub name: usize,
    pub lines: usize,
    pub instructions: usize,
}

/// `PyObject`, `PyTypeObject`, `PyBytesObject`, `PyASCIIObject` and `PyCompactUnicodeObject`
#[derive(Debug)]
pub struct ObjectLayout {
    pub kind: usize,
    pub kind_name: usize,
    pub bytes_length: usize,
    pub bytes: usize,
    pub text_length: usize,
    pub text_state: usize,
    pub ascii: usize,
    pub wide: usize,
}

/// Frames from this owner on are the interpreter's own, between its C code and Python's (`enum _frameowner` in
/// `internal/pycore_frame.h`; 3.14 has two such owners, and 3.11 none).
pub const NOBODYS: u8 = 3;

// Measured with offsetof against the headers of 3.11.2 and 3.11.7.
const V3_11: Layout = Layout {
    interpreters: 40,                      // internal/pycore_runtime.h
    next_interpreter: 0,                   // internal/pycore_interp.h
    threads: 16,                           // internal/pycore_interp.h
    next_thread: 8,                        // cpython/pystate.h
    thread_number: 160,                    // cpython/pystate.h
    pthread: 152,                          // cpython/pystate.h
    innermost: Innermost::InCFrame(56, 8), // cpython/pystate.h
    frame: FrameLayout { previous: 48, code: 32, instruction: 56, owner: 69 }, // internal/pycore_frame.h
    code: CodeLayout { first_line: 72, file: 112, name: 128, lines: 136, instructions: 184 }, // cpython/code.h
    object: ObjectLayout { ascii: 48, wide: 72, ..V3_12.object }, // cpython/unicodeobject.h: wstr is in it still
};

// Measured with offsetof against the headers of 3.12.1.
const V3_12: Layout = Layout {
    interpreters: 40,                      // internal/pycore_runtime.h
    next_interpreter: 0,                   // internal/pycore_interp.h
    threads: 72,                           // internal/pycore_interp.h
    next_thread: 8,                        // cpython/pystate.h
    thread_number: 144,                    // cpython/pystate.h
    pthread: 136,                          // cpython/pystate.h
    innermost: Innermost::InCFrame(56, 0), // cpython/pystate.h
    frame: FrameLayout { previous: 8, code: 0, instruction: 56, owner: 70 }, // internal/pycore_frame.h
    code: CodeLayout { first_line: 68, file: 112, name: 128, lines: 136, instructions: 192 }, // cpython/code.h
    object: ObjectLayout {
        kind: 8,          // object.h
        kind_name: 24,    // cpython/object.h
        bytes_length: 16, // object.h
        bytes: 32,        // cpython/bytesobject.h
        text_length: 16,  // cpython/unicodeobject.h, and the next three
        text_state: 32,
        ascii: 40,
        wide: 56,
    },
};

/// The layout of the Python in `image`.
pub fn layout(memory: &Memory, image: &Image) -> Result<Layout, String> {
    if description::is_at(memory, image.runtime)? {
        return description::layout(memory, image.runtime);
    }
    match image.version {
        Some((3, 11)) => Ok(V3_11),
        Some((3, 12)) => Ok(V3_12),
        Some((major, minor)) => Err(not_known(major, minor)),
        None => {
            Err("which Python it is cannot be told: its program has neither symbols nor a number in its name"
                .into())
        }
    }
}

/// The refusal.
pub fn not_known(major: u8, minor: u8) -> String {
    format!("Python {major}.{minor} is not known; 3.11 to 3.14 are")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a `_PyRuntime` that begins with `words`.
    fn refusal(words: &[u64], version: Option<(u8, u8)>) -> String {
        let memory = Memory::of(std::process::id()).unwrap();
        layout(&memory, &Image { runtime: words.as_ptr().addr() as u64, version }).unwrap_err()
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let cookie = u64::from_ne_bytes(*b"xdebugpy");
        assert_eq!(refusal(&[0; 3], Some((3, 10))), "Python 3.10 is not known; 3.11 to 3.14 are");
        assert!(refusal(&[0; 3], None).contains("cannot be told"));
        assert!(refusal(&[cookie, 0x030f_00f0, 0], None).contains("Python 3.15 is not known"));
        assert!(refusal(&[cookie, 0x030e_00f0, 1], None).contains("without the GIL"));
        assert!(
            refusal(&[&[cookie, 0x030d_00f0, 0][..], &[u64::MAX; 70]].concat(), None).contains("describe")
        );
    }
}
