//! Check 12: a running process: is the library in it, and if not, why.

use super::diagnosis::{Check, Findings};
use super::preloads::names_ours;
use super::subject::Subject;
use crate::catalog;
use crate::cli::harmless;
use crate::cli::waits::proc;
use crate::settings::Settings;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// `AT_SECURE` of getauxval(3).
const SECURE: u64 = 23;

pub fn check(subject: &Subject, findings: &mut Findings) {
    let Some(pid) = subject.pid else {
        return findings.ok(Check::Process, "no running process was named");
    };
    let Ok(maps) = fs::read(format!("/proc/{pid}/maps")) else {
        return findings.problem(
            Check::Process,
            format!("which files process {pid} has loaded cannot be read"),
            "run as its user, or as root",
        );
    };
    let files = files(&maps);
    let secure = is_secure(pid);
    if let Some(path) = files.iter().find(|path| base(path) == b"libforkproof.so") {
        findings.ok(Check::Process, format!("the library is in process {pid}: {}", harmless::bytes(path)));
        options(subject, findings);
    } else {
        absent(subject, pid, secure, findings);
    }
    if base_count(&maps, b"libc.so.6") > 1 {
        findings.note(
            Check::Process,
            "it has more than one libc loaded (dlmopen(3)): what uses the second is not seen",
            "",
        );
    }
    let threads = proc::threads(pid).len();
    findings.ok(Check::Process, format!("it has {threads} thread{}", if threads == 1 { "" } else { "s" }));
}

fn absent(subject: &Subject, pid: u32, secure: Option<bool>, findings: &mut Findings) {
    let again = "a library cannot be added to a process that runs: start it again as `forkproof run -- PROGRAM`, or \
                 with the lines of `forkproof env`";
    let started = subject.variable("LD_PRELOAD").is_some_and(names_ours);
    let reason = match (started, secure) {
        (_, Some(true)) => format!(
            "the library is not in process {pid}, which runs in secure-execution mode (AT_SECURE): the loader ignores \
             LD_PRELOAD"
        ),
        (true, _) => format!(
            "the library is not in process {pid}, though its environment names it: the loader could not load it \
             (its message went to the program's standard error)"
        ),
        (false, _) => {
            format!(
                "the library is not in process {pid}: it was started without LD_PRELOAD={}",
                harmless::path(&subject.library.path)
            )
        }
    };
    findings.problem(Check::Process, reason, again);
}

/// What it was started with. A program may change its environment later; the library reads it once, at start.
fn options(subject: &Subject, findings: &mut Findings) {
    if subject.variable("FORKPROOF_DISABLE").is_some_and(|value| value == "1") {
        findings.problem(
            Check::Process,
            "it was started with FORKPROOF_DISABLE=1: the library is in and does nothing",
            "start it again without the variable",
        );
    }
    let text = subject.variable("FORKPROOF_OPTIONS").unwrap_or(OsStr::new(""));
    let slugs = catalog::ALL.each_ref().map(|entry| entry.slug);
    let mut complaints = 0;
    let settings = Settings::parse(text.as_bytes(), &slugs, |_| complaints += 1);
    let shown =
        if text.is_empty() { "no options of its own".to_owned() } else { harmless::bytes(text.as_bytes()) };
    if complaints > 0 {
        findings.note(
            Check::Process,
            format!("{complaints} of its options cannot be read and do not count: {shown}"),
            "`forkproof run -o KEY=VALUE` says what is wrong with one",
        );
    } else {
        findings.ok(Check::Process, format!("mode {}, {shown}", settings.mode.word()));
    }
}

/// The files that are mapped.
fn files(maps: &[u8]) -> BTreeSet<&[u8]> {
    maps.split(|&byte| byte == b'\n').filter_map(path).collect()
}

/// The path is what follows the fifth space-parted field.
fn path(line: &[u8]) -> Option<&[u8]> {
    let place = line.iter().position(|&byte| byte == b'/')?;
    let path = line.get(place..)?;
    Some(path.strip_suffix(b" (deleted)").unwrap_or(path))
}

fn base(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// How often a file was loaded: each time has one mapping of its beginning.
fn base_count(maps: &[u8], name: &[u8]) -> usize {
    let lines =
        maps.split(|&byte| byte == b'\n').filter(|line| path(line).is_some_and(|path| base(path) == name));
    let begins = |line: &&[u8]| {
        line.split(|&byte| byte == b' ')
            .nth(2)
            .is_some_and(|offset| offset.iter().all(|&digit| digit == b'0'))
    };
    lines.filter(begins).count()
}

/// `/proc/PID/auxv`: pairs of words (proc(5)).
fn is_secure(pid: u32) -> Option<bool> {
    let words = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    let words = words.chunks_exact(8).filter_map(|word| Some(u64::from_ne_bytes(word.try_into().ok()?)));
    let words = words.collect::<Vec<_>>();
    words.chunks_exact(2).find_map(|pair| match pair {
        &[SECURE, value] => Some(value != 0),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &[u8] = b"7f00-7f10 r--p 00000000 08:01 5 /usr/lib/libc.so.6\n\
        7f10-7f20 r-xp 00010000 08:01 5 /usr/lib/libc.so.6\n\
        7f30-7f40 r--p 00000000 08:01 6 /a b/libforkproof.so (deleted)\n\
        7f50-7f60 rw-p 00000000 00:00 0 [heap]\n";

    #[test]
    fn files_are_named_whole() {
        assert_eq!(files(MAPS), BTreeSet::from([&b"/usr/lib/libc.so.6"[..], b"/a b/libforkproof.so"]));
        assert_eq!(base_count(MAPS, b"libc.so.6"), 1);
        assert_eq!(base_count(&[MAPS, MAPS].concat(), b"libc.so.6"), 2);
    }

    #[test]
    fn this_process_is_not_privileged() {
        assert_eq!(is_secure(std::process::id()), Some(false));
    }
}
