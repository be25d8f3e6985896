//! Which file will run, and whether the loader will preload into it.
//!
//! The kernel decides how a file is executed (execve(2)), ld.so(8) decides what it preloads. Both would drop
//! our library without a word; this file asks first.

use super::elf::{self, Facts};
use super::library::Library;
use super::{Trouble, exec, harmless, shebang, status};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Scripts run by scripts: where the kernel gives up with ELOOP.
const DEEPEST: u32 = 5;

fn refused(sentence: String) -> Trouble {
    Trouble::new(status::CANNOT_RUN, sentence)
}

/// The file that execvp(3) would run for this name.
pub fn look_up(name: &OsStr) -> Result<PathBuf, Trouble> {
    let shown = harmless::path(Path::new(name));
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return match fs::metadata(&path) {
            Ok(found) if found.is_dir() => Err(refused(format!("{shown} is a directory"))),
            Ok(_) if exec::may_execute(&path) => Ok(path),
            Ok(_) => Err(refused(format!("{shown} is not executable; chmod +x may be missing"))),
            Err(error) => Err(Trouble::new(status::NOT_FOUND, format!("cannot run {shown}: {error}"))),
        };
    }
    let path = env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    let mut blocked = None;
    for folder in env::split_paths(&path) {
        // An empty element of PATH is the current directory.
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let file = folder.join(name);
        if file.is_file() && exec::may_execute(&file) {
            return Ok(file);
        }
        if file.exists() {
            blocked.get_or_insert(file);
        }
    }
    match blocked {
        Some(file) => Err(refused(format!("{} is not an executable file", harmless::path(&file)))),
        None => Err(Trouble::new(status::NOT_FOUND, format!("there is no program `{shown}` in PATH"))),
    }
}

/// What the check found out about a program that may be preloaded.
#[derive(Debug)]
pub struct Target {
    /// The address sanitizer's runtime, if the program needs it.
    pub sanitizer: Option<OsString>,
}

/// Refuses what the library cannot enter, with the reason and what to do.
pub fn check(path: &Path, library: &Library) -> Result<Target, Trouble> {
    check_at(path, library, 0)
}

fn check_at(path: &Path, library: &Library, depth: u32) -> Result<Target, Trouble> {
    let name = harmless::path(path);
    let unreadable = |error: std::io::Error| {
        refused(format!(
            "cannot read {name}, to see whether it can be preloaded: {error}; chmod +r may be missing"
        ))
    };
    let found = fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err(refused(format!("{name} is not a regular file")));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::new();
    Read::by_ref(&mut file).take(shebang::LONGEST).read_to_end(&mut start).map_err(unreadable)?;
    if start.starts_with(b"\x7fELF") {
        let facts =
            elf::facts(&object::ReadCache::new(file)).map_err(|error| refused(format!("{name}: {error}")))?;
        log::debug!(
            "{name}: {}, loader {:?}",
            facts.machine,
            facts.interpreter.as_deref().map(harmless::bytes)
        );
        check_privileges(path, &found)?;
        return check_program(&name, &facts, library);
    }
    let Some(line) = shebang::parse(&start) else {
        return Err(refused(format!(
            "{name} is neither an ELF program nor a script with a `#!` line; name what runs it, as in \
             `forkproof run -- sh {name}`"
        )));
    };
    if depth == DEEPEST {
        return Err(refused(format!("{name}: its interpreters are scripts, nested too deep for the kernel")));
    }
    // A script's own setuid bit means nothing to the kernel: what counts is its interpreter.
    let run_by = |path: &Path| {
        let inner = check_at(path, library, depth + 1);
        inner.map_err(|trouble| {
            Trouble::new(trouble.status, format!("{name} is a script: {}", trouble.sentence))
        })
    };
    let interpreter = Path::new(OsStr::from_bytes(line.interpreter));
    log::debug!("{name}: a script, run by {}", harmless::path(interpreter));
    let target = run_by(interpreter)?;
    match line.behind_env() {
        // Whether env finds its program is env's to say, with its own words and status.
        Some(word) => match look_up(OsStr::from_bytes(word)) {
            Ok(path) => run_by(&path),
            Err(_) => Ok(target),
        },
        None => Ok(target),
    }
}

/// ld.so(8) ignores a preload with a slash in secure-execution mode. Root, or the owner, running a setuid program
/// is not in that mode; the answer is the same all the same, so that what works for root is not blind for a user.
fn check_privileges(path: &Path, found: &fs::Metadata) -> Result<(), Trouble> {
    let name = harmless::path(path);
    let refused = |what: &str, remedy: &str| {
        Err(refused(format!(
            "{name} {what}, and ld.so(8) ignores LD_PRELOAD in a privileged program; {remedy}"
        )))
    };
    let copy = "run a copy without the bit, as the user that it should run as";
    if found.mode() & libc::S_ISUID != 0 {
        return refused(&format!("is setuid (to user {})", found.uid()), copy);
    }
    // Without the group's x bit, the setgid bit is the old mark for mandatory locks.
    if found.mode() & libc::S_ISGID != 0 && found.mode() & libc::S_IXGRP != 0 {
        return refused(&format!("is setgid (to group {})", found.gid()), copy);
    }
    if exec::has_capabilities(path) {
        let remedy = "run a copy without them, and grant them from outside as ambient capabilities (setpriv(1), or \
                      AmbientCapabilities= in systemd.exec(5))";
        return refused("has file capabilities", remedy);
    }
    Ok(())
}

fn check_program(name: &str, facts: &Facts, library: &Library) -> Result<Target, Trouble> {
    if !facts.runnable {
        return Err(refused(format!("{name} is an ELF file, but not a program")));
    }
    if facts.machine != library.machine {
        return Err(refused(format!(
            "{name} is a {} program, and {} is for {}; a forkproof built for that machine is needed",
            facts.machine,
            harmless::path(&library.path),
            library.machine,
        )));
    }
    let Some(loader) = &facts.interpreter else {
        return Err(refused(format!(
            "{name} is statically linked: it names no dynamic loader (PT_INTERP), so nothing reads LD_PRELOAD; run a \
             dynamically linked build of it"
        )));
    };
    let loader = PathBuf::from(OsString::from_vec(loader.clone()));
    let shown = harmless::path(&loader);
    if loader.file_name().is_some_and(|file| file.as_bytes().starts_with(b"ld-musl")) {
        return Err(refused(format!(
            "{name} is linked to musl (its loader is {shown}), and libforkproof.so is built for glibc; run a glibc \
             build of it"
        )));
    }
    if !loader.exists() {
        return Err(refused(format!("{name} asks for the loader {shown}, which is not on this system")));
    }
    let sanitizer = facts
        .needed
        .iter()
        .find(|needed| needed.starts_with(b"libasan.so") || needed.starts_with(b"libclang_rt.asan"));
    Ok(Target { sanitizer: sanitizer.map(|name| OsString::from_vec(name.clone())) })
}
