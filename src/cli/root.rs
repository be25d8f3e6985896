//! A file tree that a program will see as `/`: this system's own, a container's unpacked image, or that of a process.

use super::harmless;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Symlinks on the way to one file: the kernel's `MAXSYMLINKS` (`path_resolution(7)`).
const LINKS_MAX: u32 = 40;

/// Where paths begin.
#[derive(Clone, Debug)]
pub struct Root {
    /// None for `/` itself, where the kernel resolves.
    folder: Option<PathBuf>,
}

impl Root {
    pub fn host() -> Self {
        Self { folder: None }
    }

    pub fn at(folder: PathBuf) -> Self {
        Self { folder: Some(folder).filter(|folder| folder != Path::new("/")) }
    }

    pub fn is_host(&self) -> bool {
        self.folder.is_none()
    }

    /// Where from here the file is that the program calls `path`. Every `..` and every absolute symlink stays
    /// inside, as after chroot(2); the last component is followed too.
    pub fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let Some(folder) = &self.folder else { return Ok(path.to_owned()) };
        let mut ahead = parts(path);
        let (mut inside, mut links) = (PathBuf::new(), 0);
        while let Some(part) = ahead.pop_front() {
            if part == ".." {
                inside.pop();
                continue;
            }
            let next = inside.join(&part);
            let file = folder.join(&next);
            if !fs::symlink_metadata(&file)?.is_symlink() {
                inside = next;
                continue;
            }
            links += 1;
            if links > LINKS_MAX {
                return Err(io::Error::from_raw_os_error(libc::ELOOP));
            }
            let target = fs::read_link(&file)?;
            if target.is_absolute() {
                inside = PathBuf::new();
            }
            let mut further = parts(&target);
            further.append(&mut ahead);
            ahead = further;
        }
        Ok(folder.join(inside))
    }

    /// The same for a file that must be there.
    pub fn file(&self, path: &Path) -> Option<PathBuf> {
        self.resolve(path).ok().filter(|file| file.is_file())
    }

    /// What the program calls a file that is `file` from here.
    pub fn inside(&self, file: &Path) -> PathBuf {
        let rest = self.folder.as_ref().and_then(|folder| file.strip_prefix(folder).ok());
        rest.map_or_else(|| file.to_owned(), |rest| Path::new("/").join(rest))
    }

    /// For sentences: ` in DIR`, or nothing.
    pub fn place(&self) -> String {
        self.folder.as_ref().map(|folder| format!(" in {}", harmless::path(folder))).unwrap_or_default()
    }
}

/// What has to be walked; `.` and the root itself are no steps.
fn parts(path: &Path) -> VecDeque<OsString> {
    let step = |part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::symlink;

    fn tree(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("target/tmp/root-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("usr/bin")).unwrap();
        fs::write(folder.join("usr/bin/sh"), "").unwrap();
        symlink("usr/bin", folder.join("bin")).unwrap();
        symlink("/usr/bin/sh", folder.join("usr/bin/absolute")).unwrap();
        symlink("../../../../../usr/bin/sh", folder.join("usr/bin/up")).unwrap();
        symlink("round", folder.join("usr/bin/round")).unwrap();
        symlink("/etc/passwd", folder.join("outside")).unwrap();
        folder
    }

    #[test]
    fn links_and_dots_stay_inside() {
        let folder = tree("inside");
        let root = Root::at(folder.clone());
        let wanted = folder.join("usr/bin/sh");
        for path in ["/bin/sh", "bin/./sh", "/bin/absolute", "/bin/up", "/../../bin/../bin/sh"] {
            assert_eq!(root.resolve(Path::new(path)).unwrap(), wanted, "{path}");
        }
        assert_eq!(root.inside(&wanted), Path::new("/usr/bin/sh"));
        let round = root.resolve(Path::new("/bin/round")).unwrap_err();
        assert_eq!(round.raw_os_error(), Some(libc::ELOOP));
        assert_eq!(root.file(Path::new("/outside")), None, "the host's /etc/passwd is not the root's");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_systems_own_root_is_the_kernels_affair() {
        assert!(Root::at("/".into()).is_host());
        assert_eq!(Root::host().resolve(Path::new("../x")).unwrap(), Path::new("../x"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn no_path_leads_outside(steps in prop::collection::vec(
            prop_oneof![Just(".."), Just("bin"), Just("/"), Just("absolute"), Just("up"), Just("sh"), Just("outside")], 0..9,
        )) {
            let folder = tree("any");
            let found = Root::at(folder.clone()).resolve(Path::new(&steps.join("/")));
            fs::remove_dir_all(&folder).unwrap();
            prop_assert!(found.is_err() || found.unwrap().starts_with(&folder));
        }
    }
}
