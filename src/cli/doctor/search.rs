//! The libraries that come with a program, found as ld.so(8) finds them, in the program's own root.

use crate::cli::elf::Machine;
use crate::cli::image::{self, Image};
use crate::cli::root::Root;
use object::read::ReadCache;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Files that are followed at most: a browser has about 150.
const LOADED_MAX: usize = 512;
/// Configuration files that are read at most.
const CONFIGURATIONS_MAX: usize = 64;

/// The functions of other projects whose presence says something about a program.
pub const KNOWN: [&str; 12] = [
    "uv_loop_init",
    "ev_loop_new",
    "event_base_new",
    "grpc_init",
    "io_uring_queue_init",
    "io_uring_setup",
    "runtime.goexit",
    "runtime.goexit.abi0",
    "_cgo_topofstack",
    "crosscall2",
    "__asan_init",
    "__tsan_init",
];

/// One library that the loader would load.
#[derive(Debug)]
pub struct Loaded {
    pub name: Vec<u8>,
    /// As the program would call it.
    pub path: PathBuf,
    pub image: Image,
}

/// All that a program needs, directly or not, in the order in which the loader looks through them.
#[derive(Debug, Default)]
pub struct Libraries {
    pub loaded: Vec<Loaded>,
    /// Names that are nowhere, with the file that asks for them.
    pub missing: Vec<(Vec<u8>, PathBuf)>,
}

/// Where the loader looks.
pub struct Search<'a> {
    root: &'a Root,
    machine: Machine,
    folders: Vec<PathBuf>,
    first: Vec<PathBuf>,
}

/// Reads one file of a root, with the known functions.
pub fn read(file: &Path) -> Result<Image, String> {
    let open = File::open(file).map_err(|error| error.to_string())?;
    image::image(&ReadCache::new(open), |name| KNOWN.iter().any(|known| known.as_bytes() == name))
}

impl<'a> Search<'a> {
    pub fn new(root: &'a Root, machine: Machine, library_path: Option<&OsStr>) -> Self {
        let split = |text: &OsStr| {
            let parts = text.as_bytes().split(|&byte| byte == b':' || byte == b';');
            parts.map(|part| PathBuf::from(OsStr::from_bytes(part))).collect::<Vec<_>>()
        };
        let mut folders = Vec::new();
        configured(root, Path::new("/etc/ld.so.conf"), &mut folders, &mut 0);
        let usual = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"];
        let triplets = ["x86_64-linux-gnu", "aarch64-linux-gnu", "i386-linux-gnu"];
        folders.extend(usual.map(PathBuf::from));
        for triplet in triplets {
            folders.extend([Path::new("/lib").join(triplet), Path::new("/usr/lib").join(triplet)]);
        }
        folders.push("/lib32".into());
        Self { root, machine, folders, first: library_path.map(split).unwrap_or_default() }
    }

    /// The file for a name, as `asker` would be given it.
    pub fn find(&self, name: &[u8], asker: Option<(&Path, &Image)>) -> Option<(PathBuf, Image)> {
        let name = Path::new(OsStr::from_bytes(name));
        if name.as_os_str().as_bytes().contains(&b'/') {
            return self.fits(name).map(|image| (name.to_owned(), image));
        }
        let own = asker.map(|(path, image)| own_folders(self.root, path, image)).unwrap_or_default();
        let folders = own.iter().chain(&self.first).chain(&self.folders);
        folders.map(|folder| folder.join(name)).find_map(|path| Some((path.clone(), self.fits(&path)?)))
    }

    /// The loader passes over files for other machines.
    fn fits(&self, path: &Path) -> Option<Image> {
        let image = read(&self.root.file(path)?).ok()?;
        (image.facts.machine == self.machine).then_some(image)
    }

    /// Everything that the program needs.
    pub fn closure(&self, path: &Path, program: &Image) -> Libraries {
        let mut libraries = Libraries::default();
        let mut seen = BTreeSet::new();
        let mut place = 0_usize;
        loop {
            let (asker, image) = match place.checked_sub(1).map(|place| libraries.loaded.get(place)) {
                None => (path.to_path_buf(), program),
                Some(Some(library)) => (library.path.clone(), &library.image),
                Some(None) => return libraries,
            };
            // The search path of the program counts for its libraries too, where it is of the old kind.
            let mut found = Vec::new();
            for name in &image.facts.needed {
                if !seen.insert(name.clone()) || seen.len() > LOADED_MAX {
                    continue;
                }
                let file =
                    self.find(name, Some((&asker, image))).or_else(|| self.find(name, Some((path, program))));
                found.push((name.clone(), file));
            }
            for (name, file) in found {
                match file {
                    Some((path, image)) => libraries.loaded.push(Loaded { name, path, image }),
                    None => libraries.missing.push((name, asker.clone())),
                }
            }
            place += 1;
        }
    }
}

/// `DT_RUNPATH` with its tokens replaced (ld.so(8), "Dynamic string tokens").
fn own_folders(root: &Root, path: &Path, image: &Image) -> Vec<PathBuf> {
    let Some(search) = &image.facts.search else { return Vec::new() };
    let real =
        root.resolve(path).and_then(|file| if root.is_host() { fs::canonicalize(file) } else { Ok(file) });
    let real = real.map_or_else(|_| path.to_owned(), |file| root.inside(&file));
    let origin = real.parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned();
    let text = String::from_utf8_lossy(search);
    let text = text.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin);
    let text = text.replace("${LIB}", "$LIB");
    let libs = ["lib/x86_64-linux-gnu", "lib64", "lib"].map(|lib| text.replace("$LIB", lib));
    let mut folders = libs.iter().flat_map(|text| text.split(':')).map(PathBuf::from).collect::<Vec<_>>();
    folders.dedup();
    folders
}

/// The folders that ldconfig(8) would put into the loader's cache.
fn configured(root: &Root, file: &Path, folders: &mut Vec<PathBuf>, read: &mut usize) {
    *read += 1;
    let Some(text) = root.file(file).and_then(|file| fs::read(file).ok()) else { return };
    if *read > CONFIGURATIONS_MAX {
        return;
    }
    for line in String::from_utf8_lossy(&text).lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match line.strip_prefix("include") {
            Some(pattern) => {
                for file in matching(root, Path::new(pattern.trim())) {
                    configured(root, &file, folders, read);
                }
            }
            None if line.starts_with('/') => folders.push(PathBuf::from(line)),
            None => {}
        }
    }
}

/// The files for `DIR/*.conf`, the only pattern that distributions write there; or the file itself.
fn matching(root: &Root, pattern: &Path) -> Vec<PathBuf> {
    let (Some(name), Some(folder)) = (pattern.file_name().and_then(OsStr::to_str), pattern.parent()) else {
        return Vec::new();
    };
    let folder = Path::new("/etc").join(folder);
    let Some((head, tail)) = name.split_once('*') else { return vec![folder.join(name)] };
    let Ok(entries) = root.resolve(&folder).and_then(fs::read_dir) else { return Vec::new() };
    let fits = |name: &OsString| {
        name.to_str().is_some_and(|name| {
            name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
        })
    };
    let mut files = entries.flatten().map(|entry| entry.file_name()).filter(fits).collect::<Vec<_>>();
    files.sort();
    files.into_iter().map(|name| folder.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_and_its_libc_are_found() {
        let path = std::env::current_exe().unwrap();
        let program = read(&path).unwrap();
        let root = Root::host();
        let libraries = Search::new(&root, program.facts.machine, None).closure(&path, &program);
        assert!(libraries.missing.is_empty(), "{:?}", libraries.missing);
        let libc = libraries.loaded.iter().find(|library| library.name == b"libc.so.6").unwrap();
        assert!(libc.image.versions.contains(&b"GLIBC_2.2.5"[..]) || !cfg!(target_arch = "x86_64"));
        assert!(libc.image.exports.contains(&b"fork"[..]));
        assert!(libc.image.build_id.is_some());
    }
}
