//! The record of a stack: cut at its outer end until it fits a line.

use super::{MAX, STACK, VERSION, field, text};
use core::fmt::{self, Write};

/// Longest path that is written: a longer one is left out, and the module's name stands alone.
const PATH_MAX: usize = 512;
/// Bytes kept free of Python's frames, for the innermost calls and their modules.
const FOR_CALLS: usize = 1024;

/// A module that has frames in a stack.
#[derive(Clone, Copy, Debug)]
pub struct Module<'a> {
    /// Its path, or what the loader has for it.
    pub path: &'a [u8],
    /// The build id's bytes, empty where it has none.
    pub build_id: &'a [u8],
}

/// A Python frame.
#[derive(Clone, Copy, Debug)]
pub struct Python<'a> {
    /// Name of its file.
    pub file: &'a [u8],
    /// Line in it, 0 where it is unknown.
    pub line: u32,
    /// Name of its function.
    pub function: &'a [u8],
}

/// One stack. Texts are bytes from the program: anything may be in them.
#[derive(Clone, Debug)]
pub struct Stack<'a, P> {
    /// Nanoseconds since 1970, `CLOCK_REALTIME`.
    pub time_ns: u64,
    /// The process that says it.
    pub pid: u32,
    /// The thread that says it.
    pub tid: u32,
    /// Its number in this process, from 1.
    pub id: u32,
    /// The modules of its frames, in the order in which the frames come to them.
    pub modules: &'a [Module<'a>],
    /// Innermost first: place in `modules`, -1 for none, and the address less the module's base.
    pub frames: &'a [(i32, usize)],
    /// Innermost first.
    pub python: P,
    /// Why there are none of Python's.
    pub no_python: &'a [u8],
}

impl<'a, P: Iterator<Item = Python<'a>> + Clone> Stack<'a, P> {
    /// Writes the record and its newline, in at most [`MAX`] bytes. What does not fit is the outermost frames, of Python
    /// beyond what leaves the calls a quarter of the line.
    ///
    /// # Errors
    /// Whatever `out` answers.
    pub fn encode(&self, out: &mut impl Write) -> fmt::Result {
        let mut frame = Count(0);
        self.rest(&mut frame, 0, 0, 0)?;
        let mut free = MAX.saturating_sub(frame.0);
        let mut python = 0;
        for (place, frame) in self.python.clone().enumerate() {
            let mut bytes = Count(0);
            python_frame(&mut bytes, place, frame)?;
            match free.checked_sub(bytes.0) {
                Some(left) if left >= FOR_CALLS => (free, python) = (left, place + 1),
                _ => break,
            }
        }
        let (mut calls, mut modules) = (0, 0);
        for (place, &frame) in self.frames.iter().enumerate() {
            let mut bytes = Count(0);
            call(&mut bytes, place, frame)?;
            // Modules come in the order of the frames: a new one is the next.
            let of = usize::try_from(frame.0 + 1).unwrap_or(0).max(modules);
            for (place, one) in self.modules.iter().enumerate().take(of).skip(modules) {
                module(&mut bytes, place, one)?;
            }
            let Some(left) = free.checked_sub(bytes.0) else { break };
            (free, calls, modules) = (left, place + 1, of);
        }
        self.rest(out, modules, calls, python)
    }

    fn rest(&self, out: &mut impl Write, modules: usize, calls: usize, python: usize) -> fmt::Result {
        write!(out, "{{\"v\":{VERSION},\"kind\":\"{STACK}\",\"time_ns\":{}", self.time_ns)?;
        write!(out, ",\"pid\":{},\"tid\":{},\"id\":{},\"modules\":[", self.pid, self.tid, self.id)?;
        self.modules.iter().take(modules).enumerate().try_for_each(|(place, one)| module(out, place, one))?;
        out.write_str("],\"frames\":[")?;
        self.frames.iter().take(calls).enumerate().try_for_each(|(place, &frame)| call(out, place, frame))?;
        out.write_str("],\"python\":[")?;
        let mut frames = self.python.clone().take(python).enumerate();
        frames.try_for_each(|(place, frame)| python_frame(out, place, frame))?;
        out.write_char(']')?;
        field(out, "no_python", self.no_python, usize::MAX)?;
        out.write_str("}\n")
    }
}

fn comma(out: &mut impl Write, place: usize) -> fmt::Result {
    if place == 0 { Ok(()) } else { out.write_char(',') }
}

fn module(out: &mut impl Write, place: usize, module: &Module<'_>) -> fmt::Result {
    comma(out, place)?;
    let name = module.path.rsplit(|&byte| byte == b'/').next().unwrap_or(module.path);
    let path = if module.path.contains(&b'/') && module.path.len() <= PATH_MAX { module.path } else { b"" };
    out.write_str("[\"")?;
    let _whole = text(out, name.get(..PATH_MAX).unwrap_or(name), usize::MAX)?;
    out.write_str("\",\"")?;
    let _whole = text(out, path, usize::MAX)?;
    out.write_str("\",\"")?;
    module.build_id.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
    out.write_str("\"]")
}

fn call(out: &mut impl Write, place: usize, (module, offset): (i32, usize)) -> fmt::Result {
    comma(out, place)?;
    write!(out, "[{module},{offset}]")
}

fn python_frame(out: &mut impl Write, place: usize, frame: Python<'_>) -> fmt::Result {
    comma(out, place)?;
    out.write_str("[\"")?;
    let _whole = text(out, frame.file, usize::MAX)?;
    write!(out, "\",{},\"", frame.line)?;
    let _whole = text(out, frame.function, usize::MAX)?;
    out.write_str("\"]")
}

/// Counts what would be written.
struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(
        modules: &[Module<'_>],
        frames: &[(i32, usize)],
        python: &[Python<'_>],
    ) -> (usize, serde_json::Value) {
        let stack = Stack {
            time_ns: u64::MAX,
            pid: 4_194_304,
            tid: 4_194_304,
            id: u32::MAX,
            modules,
            frames,
            python: python.iter().copied(),
            no_python: b"",
        };
        let mut line = String::new();
        stack.encode(&mut line).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        (line.len(), serde_json::from_str(&line).unwrap())
    }

    #[test]
    fn what_fits_is_whole() {
        let modules = [
            Module { path: b"/usr/lib/libc.so.6", build_id: &[0x58, 0x0f] },
            Module { path: b"linux-vdso.so.1", build_id: &[] },
        ];
        let python = [Python { file: b"/srv/\x1b.py", line: 3, function: b"\xff" }];
        let (_, value) = encoded(&modules, &[(0, 12), (-1, usize::MAX), (1, 7), (0, 13)], &python);
        assert_eq!(
            value["modules"],
            serde_json::json!([["libc.so.6", "/usr/lib/libc.so.6", "580f"], ["linux-vdso.so.1", "", ""]])
        );
        assert_eq!(value["frames"], serde_json::json!([[0, 12], [-1, usize::MAX], [1, 7], [0, 13]]));
        assert_eq!(value["python"], serde_json::json!([["/srv/\u{1b}.py", 3, "\u{fffd}"]]));
        assert_eq!(value["kind"], "stack");
    }

    proptest! {
        #[test]
        fn the_inner_end_is_kept_and_the_line_never_too_long(
            length in 0_usize..700, byte in any::<u8>(), frames in 0_usize..33, python in 0_usize..33,
            name in 0_usize..300,
        ) {
            let path = vec![byte; length];
            let modules: Vec<_> = (0..frames).map(|_| Module { path: &path, build_id: &[7; 20] }).collect();
            let calls: Vec<_> = (0_i32..).zip((0..frames).map(|at| usize::MAX - at)).collect();
            let text = vec![byte; name];
            let lines: Vec<_> =
                (0..).take(python).map(|line| Python { file: &text, line, function: &text }).collect();
            let (bytes, value) = encoded(&modules, &calls, &lines);
            prop_assert!(bytes <= MAX);
            let count = |of: &str| value[of].as_array().unwrap().len();
            prop_assert_eq!(count("modules"), count("frames"));
            for (at, frame) in value["frames"].as_array().unwrap().iter().enumerate() {
                prop_assert_eq!(frame, &serde_json::json!([at, usize::MAX - at]));
            }
            for (at, frame) in value["python"].as_array().unwrap().iter().enumerate() {
                prop_assert_eq!(frame[1].as_u64(), Some(at as u64));
            }
            if name < 20 && length < 20 && byte.is_ascii_alphabetic() {
                prop_assert_eq!((count("frames").min(16), count("python").min(16)), (frames.min(16), python.min(16)));
            }
        }
    }
}
