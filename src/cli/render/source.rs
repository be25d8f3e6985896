//! The one place in source that a format for machines points at, and its name as another machine knows it.

use crate::cli::history::Group;
use crate::cli::stack::{Frame, Line, Stack};
use std::env;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

/// Modules that are nobody's own code wherever they are installed.
const RUNTIMES: [&str; 7] =
    ["libc.so", "libpthread.so", "ld-linux", "libforkproof.so", "libpython", "libstdc++.so", "libgcc_s.so"];

/// Where distributions put what is not the user's.
const SYSTEM: [&str; 7] =
    ["/usr/lib/", "/usr/lib64/", "/lib/", "/lib64/", "/usr/include/", "/usr/src/debug/", "/build/"];

/// The folder that source files are named from.
pub struct Root {
    /// Absolute: as it was given, and with its symbolic links followed.
    folders: Vec<PathBuf>,
}

impl Root {
    /// The folder, or the current one.
    pub fn new(given: Option<&Path>) -> Self {
        let given = given.map(Path::to_path_buf).or_else(|| env::current_dir().ok()).unwrap_or_default();
        let plain = std::path::absolute(&given).unwrap_or_else(|_| given.clone());
        let real = given.canonicalize().ok().filter(|real| *real != plain);
        Self { folders: [plain].into_iter().chain(real).collect() }
    }

    /// The name of `file` below the folder, parted by slashes; nothing for a file elsewhere.
    pub fn relative<'a>(&self, file: &'a str) -> Option<&'a str> {
        let path = Path::new(file);
        let inside = match path.is_absolute() {
            true => self.folders.iter().find_map(|folder| path.strip_prefix(folder).ok())?,
            false => path.strip_prefix("./").unwrap_or(path),
        };
        let plain = inside.components().all(|part| matches!(part, Component::Normal(_)));
        // Python names what is no file `<string>`, `<stdin>` or `<frozen runpy>`.
        let inside = inside.to_str().filter(|name| plain && !name.is_empty() && !name.starts_with('<'))?;
        Some(inside)
    }

    /// A file at the top of the folder that stands for the whole, for findings of which no source line is known.
    pub fn landmark(&self) -> Option<&'static str> {
        const FILES: [&str; 10] = [
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "requirements.txt",
            "Cargo.toml",
            "CMakeLists.txt",
            "meson.build",
            "Makefile",
            "package.json",
            "README.md",
        ];
        FILES.into_iter().find(|name| self.folders.iter().any(|folder| folder.join(name).is_file()))
    }
}

/// The stacks of a group that there are, with what happened there, the use first.
pub fn stacks(group: &Group) -> impl Iterator<Item = (&'static str, &Stack)> {
    let named = [
        ("used here", &group.used),
        ("forked here", &group.forked),
        ("made here", &group.made),
        ("held here", &group.holder),
    ];
    named.into_iter().filter_map(|(what, stack)| stack.as_ref().map(|stack| (what, stack)))
}

/// The user's own line: of Python if there is one, else of C; outside of libraries, or the innermost there is.
pub fn own(stack: &Stack) -> Option<&Line> {
    let known = |line: &&Line| !line.file.is_empty();
    let native = || stack.frames.iter().filter(|frame| !is_runtime(frame)).flat_map(|frame| &frame.lines);
    let mut python = stack.python.iter().filter(known);
    python
        .clone()
        .find(|line| !is_library(&line.file))
        .or_else(|| python.next())
        .or_else(|| native().find(|line| known(line) && !is_library(&line.file)))
        .or_else(|| native().find(known))
}

fn is_runtime(frame: &Frame) -> bool {
    RUNTIMES.iter().any(|name| frame.module.starts_with(name))
}

/// Of Python's own library or an installed package, or of a distribution's.
fn is_library(file: &str) -> bool {
    let versioned = |rest: &str| rest.starts_with(|letter: char| letter.is_ascii_digit());
    file.starts_with('<')
        || file.contains("/site-packages/")
        || file.contains("/dist-packages/")
        || file.split("/lib/python").skip(1).any(versioned)
        || SYSTEM.iter().any(|folder| file.starts_with(folder))
}

/// The line that the finding is put at, and what happened there: the first of its stacks whose own line is below the
/// root, and else the first that has one at all.
pub fn place<'a>(group: &'a Group, root: &Root) -> Option<(&'static str, &'a Line)> {
    let lines = || stacks(group).filter_map(|(what, stack)| own(stack).map(|line| (what, line)));
    lines().find(|(_, line)| root.relative(&line.file).is_some()).or_else(|| lines().next())
}

/// `file:line in function`, or `module+0xoffset` of the innermost frame that is not libc's; empty if nothing is known.
pub fn label(group: &Group, root: &Root) -> String {
    if let Some((_, line)) = place(group, root) {
        let mut text = root.relative(&line.file).unwrap_or(&line.file).to_owned();
        if line.line != 0 {
            let _ = write!(text, ":{}", line.line);
        }
        if !line.function.is_empty() {
            let _ = write!(text, " in {}", line.function);
        }
        return text;
    }
    let frames = || stacks(group).flat_map(|(_, stack)| &stack.frames);
    match frames().find(|frame| !is_runtime(frame) && !frame.module.is_empty()).or_else(|| frames().next()) {
        Some(frame) => address(frame),
        None => group.first.made_at.clone(),
    }
}

/// `module+0xoffset`, with the function's name if there is one.
pub fn address(frame: &Frame) -> String {
    let place = if frame.module.is_empty() {
        format!("{:#x}", frame.offset)
    } else {
        format!("{}+{:#x}", frame.module, frame.offset)
    };
    match frame.lines.first().filter(|line| !line.function.is_empty()) {
        Some(line) => format!("{} ({place})", line.function),
        None => place,
    }
}
