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

/// Where the logs of a program are, seen from here: it may be in a container, or count from a folder of its own.
#[derive(Clone, Debug)]
pub struct Template {
    text: Vec<u8>,
    folder: PathBuf,
    /// Where its root is, if that is not ours.
    root: Option<PathBuf>,
}

/// The log of `pid`; or why there is none, in a sentence that says what to do.
pub fn of(pid: u32) -> Result<PathBuf, String> {
    Ok(template(pid)?.path(proc::own_number(pid)))
}

/// The same before `%p` is replaced: for its children too.
pub fn template(pid: u32) -> Result<Template, String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => denied(pid),
        _ if proc::is_anothers(pid) => denied(pid),
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
        let sentence =
            "writes no log, only to its standard error; start it with forkproof run --log-file=FILE";
        return Err(format!("process {pid} {sentence}"));
    }
    let process = PathBuf::from(format!("/proc/{pid}"));
    let file = |path: &Path| fs::metadata(path).map(|status| (status.dev(), status.ino())).ok();
    let root = Some(process.join("root")).filter(|root| file(root) != file(Path::new("/")));
    let folder = fs::read_link(process.join("cwd")).unwrap_or_default();
    Ok(Template { text: settings.log_path.to_vec(), folder, root })
}

/// Whether `pid` has the library in it, with this very `log_path`.
pub fn is_at(pid: u32, log_path: &[u8]) -> bool {
    template(pid).is_ok_and(|template| template.text == log_path)
}

impl Template {
    /// The log of the process that has this number for itself.
    pub fn path(&self, number: u32) -> PathBuf {
        let path = self.folder.join(expand(&self.text, number));
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(&path)),
            None => path,
        }
    }
}

/// Why a process cannot be looked into, and what helps.
pub fn denied(pid: u32) -> String {
    let owner = fs::metadata(format!("/proc/{pid}")).map(|status| status.uid()).ok();
    let own = nix::unistd::geteuid().as_raw();
    match owner {
        // With hidepid=, proc(5) does not even show it.
        None => format!("process {pid} is another user's, and /proc hides it; do it as that user or as root"),
        Some(owner) if owner != own => {
            format!(
                "process {pid} is of user {owner} and may not be looked into; do it as that user or as root"
            )
        }
        _ if own == 0 => format!(
            "process {pid} may not be looked into: root has no CAP_SYS_PTRACE over it here (docker run --cap-add=SYS_PTRACE)"
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_p_becomes_the_id_of_the_process() {
        assert_eq!(expand(b"/tmp/a%p.b%%p%", 47), PathBuf::from("/tmp/a47.b%p%"));
    }

    #[test]
    fn a_path_is_seen_from_here() {
        let folder = PathBuf::from("/srv");
        let template = Template { text: b"log.%p".to_vec(), folder, root: None };
        assert_eq!(template.path(4), PathBuf::from("/srv/log.4"));
        let inside = Template { root: Some(PathBuf::from("/proc/9/root")), ..template.clone() };
        assert_eq!(inside.path(4), PathBuf::from("/proc/9/root/srv/log.4"));
        let absolute = Template { text: b"/var/log".to_vec(), ..inside };
        assert_eq!(absolute.path(4), PathBuf::from("/proc/9/root/var/log"));
    }

    #[test]
    fn a_process_without_the_library_is_said_to_have_none() {
        assert!(of(std::process::id()).unwrap_err().contains("has no forkproof in it"));
        assert!(of(u32::MAX).unwrap_err().contains("there is no process"));
    }
}
