//! What keeps the library out of one program: its privileges, its machine, its linkage.

use super::Program;
use crate::cli::library::Library;
use crate::cli::root::Root;
use crate::cli::{exec, harmless};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What keeps the library out of a program.
#[derive(Debug)]
pub struct Obstacle {
    pub kind: Kind,
    /// A sentence without its end, which begins with the file's name.
    pub reason: String,
    /// What the user can do, as in `run a copy`.
    pub remedy: String,
}

/// Which question the program failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Linkage,
    Libc,
    Machine,
    Privileges,
}

impl Obstacle {
    pub fn new(kind: Kind, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), remedy: remedy.into() }
    }

    pub fn behind(self, scripts: &str) -> Self {
        Self { reason: format!("{scripts}{}", self.reason), ..self }
    }

    pub fn sentence(&self) -> String {
        if self.remedy.is_empty() { self.reason.clone() } else { format!("{}; {}", self.reason, self.remedy) }
    }
}

/// All of them.
pub fn all(root: &Root, program: &Program, library: &Library) -> impl Iterator<Item = Obstacle> {
    privileges(program).into_iter().chain(unsuited(root, program, library))
}

/// ld.so(8) ignores a preload with a slash in secure-execution mode. Root, or the owner, running a setuid program
/// is not in that mode; the answer is the same all the same, so that what works for root is not blind for a user.
fn privileges(program: &Program) -> Option<Obstacle> {
    let (name, found) = (harmless::path(&program.path), &program.found);
    let obstacle = |what: &str, remedy: &str| {
        let reason = format!("{name} {what}, and ld.so(8) ignores LD_PRELOAD in a privileged program");
        Some(Obstacle::new(Kind::Privileges, reason, remedy))
    };
    let copy = "run a copy without the bit, as the user that it should run as";
    if found.mode() & libc::S_ISUID != 0 {
        return obstacle(&format!("is setuid (to user {})", found.uid()), copy);
    }
    // Without the group's x bit, the setgid bit is the old mark for mandatory locks.
    if found.mode() & libc::S_ISGID != 0 && found.mode() & libc::S_IXGRP != 0 {
        return obstacle(&format!("is setgid (to group {})", found.gid()), copy);
    }
    if exec::has_capabilities(&program.file) {
        let remedy = "run a copy without them, and grant them from outside as ambient capabilities (setpriv(1), or \
                      AmbientCapabilities= in systemd.exec(5))";
        return obstacle("has file capabilities", remedy);
    }
    None
}

fn unsuited(root: &Root, program: &Program, library: &Library) -> Option<Obstacle> {
    let (name, facts) = (harmless::path(&program.path), &program.facts);
    let obstacle = |kind, reason: String, remedy: &str| Some(Obstacle::new(kind, reason, remedy));
    if !facts.runnable {
        return obstacle(Kind::File, format!("{name} is an ELF file, but not a program"), "");
    }
    if facts.machine != library.machine {
        let ours = harmless::path(&library.path);
        return obstacle(
            Kind::Machine,
            format!("{name} is a {} program, and {ours} is for {}", facts.machine, library.machine),
            "a forkproof built for that machine is needed",
        );
    }
    let Some(loader) = &facts.interpreter else {
        return obstacle(
            Kind::Linkage,
            format!(
                "{name} is statically linked: it names no dynamic loader (PT_INTERP), so nothing reads LD_PRELOAD"
            ),
            "run a dynamically linked build of it",
        );
    };
    let loader = PathBuf::from(OsString::from_vec(loader.clone()));
    let shown = harmless::path(&loader);
    if loader.file_name().is_some_and(|file| file.as_bytes().starts_with(b"ld-musl")) {
        return obstacle(
            Kind::Libc,
            format!(
                "{name} is linked to musl (its loader is {shown}), and libforkproof.so is built for glibc"
            ),
            "run a glibc build of it",
        );
    }
    if !root.resolve(&loader).is_ok_and(|loader| loader.exists()) {
        let place = if root.is_host() { " on this system".to_owned() } else { root.place() };
        let reason = format!("{name} asks for the loader {shown}, which is not{place}");
        return obstacle(Kind::Libc, reason, "");
    }
    None
}
