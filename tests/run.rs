//! `forkproof run`: what the program gets, and what its caller sees.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use command::{compiled, executable, folder, forkproof, library, path, printed, refused, run};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

#[test]
fn the_program_runs_in_the_process_of_the_command() {
    let child = Command::new(path())
        .args(["run", "--", "sh", "-c", "echo $$"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), pid.to_string());
}

#[test]
fn status_and_signal_are_the_programs_own() {
    run("sh").args(["-c", "exit 7"]).assert().code(7);
    let output = run("sh").args(["-c", "kill -TERM $$"]).assert().failure();
    assert_eq!(output.get_output().status.signal(), Some(15));
}

#[test]
fn the_library_is_in_the_program() {
    let maps = printed(run("cat").arg("/proc/self/maps"));
    assert!(maps.contains(library().to_str().unwrap()), "{maps}");
    let bare =
        String::from_utf8(Command::new("cat").arg("/proc/self/maps").output().unwrap().stdout).unwrap();
    assert!(!bare.contains("libforkproof"), "{bare}");
}

#[test]
fn a_program_needs_no_run_and_keeps_its_arguments() {
    assert_eq!(printed(forkproof().args(["echo", "-o", "x", "--help"])), "-o x --help\n");
    assert_eq!(printed(forkproof().args(["run", "echo", "-o", "x", "--help"])), "-o x --help\n");
    assert_eq!(printed(forkproof().args(["--", "echo", "run"])), "run\n");
}

#[test]
fn the_name_it_was_called_by_stays() {
    assert_eq!(printed(run("sh").args(["-c", "echo $0"])), "sh\n");
}

#[test]
fn ld_preload_begins_with_us_and_keeps_the_rest() {
    let preload = |command: &mut assert_cmd::Command| printed(command.arg("LD_PRELOAD"));
    let library = library().into_os_string().into_string().unwrap();
    assert_eq!(preload(&mut run("printenv")), format!("{library}\n"));
    assert_eq!(preload(run("printenv").env("LD_PRELOAD", "libm.so.6")), format!("{library}:libm.so.6\n"));
    let mut nested = run(path());
    nested.args(["run", "--", "printenv"]).env("LD_PRELOAD", "libm.so.6");
    assert_eq!(preload(&mut nested), format!("{library}:libm.so.6\n"));
}

#[test]
fn another_copy_of_the_library_makes_way_and_is_named() {
    let folder = folder("another-copy");
    let copy = folder.join("libforkproof.so");
    fs::copy(library(), &copy).unwrap();
    let assert = run("printenv").arg("LD_PRELOAD").env("LD_PRELOAD", &copy).assert().success();
    let output = assert.get_output();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", library().display()));
    assert!(String::from_utf8_lossy(&output.stderr).contains(copy.to_str().unwrap()));
}

#[test]
fn the_command_line_comes_after_the_environment() {
    let folder = folder("options");
    let mut command = forkproof();
    command.args(["run", "-o", "limit=3", "--log-file=a:b.%p", "--mode", "observe", "-o", "limit=4", "--"]);
    command
        .args(["printenv", "FORKPROOF_OPTIONS"])
        .env("FORKPROOF_OPTIONS", "mode=strict")
        .current_dir(&folder);
    let log = fs::canonicalize(&folder).unwrap().join("a:b.%p");
    let expected = format!("mode=strict:mode=observe:log_path=\"{}\":limit=3:limit=4\n", log.display());
    assert_eq!(printed(&mut command), expected);
}

#[test]
fn without_options_the_environment_is_as_it_was() {
    run("printenv").arg("FORKPROOF_OPTIONS").assert().code(1);
    assert_eq!(
        printed(run("printenv").arg("FORKPROOF_OPTIONS").env("FORKPROOF_OPTIONS", "limit=5")),
        "limit=5\n"
    );
    let ours = |line: &&str| !line.starts_with("LD_PRELOAD=") && !line.starts_with("_=");
    let guarded = printed(run("env").env("X", "a b\n=c"));
    let bare = printed(assert_cmd::Command::new("env").env("X", "a b\n=c").env_remove("LD_PRELOAD"));
    assert_eq!(
        guarded.lines().filter(ours).collect::<Vec<_>>(),
        bare.lines().filter(ours).collect::<Vec<_>>()
    );
}

#[test]
fn a_bad_option_stops_before_anything_runs() {
    for (option, complaint) in [
        ("mode=repiar", "mode takes observe|repair|strict, not `repiar`"),
        ("phantom-event=maybe", "phantom-event takes off|report|repair|poison|die, not `maybe`"),
        ("limit=-1", "limit takes 0..1000000, not `-1`"),
        ("colour=red", "there is no key `colour`; the keys are mode, log_path,"),
        ("verify", "an option is KEY=VALUE; the keys are mode, log_path,"),
        ("log_path=a\"b", "a value cannot hold a double quote"),
    ] {
        let assert =
            forkproof().args(["run", "-o", option, "--", "echo", "it ran"]).assert().code(2).stdout("");
        let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(text.lines().next().unwrap().contains(complaint), "{text}");
    }
    let line = refused(forkproof().args(["run", "--log-file=/nowhere/x.log", "--", "echo", "it ran"]), 2);
    assert!(line.contains("there is no directory /nowhere"), "{line}");
    let mut open_quote = forkproof();
    open_quote.args(["run", "-o", "limit=1", "echo", "it ran"]).env("FORKPROOF_OPTIONS", "log_path=\"x");
    assert!(refused(&mut open_quote, 2).contains("does not close it"));
}

/// Rust's own start-up would reset SIGPIPE and open closed descriptors; the program must not see that.
#[test]
fn signals_and_descriptors_are_inherited_as_they_were() {
    let masks = |through: &[&str]| {
        let mut command = assert_cmd::Command::new("env");
        command.args(["--block-signal=USR1", "--ignore-signal=PIPE,USR2"]).args(through);
        printed(command.args(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]))
    };
    let plain = |through: &[&str]| {
        let mut command = assert_cmd::Command::new("env");
        command.args(["--default-signal=PIPE"]).args(through);
        printed(command.args(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]))
    };
    let through = [path().to_str().unwrap(), "run", "--"];
    assert_eq!(masks(&through), masks(&[]));
    assert_eq!(plain(&through), plain(&[]));
    assert_ne!(plain(&[]), masks(&[]), "the comparison sees nothing");
    let script = format!("exec {} run -- test -e /proc/self/fd/0 <&-", path().display());
    assert_cmd::Command::new("sh").args(["-c", &script]).assert().code(1);
}

#[test]
fn a_program_with_the_address_sanitizer_still_starts() {
    let program = folder("asan").join("program");
    if !compiled(&program, "int main(void) { return 9; }", &["-fsanitize=address"]) {
        eprintln!("SKIP: this compiler has no address sanitizer");
        return;
    }
    let bare = Command::new(&program).env("LD_PRELOAD", library()).output().unwrap();
    assert_ne!(bare.status.code(), Some(9), "the sanitizer no longer minds; the order is not needed");
    run(&program).assert().code(9);
}

#[test]
fn the_library_is_found_under_a_prefix() {
    let prefix = fs::canonicalize(folder("prefix")).unwrap();
    for libraries in ["lib", "lib64"] {
        fs::create_dir_all(prefix.join("bin")).unwrap();
        fs::create_dir_all(prefix.join(libraries)).unwrap();
        let command = prefix.join("bin/forkproof");
        fs::copy(path(), &command).unwrap();
        let installed = prefix.join(libraries).join("libforkproof.so");
        fs::copy(library(), &installed).unwrap();
        let mut run = assert_cmd::Command::new(&command);
        run.args(["run", "--", "printenv", "LD_PRELOAD"]).env_remove("LD_PRELOAD");
        assert_eq!(printed(&mut run), format!("{}\n", installed.display()));
        fs::remove_file(&installed).unwrap();
    }
}

#[test]
fn a_library_that_is_missing_or_unusable_is_named() {
    let folder = fs::canonicalize(folder("no-library")).unwrap();
    let alone = |place: &std::path::Path| {
        fs::create_dir_all(place).unwrap();
        fs::copy(path(), place.join("forkproof")).unwrap();
        let mut command = assert_cmd::Command::new(place.join("forkproof"));
        command.args(["run", "--", "echo", "it ran"]);
        command
    };
    let line = refused(&mut alone(&folder.join("bin")), 125);
    assert!(line.contains(folder.join("bin/libforkproof.so").to_str().unwrap()), "{line}");
    assert!(line.contains(folder.join("lib/libforkproof.so").to_str().unwrap()), "{line}");

    let mut broken = alone(&folder.join("broken"));
    executable(&folder.join("broken/libforkproof.so"), "\x7fELF");
    assert!(refused(&mut broken, 125).contains("is no library"));

    let mut spaced = alone(&folder.join("a b"));
    fs::copy(library(), folder.join("a b/libforkproof.so")).unwrap();
    assert!(refused(&mut spaced, 125).contains("splits it at colons and spaces"));
}

#[test]
fn the_commands_own_log_shows_its_decisions() {
    let assert = run("true").env("FORKPROOF_LOG", "debug").assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(text.contains(&format!("forkproof: debug: library: {}", library().display())), "{text}");
    assert!(text.contains("forkproof: debug: LD_PRELOAD="), "{text}");
    run("true").env("FORKPROOF_LOG", "error").env("RUST_LOG", "debug").assert().success().stderr("");
}
