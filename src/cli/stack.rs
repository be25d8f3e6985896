//! A stack of the log made readable: places in source where they can be had.

use super::read;
use std::fmt;

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
#[allow(clippy::struct_field_names, reason = "a line's number has no other name")]
pub struct Line {
    /// Demangled; in Python with its class.
    pub function: String,
    /// Empty where unknown.
    pub file: String,
    /// 0 where unknown.
    pub line: u32,
}

/// A place in source, or in a module where that is all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

impl fmt::Display for Place<'_> {
    /// As terminals and editors make a link of it: file and line first. Foreign text: not fit for a terminal as it is.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file, self.line, self.module) {
            ("", _, "") => write!(out, "0x{:x}", self.offset)?,
            ("", _, module) => write!(out, "{module}+0x{:x}", self.offset)?,
            (file, 0, _) => out.write_str(file)?,
            (file, line, _) => write!(out, "{file}:{line}")?,
        }
        match self.function {
            "" => Ok(()),
            function => write!(out, " in {function}"),
        }
    }
}

/// Folders of what came with the system or was installed beside the user's own source.
const INSTALLED: [&str; 6] = [
    "/site-packages/",
    "/dist-packages/",
    "/.cargo/registry/",
    "/rustc/",
    "/usr/include/",
    "/usr/src/debug/",
];
/// Where a distribution's libraries are.
const LIBRARIES: [&str; 4] = ["/usr/lib/", "/usr/lib64/", "/lib/", "/lib64/"];
/// Modules that are nobody's own wherever they are installed.
const RUNTIMES: [&str; 9] = [
    "libc.so",
    "libpthread.so",
    "ld-linux",
    "libforkproof",
    "libpython",
    "python",
    "libstdc++.so",
    "libgcc_s.so",
    "linux-vdso",
];

impl Line {
    /// Whether this line of Python is the user's own.
    pub fn is_own_python(&self) -> bool {
        let file = &*self.file;
        !file.is_empty() && !file.starts_with('<') && !installed(file) && !is_standard_library(file)
    }

    /// What it came with, for Python: the package that was installed, the interpreter; for the user's own the file.
    pub fn package(&self) -> &str {
        let file = &*self.file;
        let installed =
            ["/site-packages/", "/dist-packages/"].iter().find_map(|folder| file.rsplit_once(folder));
        match installed.and_then(|(_, inside)| inside.split('/').next()) {
            Some(name) => name.strip_suffix(".py").unwrap_or(name),
            None if self.is_own_python() => file,
            None => "Python's library",
        }
    }

    /// Where it is, for Python.
    pub fn place(&self) -> Place<'_> {
        Place { function: &self.function, file: &self.file, line: self.line, ..Place::default() }
    }
}

impl Frame {
    /// Whether it lies in the program, or in a library that no distribution installed.
    pub fn is_own(&self) -> bool {
        let path = &*self.path;
        !self.module.is_empty()
            && !LIBRARIES.iter().any(|folder| path.starts_with(folder))
            && !RUNTIMES.iter().any(|name| self.module.starts_with(name))
            && !installed(path)
            && !is_standard_library(path)
    }

    /// Its places, the innermost of those that were inlined first; the bare offset where nobody knows more.
    pub fn places(&self) -> impl DoubleEndedIterator<Item = Place<'_>> {
        let bare = Place { module: &self.module, offset: self.offset, ..Place::default() };
        let bare = self.lines.is_empty().then_some(bare);
        let known =
            self.lines.iter().map(|line| Place { module: &self.module, offset: self.offset, ..line.place() });
        known.chain(bare)
    }
}

fn installed(file: &str) -> bool {
    INSTALLED.iter().any(|folder| file.contains(folder))
}

/// `/usr/lib/python3.11/selectors.py`, `lib/python311.zip/…`, wherever the interpreter is.
fn is_standard_library(file: &str) -> bool {
    file.match_indices("/python").any(|(place, _)| {
        let before = file.get(..place).unwrap_or_default();
        let rest = file.get(place + "/python".len()..).unwrap_or_default();
        let in_lib = ["lib", "lib64", "Lib"].iter().any(|lib| before.ends_with(lib));
        in_lib && rest.starts_with(|letter: char| letter.is_ascii_digit())
    })
}

impl Stack {
    /// The first frame that is the user's own: Python outside of the standard library and of site-packages; without
    /// such a one, C outside of the system's libraries.
    pub fn own(&self) -> Option<Place<'_>> {
        let python = self.python.iter().find(|line| line.is_own_python());
        python.map(Line::place).or_else(|| {
            let mut own = self.frames.iter().filter(|frame| frame.is_own()).peekable();
            let first = own.peek()?.places().next();
            // What was inlined from a header of the system's is called by what is the user's own.
            own.flat_map(Frame::places).find(|place| !installed(place.file)).or(first)
        })
    }

    /// The user's own place, else the innermost that is not libc's or the interpreter's, else the innermost.
    pub fn nearest(&self) -> Option<Place<'_>> {
        let runtime = |frame: &&Frame| RUNTIMES.iter().any(|name| frame.module.starts_with(name));
        self.own()
            .or_else(|| self.python.first().map(Line::place))
            .or_else(|| {
                self.frames.iter().find(|frame| !runtime(frame)).and_then(|frame| frame.places().next())
            })
            .or_else(|| self.frames.first().and_then(|frame| frame.places().next()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(file: &str) -> Line {
        Line { file: file.to_owned(), line: 7, function: "f".to_owned() }
    }

    #[test]
    fn the_users_own_python_is_told_from_what_is_installed() {
        for own in ["/srv/app/app.py", "app.py", "/home/me/python3/app.py", "/home/me/lib/tool.py"] {
            assert!(line(own).is_own_python(), "{own}");
        }
        for other in [
            "",
            "<frozen importlib._bootstrap>",
            "<string>",
            "/usr/lib/python3.11/asyncio/base_events.py",
            "/home/me/.pyenv/versions/3.12.1/lib/python3.12/selectors.py",
            "/usr/lib/python311.zip/selectors.py",
            "/srv/venv/lib/python3.11/site-packages/tornado/ioloop.py",
            "/usr/lib/python3/dist-packages/tornado/ioloop.py",
        ] {
            assert!(!line(other).is_own_python(), "{other}");
        }
    }

    #[test]
    fn without_python_the_program_is_the_users_own() {
        let frame = |module: &str, path: &str, lines: Vec<Line>| Frame {
            module: module.to_owned(),
            path: path.to_owned(),
            offset: 16,
            lines,
            ..Frame::default()
        };
        let libc =
            frame("libc.so.6", "/usr/lib/x86_64-linux-gnu/libc.so.6", vec![line("/build/glibc/fork.c")]);
        let uv = frame("libuv.so.1", "/usr/lib/x86_64-linux-gnu/libuv.so.1", Vec::new());
        let inlined = vec![line("/usr/include/c++/12/vector"), line("/srv/app/server.cc")];
        let stack = Stack {
            frames: vec![libc.clone(), uv.clone(), frame("server", "/srv/app/server", inlined)],
            ..Stack::default()
        };
        assert_eq!(stack.own().unwrap().file, "/srv/app/server.cc");
        let stack = Stack { frames: vec![libc.clone(), uv], ..Stack::default() };
        assert_eq!(stack.own(), None);
        assert_eq!(stack.nearest().unwrap().to_string(), "libuv.so.1+0x10");
        let stack = Stack { frames: vec![libc], ..Stack::default() };
        assert_eq!(stack.nearest().unwrap().to_string(), "/build/glibc/fork.c:7 in f");
        let select = "/home/me/.pyenv/versions/3.11.7/lib/python3.11/lib-dynload/select.so";
        assert!(!frame("select.so", select, Vec::new()).is_own());
    }
}
