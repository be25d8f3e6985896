//! A stack of the log made readable: places in source where they can be had.

use super::read;

/// What is known of one stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stack {
    /// Innermost first.
    pub frames: Vec<Frame>,
    /// Innermost first.
    pub python: Vec<Line>,
    /// Why a program that runs Python has no Python frames here; empty where it has, or runs none.
    pub no_python: String,
}

/// A return address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame {
    /// File name of the module, empty where the address lies in none.
    pub module: String,
    /// Where the module was on the machine that wrote the log.
    pub path: String,
    /// In hexadecimal, empty where it has none.
    pub build_id: String,
    /// From where the module was loaded; without a module, the address.
    pub offset: u64,
    /// The functions there, the innermost of those that were inlined first; empty where nobody can tell.
    pub lines: Vec<Line>,
}

/// A function, and where in its source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// Demangled; in Python with its class.
    pub function: String,
    /// Empty where unknown.
    pub file: String,
    /// 0 where unknown.
    pub line: u32,
}

/// A place in source, or in a module where that is all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Empty where unknown.
    pub function: &'a str,
    /// Empty where unknown.
    pub file: &'a str,
    /// 0 where unknown.
    pub line: u32,
    /// Name of the module, empty for Python.
    pub module: &'a str,
    /// In the module, as logged.
    pub offset: u64,
}

impl Stack {
    /// The first frame that is the user's own: Python outside of the standard library and of site-packages; without
    /// such a one, C outside of the system's libraries.
    pub fn own(&self) -> Option<Place<'_>> {
        let python = self.python.first();
        python.map(|line| Place {
            function: &line.function,
            file: &line.file,
            line: line.line,
            module: "",
            offset: 0,
        })
    }
}

impl From<read::Stack> for Stack {
    fn from(stack: read::Stack) -> Self {
        let modules = stack.modules;
        let frame = |(module, offset): (i32, u64)| {
            let place = usize::try_from(module).ok();
            let (module, path, build_id) =
                place.and_then(|place| modules.get(place)).cloned().unwrap_or_default();
            Frame { module, path, build_id, offset, lines: Vec::new() }
        };
        let line = |(file, line, function)| Line { function, file, line };
        Self {
            frames: stack.frames.into_iter().map(frame).collect(),
            python: stack.python.into_iter().map(line).collect(),
            no_python: stack.no_python,
        }
    }
}
