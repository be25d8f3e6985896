//! Real interpreters, in this process: each that can be had is loaded into a process of its own, and calls back.
//!
//! Those that are on PATH as python3.8 to python3.14, as python3, or in pyenv's folder, and have a libpython.
#![allow(unsafe_code)]

use super::super::{module, thread_end};
use super::*;
use core::ffi::{c_char, c_int, c_void};
use std::collections::BTreeSet;
use std::env;
use std::ffi::CString;
use std::path::PathBuf;
use std::process::Command;

/// Set for the process that loads it.
const LIBRARY: &str = "FORKPROOF_TEST_LIBPYTHON";

/// What a program may ask for, as ctypes calls it: frames as `file\0line\0function\n`, or `!reason`.
extern "C" fn ask(depth: c_int, thread: c_int, answer: *mut u8, room: c_int) -> c_int {
    let mut packed = Packed::new();
    let depth = usize::try_from(depth).unwrap();
    let why = match u32::try_from(thread).unwrap() {
        0 => capture(depth, &mut packed),
        thread => capture_of(thread, depth, &mut packed),
    };
    let mut text = Vec::new();
    if !why.is_empty() {
        text.push(b'!');
        text.extend(why.as_bytes());
    }
    for frame in frames(packed.bytes()) {
        let line = frame.line.to_string();
        text.extend([frame.file, line.as_bytes(), frame.function].join(&b'\0'));
        text.push(b'\n');
    }
    let length = text.len().min(usize::try_from(room).unwrap());
    // SAFETY: a buffer of that size.
    unsafe { answer.copy_from_nonoverlapping(text.as_ptr(), length) };
    c_int::try_from(length).unwrap()
}

extern "C" fn ask_mark() -> u64 {
    mark(16)
}

extern "C" fn line_of(table: *const u8, length: usize, first: u32, offset: isize) -> u32 {
    let Some(Ok(python)) = interpreter::get() else { return u32::MAX };
    // SAFETY: the bytes that ctypes was given.
    lines::line(python.layout.lines, unsafe { core::slice::from_raw_parts(table, length) }, first, offset)
}

/// The libpythons that can be had.
fn libraries() -> BTreeSet<PathBuf> {
    let where_it_is = "\
import sys, sysconfig, os
name, folder = sysconfig.get_config_var('INSTSONAME') or '', sysconfig.get_config_var('LIBDIR') or ''
multiarch = sysconfig.get_config_var('MULTIARCH') or ''
for path in os.path.join(folder, name), os.path.join(folder, multiarch, name):
    if '.so' in name and os.path.exists(path):
        print(os.path.realpath(path))
        break
";
    let mut pythons: Vec<PathBuf> = (8..=14).map(|minor| format!("python3.{minor}").into()).collect();
    pythons.extend(["python3".into(), "/usr/bin/python3".into()]);
    let pyenv = env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv/versions"));
    for version in pyenv.and_then(|folder| folder.read_dir().ok()).into_iter().flatten().flatten() {
        pythons.push(version.path().join("bin/python3"));
    }
    let library = |python: &PathBuf| {
        let output = Command::new(python).args(["-c", where_it_is]).output().ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    pythons.iter().filter_map(library).filter(|path| path.is_file()).collect()
}

#[test]
fn frames_are_those_that_python_itself_tells() {
    if let Some(library) = env::var_os(LIBRARY) {
        return run(&library.into_string().unwrap());
    }
    let libraries = libraries();
    if libraries.is_empty() {
        println!("SKIP: no libpython here: apt-get install libpython3.11");
    }
    for library in libraries {
        println!("{}", library.display());
        let mut myself = Command::new(env::current_exe().unwrap());
        myself.args([
            "--exact",
            "--nocapture",
            "sys::python::tests::frames_are_those_that_python_itself_tells",
        ]);
        let output = myself.env(LIBRARY, &library).output().unwrap();
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {} {text}", library.display(), output.status);
        let line = text.lines().find(|line| line.contains("compared")).unwrap_or_else(|| panic!("{text}"));
        println!("  {line}");
    }
}

/// In the process of its own.
fn run(library: &str) {
    let path = CString::new(library).unwrap();
    // SAFETY: loads an interpreter, starts it, and has it run a program; none of it is used for anything else.
    unsafe {
        let python = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL);
        assert!(!python.is_null(), "{library}");
        let symbol = |name: &core::ffi::CStr| libc::dlsym(python, name.as_ptr());
        let home: PathBuf = PathBuf::from(library).ancestors().nth(2).unwrap().into();
        if home.join("bin/python3").is_file() && home.to_string_lossy().contains(".pyenv") {
            env::set_var("PYTHONHOME", home);
        }
        module::open();
        thread_end::open();
        assert_eq!(capture(1, &mut Packed::new()), "");
        // As the unwinder would: an address in the interpreter.
        let start: unsafe extern "C" fn() = core::mem::transmute(symbol(c"Py_Initialize"));
        notice(&[run as *const () as usize, start as usize]);
        let _address = SINGLE_THREADED.bind();
        let before = capture(1, &mut Packed::new());
        if library.contains("3.6") || library.contains("3.7") {
            assert_eq!(before, "CPython before 3.8 is not read");
            return println!("refused, not compared: {before}");
        }
        assert_eq!(before, "this thread runs no Python");
        start();
        let simple: unsafe extern "C" fn(*const c_char) -> c_int =
            core::mem::transmute::<*mut c_void, _>(symbol(c"PyRun_SimpleString"));
        let program = format!(
            "ASK, MARK, LINE = {}, {}, {}\n{}",
            ask as *const () as usize,
            ask_mark as *const () as usize,
            line_of as *const () as usize,
            include_str!("tests.py")
        );
        let program = CString::new(program).unwrap();
        assert_eq!(simple(program.as_ptr()), 0);
    }
}
