//! `forkproof run`: programs that the library cannot enter are refused before they start.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use command::{compiled, executable, folder, forkproof, refused, run, set_mode};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "#include <unistd.h>\nint main(void) { return write(1, \"it ran\\n\", 7) != 7; }\n";

/// A program of the test's own, which would run if it were not refused.
fn program(name: &str, options: &[&str]) -> PathBuf {
    let file = folder(name).join("program");
    assert!(compiled(&file, PROGRAM, options), "cc {options:?} failed");
    file
}

fn line(file: &Path) -> String {
    let line = refused(&mut run(file), 126);
    assert!(line.contains(file.to_str().unwrap()), "the program is not named: {line}");
    line
}

#[test]
fn what_is_not_there_is_127_and_what_cannot_run_126() {
    let folder = folder("not-there");
    assert!(refused(&mut run("no-such-program-here"), 127).contains("no-such-program-here"));
    assert!(refused(&mut run("./no/such/file"), 127).contains("./no/such/file"));
    assert!(refused(forkproof().arg("inspekt"), 127).contains("own commands are run, inspect, report, "));
    assert!(line(&folder).contains("is a directory"));
    let file = folder.join("plain");
    executable(&file, "#!/bin/sh\n");
    set_mode(&file, 0o644);
    assert!(line(&file).contains("chmod +x"));
    let mut by_name = run("plain");
    assert!(refused(by_name.env("PATH", &folder), 126).contains("is not an executable file"));
}

#[test]
fn a_file_in_path_that_cannot_run_is_passed_over() {
    let folder = folder("passed-over");
    fs::write(folder.join("echo"), "").unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    run("echo").arg("hi").env("PATH", path).assert().success().stdout("hi\n");
}

#[test]
fn privileged_programs_are_refused() {
    let file = program("privileged", &[]);
    run(&file).assert().success().stdout("it ran\n");
    for (mode, word) in [(0o4755, "is setuid"), (0o2755, "is setgid")] {
        set_mode(&file, mode);
        let line = line(&file);
        assert!(
            line.contains(word) && line.contains("ignores LD_PRELOAD") && line.contains("run a copy"),
            "{line}"
        );
    }
    set_mode(&file, 0o755);
    match Command::new("setcap").arg("cap_net_raw+ep").arg(&file).output() {
        Ok(output) if output.status.success() => assert!(line(&file).contains("has file capabilities")),
        _ => eprintln!("SKIP: setcap(8) is missing (libcap2-bin), or not allowed for this user"),
    }
}

#[test]
fn static_programs_are_refused() {
    for options in [&["-static"][..], &["-static-pie"]] {
        let line = line(&program(options[0], options));
        assert!(line.contains("is statically linked") && line.contains("dynamically linked build"), "{line}");
    }
}

#[test]
fn a_loader_that_is_not_glibcs_is_refused() {
    let line_with =
        |name: &str, loader: &str| line(&program(name, &[&format!("-Wl,--dynamic-linker={loader}")]));
    let musl = line_with("musl", "/lib/ld-musl-x86_64.so.1");
    assert!(musl.contains("is linked to musl") && musl.contains("glibc build"), "{musl}");
    let missing = line_with("no-loader", "/nowhere/ld.so");
    assert!(missing.contains("/nowhere/ld.so, which is not on this system"), "{missing}");
}

#[test]
fn programs_of_another_machine_are_refused() {
    let file = program("foreign", &[]);
    let mut bytes = fs::read(&file).unwrap();
    // e_machine: 20 is 32-bit PowerPC, which no machine that runs these tests is.
    bytes[18..20].copy_from_slice(&20_u16.to_ne_bytes());
    executable(&file, &bytes);
    assert!(line(&file).contains("PowerPC program"));
    let mut narrow = fs::read("/proc/self/exe").unwrap();
    narrow[4] = 1; // ELFCLASS32
    narrow[16..20].copy_from_slice(&[2, 0, 3, 0]);
    narrow[28..52].fill(0); // the header of ELF32 from its e_phoff on: no segments
    executable(&file, &narrow);
    assert!(line(&file).contains("32-bit x86 program"));
}

#[test]
fn damaged_programs_are_refused() {
    let file = program("damaged", &[]);
    let bytes = fs::read(&file).unwrap();
    for length in [4, 16, 63, 64, 100, 800] {
        executable(&file, &bytes[..length]);
        assert!(line(&file).contains("ELF"), "{length} bytes");
    }
    let object = folder("object").join("object.o");
    assert!(compiled(&object, PROGRAM, &["-c"]));
    set_mode(&object, 0o755);
    assert!(line(&object).contains("but not a program"));
}

#[test]
fn a_file_without_a_first_line_is_refused() {
    let file = folder("no-shebang").join("script");
    for content in ["echo it ran\n", "", "#!\necho it ran\n"] {
        executable(&file, content);
        let line = line(&file);
        assert!(line.contains("`#!` line") && line.contains("forkproof run -- sh "), "{line}");
    }
}

#[test]
fn a_script_is_judged_by_what_runs_it() {
    let fixed = program("interpreter", &["-static"]);
    let folder = fixed.parent().unwrap().to_owned();
    let script = folder.join("script");
    executable(&script, "#!/bin/sh\necho it ran\n");
    run(&script).assert().success().stdout("it ran\n");
    set_mode(&script, 0o4755); // means nothing on a script
    run(&script).assert().success().stdout("it ran\n");
    executable(&script, "#!/usr/bin/env sh\necho it ran\n");
    run(&script).assert().success().stdout("it ran\n");

    let path = format!("{}:/usr/bin:/bin", folder.display());
    let wrapper = folder.join("wrapper");
    executable(&wrapper, format!("#!{}\n", script.display()));
    for content in [
        format!("#! {} -x\n", fixed.display()),
        "#!/usr/bin/env program\n".into(),
        "#!/usr/bin/env -S A=1 program -x\n".into(),
    ] {
        executable(&script, content);
        for file in [&script, &wrapper] {
            let line = refused(run(file).env("PATH", &path), 126);
            assert!(line.contains("is a script: ") && line.contains("is statically linked"), "{line}");
        }
    }
    executable(&script, "#!/nowhere/sh\x1b[31m\n");
    let line = line(&script);
    assert!(line.contains("/nowhere/sh") && !line.contains('\x1b'), "{line}");
    executable(&script, format!("#!{}\n", script.display()));
    assert!(refused(&mut run(&script), 126).contains("nested too deep"));
}

#[test]
fn a_pipe_is_no_program() {
    let pipe = folder("pipe").join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    set_mode(&pipe, 0o755);
    assert!(line(&pipe).contains("not a regular file"));
}
