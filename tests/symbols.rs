//! Return addresses of a log become functions, files and lines: by the build id, from wherever the debug information is.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod command;

use command::{compiled, folder, forkproof};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// Says from where its module was loaded to where a call of its returns.
const PROGRAM: &str = r#"#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>
static int first(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    *(unsigned long *)base = info->dlpi_addr;
    return 1;
}
__attribute__((noinline)) unsigned long here(void)
{
    return (unsigned long)__builtin_return_address(0);
}
static inline __attribute__((always_inline)) unsigned long inner(void)
{
    unsigned long there = here(); /* line 16 */
    __asm__ volatile("" : "+r"(there));
    return there;
}
NAMED
{
    unsigned long base = 0, there = inner(); /* line 22 */
    dl_iterate_phdr(first, &base);
    return there - base;
}
int main(void)
{
    return printf("%lu\n", caller()) < 0;
}
"#;

const C: &str = "__attribute__((noinline)) unsigned long caller(void)";
const ID: &str = "00112233445566778899aabbccddeeff00112233";

struct Built {
    folder: PathBuf,
    program: PathBuf,
    offset: u64,
}

impl Built {
    /// A program with the build id [`ID`], whose function is declared so.
    fn new(name: &str, named: &str, options: &[&str]) -> Self {
        let folder = folder(name);
        let program = folder.join("program");
        let id = format!("-Wl,--build-id=0x{ID}");
        let mut all = vec!["-O2", "-g", "-Wno-unused-function", &id];
        all.extend(options);
        assert!(compiled(&program, &PROGRAM.replace("NAMED", named), &all));
        let output = Command::new(&program).output().unwrap();
        let offset = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        Self { folder, program, offset }
    }

    /// A log with one finding that was met there, in a module with this build id.
    fn log(&self, id: &str) -> PathBuf {
        let path = self.program.to_str().unwrap();
        log(&self.folder, &format!(r#"[["program","{path}","{id}"]]"#), 0, self.offset)
    }

    fn tool(&self, program: &str, arguments: &[&str]) {
        let status = Command::new(program).args(arguments).current_dir(&self.folder).status();
        assert!(status.expect("binutils are needed").success(), "{program} {arguments:?}");
    }
}

fn log(folder: &Path, modules: &str, module: i32, offset: u64) -> PathBuf {
    let pid = process::id();
    let log = folder.join("fork.log");
    let stack = format!(
        r#"{{"v":1,"kind":"stack","pid":{pid},"id":1,"modules":{modules},"frames":[[{module},{offset}]],"python":[]}}"#
    );
    let finding = format!(
        r#"{{"v":1,"kind":"finding","pid":{pid},"slug":"lost-wait","outcome":"reported","fd":-1,"used_stack":1}}"#
    );
    fs::write(&log, format!("{stack}\n{finding}\n")).unwrap();
    log
}

/// What `inspect -v` prints of the stack, and what it complains of.
fn shown(log: &Path, options: &[&str]) -> (String, String) {
    let assert = forkproof().args(["inspect", "-v"]).args(options).arg(log).assert().success();
    let output = assert.get_output();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let stdout = text(&output.stdout);
    let stack = stdout.split("used here:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    (stack.to_owned(), text(&output.stderr))
}

#[test]
fn debug_information_gives_lines_and_what_was_inlined() {
    for (name, options) in [("lines", &[][..]), ("lines-no-pie", &["-no-pie"]), ("dwarf4", &["-gdwarf-4"])] {
        let built = Built::new(name, C, options);
        let (stack, complaints) = shown(&built.log(ID), &[]);
        // Named from the current folder.
        let source = built.folder.join("program.c");
        let source = source.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        let expected = format!("  > {0}:16 in inner\n    {0}:22 in caller", source.display());
        assert_eq!((&*stack, &*complaints), (&*expected, ""), "{name}");
    }
}

#[test]
fn a_file_with_another_build_id_does_not_speak() {
    let built = Built::new("changed", C, &[]);
    let (stack, complaints) = shown(&built.log(&ID.replace("00", "11")), &[]);
    assert_eq!(stack, format!("  > program+0x{:x}", built.offset));
    let expected = format!(
        "forkproof: program: changed since the run, {} has another build id\n",
        built.program.display()
    );
    assert_eq!(complaints, expected);
    fs::remove_file(&built.program).unwrap();
    let (_, complaints) = shown(&built.log(ID), &[]);
    assert!(complaints.contains("is not here; --debug-dir names"), "{complaints}");
}

#[test]
fn a_program_without_a_build_id_is_taken_at_its_path() {
    let built = Built::new("no-id", C, &["-Wl,--build-id=none"]);
    assert!(shown(&built.log(""), &[]).0.contains("program.c:16 in inner"));
    assert!(shown(&built.log(ID), &[]).1.contains("changed since the run"));
}

#[test]
fn separate_debug_information_is_found_by_build_id() {
    let built = Built::new("by-id", C, &[]);
    let debug = format!("debug/.build-id/{}", &ID[..2]);
    fs::create_dir_all(built.folder.join(&debug)).unwrap();
    let debug = format!("{debug}/{}.debug", &ID[2..]);
    built.tool("objcopy", &["--only-keep-debug", "program", &debug]);
    built.tool("strip", &["program"]);
    let (log, folder) = (built.log(ID), built.folder.join("debug"));
    assert_eq!(shown(&log, &[]).0, format!("  > program+0x{:x}", built.offset));
    let option = format!("--debug-dir={}", folder.display());
    assert!(shown(&log, &[&option]).0.contains("program.c:16 in inner"));
    let output = forkproof().args(["inspect", "-v"]).arg(&log).env("FORKPROOF_DEBUG_PATH", &folder).output();
    assert!(String::from_utf8_lossy(&output.unwrap().stdout).contains("program.c:22 in caller"));
    // The program itself may be gone.
    fs::remove_file(&built.program).unwrap();
    assert!(shown(&log, &[&option]).0.contains("program.c:22 in caller"));
    // Of the run, or of none.
    assert!(!shown(&built.log(&ID.replace("00", "11")), &[&option]).0.contains("program.c"));
}

#[test]
fn separate_debug_information_is_found_by_link_if_its_checksum_is_right() {
    let built = Built::new("by-link", C, &["-Wl,--build-id=none"]);
    fs::create_dir(built.folder.join(".debug")).unwrap();
    built.tool("objcopy", &["--only-keep-debug", "program", ".debug/program.debug"]);
    built.tool("strip", &["program"]);
    built.tool("objcopy", &["--add-gnu-debuglink=.debug/program.debug", "program"]);
    let log = built.log("");
    assert!(shown(&log, &[]).0.contains("program.c:16 in inner"));
    let debug = built.folder.join(".debug/program.debug");
    let mut bytes = fs::read(&debug).unwrap();
    bytes.push(0);
    fs::write(&debug, bytes).unwrap();
    assert_eq!(shown(&log, &[]).0, format!("  > program+0x{:x}", built.offset));
}

#[test]
fn without_debug_information_the_symbols_are_shown_demangled() {
    let named = |symbol: &str| {
        format!(
            "unsigned long caller(void) __asm__(\"{symbol}\");\n__attribute__((noinline)) unsigned long caller(void)"
        )
    };
    for (name, symbol, expected) in [
        ("plain", "caller", "caller"),
        ("cxx", "_ZN3app6Server4stepEi", "app::Server::step(int)"),
        ("rust", "_ZN3app6worker4step17h0123456789abcdefE", "app::worker::step"),
        ("rust-v0", "_RNvNtCs1234_3app6worker4step", "app::worker::step"),
    ] {
        // Stripped of all but what the loader needs.
        let built = Built::new(name, &named(symbol), &["-g0", "-rdynamic", "-s"]);
        let (stack, _) = shown(&built.log(ID), &[]);
        let start = format!("  > {expected}+0x");
        assert!(stack.starts_with(&start) && stack.ends_with(" (program)"), "{name}: {stack}");
    }
}

#[test]
fn functions_made_at_run_time_are_in_perfs_map() {
    let (folder, map) = (folder("perf"), format!("/tmp/perf-{}.map", process::id()));
    fs::write(&map, "7f0000001000 40 py::handler:/srv/app/app.py\n").unwrap();
    let inside = shown(&log(&folder, "[]", -1, 0x7f00_0000_1040), &[]).0;
    let outside = shown(&log(&folder, "[]", -1, 0x7f00_0000_1041), &[]).0;
    fs::remove_file(map).unwrap();
    assert!(inside.contains("py::handler:/srv/app/app.py"), "{inside}");
    assert_eq!(outside, "    0x7f0000001041");
}

#[test]
fn symbols_can_be_left_out() {
    let built = Built::new("off", C, &[]);
    let (log, bare) = (built.log(ID), format!("  > program+0x{:x}", built.offset));
    assert_eq!(shown(&log, &["--no-symbols"]).0, bare);
    let output = forkproof().args(["inspect", "-v"]).arg(&log).env("FORKPROOF_SYMBOLS", "off").output();
    assert!(String::from_utf8_lossy(&output.unwrap().stdout).contains(&bare));
}

#[test]
fn what_is_no_file_of_a_program_is_named() {
    let folder = folder("no-elf");
    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(folder.join("text"), "no program\n").unwrap();
    for (name, why) in [("pipe", "not a regular file"), ("text", "not a 64-bit ELF file")] {
        let path = folder.join(name);
        let modules = format!(r#"[["{name}","{}","{ID}"]]"#, path.display());
        let (stack, complaints) = shown(&log(&folder, &modules, 0, 16), &[]);
        assert_eq!(stack, format!("  > {name}+0x10"));
        assert_eq!(complaints, format!("forkproof: {name}: {}: {why}\n", path.display()));
    }
}

#[test]
fn findings_are_filtered_by_a_function_in_their_stacks() {
    let built = Built::new("function", C, &[]);
    let log = built.log(ID);
    for (pattern, status) in [("inner", 0), ("^caller$", 0), ("in*r", 0), ("^nner", 1)] {
        for form in [&[][..], &["--json"], &["--group"]] {
            let mut command = forkproof();
            command.arg("inspect").args(form).arg(format!("--function={pattern}")).arg(&log);
            command.assert().code(status);
        }
    }
    let group = forkproof().args(["inspect", "--group"]).arg(&log).output().unwrap();
    let group = String::from_utf8(group.stdout).unwrap();
    assert!(group.contains("program.c:16 in inner"), "{group}");
}
