//! What every test of the command starts from: the command itself, and a folder of the test's own.
#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the bans are for the library")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Once;

/// The command, away from whatever this shell has set.
pub fn forkproof() -> assert_cmd::Command {
    build();
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("forkproof");
    for name in [
        "LD_PRELOAD",
        "FORKPROOF_OPTIONS",
        "FORKPROOF_DISABLE",
        "FORKPROOF_ROOT",
        "FORKPROOF_LOG",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"] {
        command.env_remove(name);
    }
    command
}

/// Where the command is, for programs that start it.
pub fn path() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_forkproof"))
}

/// The library that the command finds: beside itself.
pub fn library() -> PathBuf {
    build();
    let library = fs::canonicalize(path()).unwrap().with_file_name("libforkproof.so");
    assert!(library.is_file(), "{} is missing; cargo build puts it there", library.display());
    library
}

/// Builds the library: cargo builds the command for a test, but a cdylib for nobody, so it would be missing or stale.
fn build() {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let mut cargo = process::Command::new(env!("CARGO"));
        cargo.args([
            "build",
            "--quiet",
            "--lib",
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        assert!(cargo.status().expect("cargo").success(), "the library does not build");
    });
}

/// An empty folder; a name belongs to one test.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes an executable file.
pub fn executable(file: &Path, content: impl AsRef<[u8]>) {
    fs::write(file, content).unwrap();
    set_mode(file, 0o755);
}

pub fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, PermissionsExt::from_mode(mode)).unwrap();
}

/// Compiles a C program with these options; false when this compiler cannot.
pub fn compiled(file: &Path, source: &str, options: &[&str]) -> bool {
    let code = file.with_extension("c");
    fs::write(&code, source).unwrap();
    let compiler = process::Command::new("cc").arg("-o").arg(file).arg(&code).args(options).output();
    compiler.expect("a C compiler is needed: apt-get install gcc libc6-dev").status.success()
}

/// The text a successful run printed.
pub fn printed(command: &mut assert_cmd::Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// The one line a refused run printed, without its newline.
pub fn refused(command: &mut assert_cmd::Command, status: i32) -> String {
    let assert = command.assert().code(status);
    let output = assert.get_output();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "something ran");
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "not one line: {text}");
    assert!(text.starts_with("forkproof: "), "{text}");
    text.trim_end().to_owned()
}

/// `forkproof run -- FILE`.
pub fn run(file: impl AsRef<OsStr>) -> assert_cmd::Command {
    let mut command = forkproof();
    command.arg("run").arg("--").arg(file);
    command
}
