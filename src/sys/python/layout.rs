//! Where `CPython` keeps what we look for, by version.
//!
//! 3.13 and newer describe themselves (`_Py_DebugOffsets`, with which `_PyRuntime` begins). For what is older the
//! offsets are those of a release build for a 64-bit machine, measured with offsetof against the headers of 3.8.18, 3.9.18,
//! 3.10.13, 3.11.7 and 3.12.1; they are the same in all of a minor version.
//!
//! # Safety
//! The description is in the interpreter's data, as long as its size says.
#![allow(unsafe_code)]

/// Offsets in bytes.
#[derive(Clone, Copy)]
pub struct Layout {
    pub innermost: Innermost,
    pub lines: Lines,
    /// `_PyRuntimeState.interpreters.head` and `.main`
    pub newest: usize,
    pub main: usize,
    /// `PyInterpreterState.threads.head`
    pub threads: usize,
    /// `PyThreadState.next`, `.interp`, `.thread_id` (a `pthread_t`)
    pub next: usize,
    pub interpreter: usize,
    pub pthread: usize,
    /// Of `PyFrameObject` or `_PyInterpreterFrame`.
    pub frame: FrameLayout,
    /// Of `PyCodeObject`.
    pub first_line: usize,
    pub file: usize,
    pub name: usize,
    pub table: usize,
    /// `sizeof(PyASCIIObject)`; of `PyCompactUnicodeObject` it is two words more, and one more where `wstr` is still there.
    pub ascii: usize,
    pub wide: usize,
}

/// Where a thread has its innermost frame.
#[derive(Clone, Copy)]
pub enum Innermost {
    /// `PyThreadState.frame` or `.current_frame`
    InThread(usize),
    /// `PyThreadState.cframe`, on the C stack, and therein `_PyCFrame.current_frame`
    InCFrame(usize, usize),
}

/// A frame.
#[derive(Clone, Copy)]
pub struct FrameLayout {
    pub previous: usize,
    pub code: usize,
    pub at: At,
}

/// How a frame says where it is.
#[derive(Clone, Copy)]
pub enum At {
    /// `f_lasti`, and a line in `f_lineno` that counts where the word at `traced` is not zero.
    Object { last: usize, line: usize, traced: usize },
    /// A pointer into the code, which begins at `code` in the code object, and at `first` has the number of units before the
    /// first line (`_co_firsttraceable`); and who owns the frame.
    Instruction { at: usize, code: usize, first: usize, owner: usize },
}

/// What kind of line table it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lines {
    /// `co_lnotab` of 3.8 and 3.9.
    Lnotab,
    /// `co_linetable` of 3.10 (PEP 626).
    Pairs,
    /// `co_linetable` since.
    Locations,
}

/// Frames from this owner on are the interpreter's own, between its C code and Python's (`enum _frameowner`; 3.14 has
/// two such owners, and 3.11 none).
pub const NOBODYS: u8 = 3;
pub const GENERATORS: u8 = 1;

pub const V3_8: Layout = Layout {
    innermost: Innermost::InThread(24),
    lines: Lines::Lnotab,
    newest: 32,
    main: 40,
    threads: 8,
    next: 8,
    interpreter: 16,
    pthread: 176,
    frame: FrameLayout { previous: 24, code: 32, at: At::Object { last: 104, line: 108, traced: 80 } },
    first_line: 40,
    file: 104,
    name: 112,
    table: 120,
    ascii: 48,
    wide: 72,
};

// `f_trace` no longer decides; a line that is not zero does.
pub const V3_10: Layout = Layout {
    lines: Lines::Pairs,
    frame: FrameLayout { previous: 24, code: 32, at: At::Object { last: 96, line: 100, traced: 100 } },
    ..V3_8
};

pub const V3_11: Layout = Layout {
    innermost: Innermost::InCFrame(56, 8),
    lines: Lines::Locations,
    newest: 40,
    main: 48,
    threads: 16,
    next: 8,
    interpreter: 16,
    pthread: 152,
    frame: FrameLayout {
        previous: 48,
        code: 32,
        at: At::Instruction { at: 56, code: 184, first: 168, owner: 69 },
    },
    first_line: 72,
    file: 112,
    name: 128,
    table: 136,
    ascii: 48,
    wide: 72,
};

pub const V3_12: Layout = Layout {
    innermost: Innermost::InCFrame(56, 0),
    threads: 72,
    pthread: 136,
    frame: FrameLayout {
        previous: 8,
        code: 0,
        at: At::Instruction { at: 56, code: 192, first: 176, owner: 70 },
    },
    first_line: 68,
    ascii: 40,
    wide: 56,
    ..V3_11
};

const COOKIE: usize = usize::from_ne_bytes(*b"xdebugpy");
const FREE_THREADED: usize = 2;
/// No offset is as large: the largest structure, `PyInterpreterState`, has some 300 KiB.
const FARTHEST: usize = 1 << 20;

/// Which word of the description has which offset.
struct Words {
    count: usize,
    threads: usize,
    interpreter: usize,
    next: usize,
    current_frame: usize,
    pthread: usize,
    previous: usize,
    executable: usize,
    instruction: usize,
    owner: usize,
    file: usize,
    qualified: usize,
    table: usize,
    first_line: usize,
    code: usize,
    ascii: usize,
}

// `internal/pycore_runtime.h` of 3.13.0.
const W3_13: Words = Words {
    count: 73,
    threads: 9,
    interpreter: 22,
    next: 21,
    current_frame: 23,
    pthread: 24,
    previous: 29,
    executable: 30,
    instruction: 31,
    owner: 33,
    file: 35,
    qualified: 37,
    table: 38,
    first_line: 39,
    code: 43,
    ascii: 70,
};

// `internal/pycore_debug_offsets.h` of 3.14.
const W3_14: Words = Words {
    count: 95,
    threads: 9,
    interpreter: 25,
    next: 24,
    current_frame: 26,
    pthread: 27,
    previous: 32,
    executable: 33,
    instruction: 34,
    owner: 36,
    file: 40,
    qualified: 42,
    table: 43,
    first_line: 44,
    code: 48,
    ascii: 80,
};

/// Why version 3.`minor` is not read.
pub fn is_known(minor: u8) -> Result<(), &'static str> {
    match minor {
        8..=14 => Ok(()),
        0..=7 => Err("CPython before 3.8 is not read"),
        _ => Err("this CPython is newer than those that are read, 3.8 to 3.14"),
    }
}

/// The layout of the interpreter of version 3.`minor` whose `_PyRuntime` is at `runtime`, or why there is none.
pub fn of(minor: u8, runtime: usize) -> Result<Layout, &'static str> {
    is_known(minor)?;
    match minor {
        8 | 9 => Ok(V3_8),
        10 => Ok(V3_10),
        11 => Ok(V3_11),
        12 => Ok(V3_12),
        13 => described(&W3_13, runtime),
        _ => described(&W3_14, runtime),
    }
}

fn described(words: &Words, runtime: usize) -> Result<Layout, &'static str> {
    const UNLIKE: &str = "CPython does not describe itself as this version does";
    let runtime = core::ptr::with_exposed_provenance::<usize>(runtime);
    // SAFETY: `_PyRuntime` is some hundred KiB of the interpreter's data.
    let description = unsafe { core::slice::from_raw_parts(runtime, words.count) };
    if description.first() != Some(&COOKIE) {
        return Err(UNLIKE);
    }
    if description.get(FREE_THREADED) != Some(&0) {
        return Err("CPython without the GIL is not read");
    }
    let offset =
        |word: usize| description.get(word).copied().filter(|&offset| offset < FARTHEST).ok_or(UNLIKE);
    // `interpreters.main` stands behind `interpreters.head` in all versions, and is not described.
    let newest = offset(5)?;
    let ascii = offset(words.ascii)?;
    Ok(Layout {
        innermost: Innermost::InThread(offset(words.current_frame)?),
        lines: Lines::Locations,
        newest,
        main: newest + 8,
        threads: offset(words.threads)?,
        next: offset(words.next)?,
        interpreter: offset(words.interpreter)?,
        pthread: offset(words.pthread)?,
        frame: FrameLayout {
            previous: offset(words.previous)?,
            code: offset(words.executable)?,
            at: At::Instruction {
                at: offset(words.instruction)?,
                code: offset(words.code)?,
                // Not described; before the code there is only `co_extra`.
                first: offset(words.code)?.checked_sub(16).ok_or(UNLIKE)?,
                owner: offset(words.owner)?,
            },
        },
        first_line: offset(words.first_line)?,
        file: offset(words.file)?,
        name: offset(words.qualified)?,
        table: offset(words.table)?,
        ascii,
        wide: ascii + 16,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let refusal = |minor, words: &[usize]| of(minor, words.as_ptr().addr()).err().unwrap();
        assert!(refusal(7, &[]).contains("before 3.8"));
        assert!(refusal(15, &[]).contains("newer"));
        assert!(refusal(13, &[0; 100]).contains("describe"));
        let mut words = [COOKIE; 100];
        assert!(refusal(14, &words).contains("GIL"));
        words[FREE_THREADED] = 0;
        assert!(refusal(13, &words).contains("describe"));
    }
}
