//! Check 14: what the system lets the library and the command do: the log, ptrace for `forkproof dump`, seccomp.

use super::diagnosis::{Check, Findings};
use super::subject::Subject;
use crate::catalog;
use crate::cli::{exec, harmless};
use crate::settings::Settings;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub fn check(subject: &Subject, findings: &mut Findings) {
    log(subject, findings);
    ptrace(findings);
    seccomp(subject, findings);
}

fn log(subject: &Subject, findings: &mut Findings) {
    let text = subject.variable("FORKPROOF_OPTIONS").unwrap_or_default();
    let slugs = catalog::ALL.each_ref().map(|entry| entry.slug);
    let settings = Settings::parse(text.as_bytes(), &slugs, |_| {});
    if settings.log_path.is_empty() {
        return findings.ok(Check::System, "no log was asked for (log_path): findings go to standard error");
    }
    let shown = harmless::bytes(settings.log_path);
    let path = Path::new(OsStr::from_bytes(settings.log_path));
    if path.is_relative() {
        findings.note(
            Check::System,
            format!("the log's name, {shown}, depends on the directory that each process is in"),
            "give log_path an absolute name",
        );
    }
    let number = subject.pid.map(|pid| pid.to_string());
    let named = String::from_utf8_lossy(settings.log_path).replace("%p", number.as_deref().unwrap_or("0"));
    let file = match subject.pid {
        Some(pid) if path.is_relative() => PathBuf::from(format!("/proc/{pid}/cwd")).join(&named),
        _ => PathBuf::from(&named),
    };
    let file = subject.root.resolve(&file).unwrap_or(file);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let target = if file.exists() { &file } else { folder };
    let Ok(found) = fs::metadata(target) else {
        return findings.problem(
            Check::System,
            format!("the log cannot be written: there is no directory {}", harmless::path(folder)),
            "make it, or name another in log_path; until then findings go to standard error alone",
        );
    };
    if !may_write(subject.pid, target, &found) {
        return findings.problem(
            Check::System,
            format!("the log cannot be written: {} lets the program's user not write", harmless::path(target)),
            "change its owner or mode, or name another log_path; until then findings go to standard error alone",
        );
    }
    let state = match fs::metadata(&file) {
        Ok(found) => format!("it has {} bytes", found.len()),
        Err(_) => "it is not there yet".to_owned(),
    };
    findings.ok(Check::System, format!("the log {shown} can be written; {state}"));
}

/// Of this process the kernel is asked. Of another, the mode bits; lists of access rights are not read.
fn may_write(pid: Option<u32>, path: &Path, found: &fs::Metadata) -> bool {
    let Some(pid) = pid else { return exec::may_write(path) };
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let numbers = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_ascii_whitespace().filter_map(|word| word.parse::<u32>().ok()).collect::<Vec<_>>()
    };
    let (users, mut groups) = (numbers("Uid:"), numbers("Gid:"));
    groups.extend(numbers("Groups:"));
    // The second number is the effective one (proc(5)).
    let user = users.get(1).copied().unwrap_or_default();
    let bit = if user == found.uid() {
        0o200
    } else if groups.contains(&found.gid()) {
        0o020
    } else {
        0o002
    };
    user == 0 || found.mode() & bit != 0
}

fn ptrace(findings: &mut Findings) {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    match scope.trim() {
        "1" => findings.ok(Check::System, "ptrace_scope is 1: looking into a process that hangs needs root"),
        "2" => findings
            .ok(Check::System, "ptrace_scope is 2: looking into a process that hangs needs CAP_SYS_PTRACE"),
        "3" => findings.note(
            Check::System,
            "ptrace_scope is 3: nobody can look into a process that hangs",
            "only a restart with another kernel.yama.ptrace_scope changes that",
        ),
        _ => findings.ok(Check::System, "processes of one's own can be looked into (ptrace)"),
    }
}

/// A filter is inherited, so that of this process is also that of a program it would start.
fn seccomp(subject: &Subject, findings: &mut Findings) {
    if subject.pid.is_none() && !subject.root.is_host() {
        return;
    }
    let process = subject.pid.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mode = text.lines().find_map(|line| line.strip_prefix("Seccomp:")).unwrap_or_default().trim();
    match mode {
        "1" => findings.problem(
            Check::System,
            "it runs under seccomp's strict mode, which allows read, write and exit alone: nothing can be mended",
            "run it without that",
        ),
        "2" => findings.note(
            Check::System,
            "a seccomp filter is on: what it forbids, the library cannot do either, and says so as forkproof-internal",
            "",
        ),
        _ => findings.ok(Check::System, "no seccomp filter"),
    }
}
