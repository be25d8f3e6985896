//! Where a running process writes its findings: by its own options, as the library in it read them at its start.

use super::waits::{memory, proc};
use crate::catalog;
use crate::settings::Settings;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const OPTIONS: &[u8] = b"FORKPROOF_OPTIONS=";

/// The log of `pid`; or why there is none, in a sentence that says what to do.
pub fn of(pid: u32) -> Result<PathBuf, String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => denied(pid),
        _ => format!("there is no process {pid}"),
    })?;
    if !proc::mappings(pid).iter().any(|mapping| mapping.file_name() == memory::LIBRARY) {
        let sentence = "has no forkproof in it; start it with forkproof run --log-file=FILE -- PROGRAM";
        return Err(format!("process {pid} {sentence}"));
    }
    let mut variables = environment.split(|&byte| byte == 0);
    let options = variables.find_map(|variable| variable.strip_prefix(OPTIONS)).unwrap_or_default();
    let slugs = catalog::ALL.each_ref().map(|entry| entry.slug);
    // What the library could not take it has said, in the process.
    let settings = Settings::parse(options, &slugs, |_| {});
    if settings.log_path.is_empty() {
        let sentence = "writes no log, only to its standard error; start it with forkproof run --log-file=FILE";
        return Err(format!("process {pid} {sentence}"));
    }
    Ok(seen_from_here(pid, &expand(settings.log_path, proc::own_number(pid))))
}

/// Why a process cannot be looked into, and what helps.
pub fn denied(pid: u32) -> String {
    let owner = fs::metadata(format!("/proc/{pid}")).map(|status| status.uid()).ok();
    let own = nix::unistd::geteuid().as_raw();
    match owner {
        Some(owner) if owner != own => {
            format!("process {pid} is of user {owner} and may not be looked into; do it as that user or as root")
        }
        _ => format!(
            "process {pid} may not be looked into; as root it may, or after sysctl kernel.yama.ptrace_scope=0"
        ),
    }
}

/// `%p` becomes the id of the process concerned, `%%` a percent sign, as in the library.
pub fn expand(template: &[u8], pid: u32) -> PathBuf {
    let mut path = Vec::new();
    let mut bytes = template.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'%', Some(b'p')) => {
                bytes.next();
                path.extend(pid.to_string().into_bytes());
            }
            (b'%', Some(b'%')) => {
                bytes.next();
                path.push(b'%');
            }
            _ => path.push(byte),
        }
    }
    OsString::from_vec(path).into()
}

/// A path of that process's as a path of ours: it may be in a container, or count from a folder of its own.
fn seen_from_here(pid: u32, path: &Path) -> PathBuf {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let path = match fs::read_link(process.join("cwd")) {
        Ok(folder) if path.is_relative() => folder.join(path),
        _ => path.to_owned(),
    };
    let file = |path: &Path| fs::metadata(path).map(|status| (status.dev(), status.ino())).ok();
    let root = process.join("root");
    if file(&root) == file(Path::new("/")) {
        return path;
    }
    root.join(path.strip_prefix("/").unwrap_or(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_p_becomes_the_id_of_the_process() {
        assert_eq!(expand(b"/tmp/a%p.b%%p%", 47), PathBuf::from("/tmp/a47.b%p%"));
    }

    #[test]
    fn a_path_of_our_own_stays_what_it_is() {
        let own = std::process::id();
        assert_eq!(seen_from_here(own, Path::new("/a/b")), PathBuf::from("/a/b"));
        assert_eq!(seen_from_here(own, Path::new("b")), std::env::current_dir().unwrap().join("b"));
    }

    #[test]
    fn a_process_without_the_library_is_said_to_have_none() {
        assert!(of(std::process::id()).unwrap_err().contains("has no forkproof in it"));
        assert!(of(u32::MAX).unwrap_err().contains("there is no process"));
    }
}
