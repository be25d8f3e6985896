//! Which file speaks for a module: the module itself, or one with its debug information.

use crate::cli::harmless;
use addr2line::Loader;
use object::read::ReadCache;
use object::{Object, ObjectSection};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where distributions put debug information.
const SYSTEM: &str = "/usr/lib/debug";

/// Folders that are searched.
#[derive(Debug, Default)]
pub struct Files {
    folders: Vec<PathBuf>,
}

/// Why no file speaks for a module. Files are fit for a terminal.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// The log has no path.
    NoPath,
    Missing(String),
    /// It has another build id, or one where the log has none.
    Changed(String),
    Unreadable(String, String),
}

/// What a file says of itself.
struct Card {
    build_id: String,
    debug_info: bool,
    /// Name of the file with its debug information, and that file's checksum.
    link: Option<(PathBuf, u32)>,
}

impl Files {
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// The file with the lines of a module, and the module itself if that is another one.
    pub fn open(&self, path: &str, build_id: &str) -> Result<(Loader, Option<Loader>), Fault> {
        let module = Path::new(path);
        if !module.is_absolute() {
            return Err(Fault::NoPath);
        }
        let own = self.own(module, build_id);
        if let Ok((file, card)) = &own
            && card.debug_info
        {
            return Ok((load(file)?, None));
        }
        let separate = self.by_build_id(build_id).or_else(|| {
            let (file, card) = own.as_ref().ok()?;
            let (link, sum) = card.link.as_ref()?;
            self.by_link(file, link, *sum)
        });
        match (separate.map(|file| load(&file)), own) {
            (Some(Ok(lines)), own) => Ok((lines, own.ok().and_then(|(file, _)| load(&file).ok()))),
            (_, Ok((file, _))) => Ok((load(&file)?, None)),
            (_, Err(fault)) => Err(fault),
        }
    }

    /// The module, where it was or below one of the folders. Only its own path may have no build id.
    fn own(&self, path: &Path, build_id: &str) -> Result<(PathBuf, Card), Fault> {
        let shown = harmless::path(path);
        let found = match read(path) {
            Ok(card) if card.build_id == build_id => return Ok((path.to_path_buf(), card)),
            Ok(_) => Fault::Changed(shown),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Fault::Missing(shown),
            Err(error) => Fault::Unreadable(shown, harmless::text(&error.to_string())),
        };
        let inside = path.strip_prefix("/").ok();
        let name = path.file_name().map(Path::new);
        let others =
            self.folders.iter().flat_map(|folder| inside.into_iter().chain(name).map(|end| folder.join(end)));
        for other in others.filter(|_| !build_id.is_empty()) {
            if let Ok(card) = read(&other)
                && card.build_id == build_id
            {
                return Ok((other, card));
            }
        }
        Err(found)
    }

    fn by_build_id(&self, build_id: &str) -> Option<PathBuf> {
        // Nothing but hexadecimal: it becomes part of a path.
        let plain = build_id.len() > 2 && build_id.bytes().all(|letter| letter.is_ascii_hexdigit());
        let (start, rest) = build_id.split_at_checked(2).filter(|_| plain)?;
        let name = format!(".build-id/{start}/{rest}.debug");
        let mut files = self.searched().map(|folder| folder.join(&name));
        files.find(|file| read(file).is_ok_and(|card| card.build_id == build_id && card.debug_info))
    }

    /// gdb's order: beside the module, in `.debug` beside it, below the folders by its whole path.
    fn by_link(&self, module: &Path, link: &Path, sum: u32) -> Option<PathBuf> {
        let folder = module.parent()?;
        let inside = folder.strip_prefix("/").ok()?;
        let below = self.searched().map(|debug| debug.join(inside).join(link));
        let mut files = [folder.join(link), folder.join(".debug").join(link)].into_iter().chain(below);
        files.find(|file| {
            read(file).is_ok_and(|card| card.debug_info) && checksum(file).is_ok_and(|found| found == sum)
        })
    }

    fn searched(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path).chain([Path::new(SYSTEM)])
    }
}

fn load(file: &Path) -> Result<Loader, Fault> {
    Loader::new(file)
        .map_err(|error| Fault::Unreadable(harmless::path(file), harmless::text(&error.to_string())))
}

/// Opens only what is a file: a log may name a pipe, whose open would wait for a writer.
fn regular(file: &Path) -> std::io::Result<File> {
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    File::open(file)
}

fn read(file: &Path) -> std::io::Result<Card> {
    let cache = ReadCache::new(regular(file)?);
    let elf = object::read::elf::ElfFile64::<object::Endianness, _>::parse(&cache)
        .map_err(|_| std::io::Error::other("not a 64-bit ELF file"))?;
    let build_id = elf.build_id().ok().flatten().unwrap_or_default();
    let section = |name| elf.section_by_name(name).is_some_and(|section| section.size() > 0);
    let link = elf.gnu_debuglink().ok().flatten();
    // A name alone, in the file's own words: no way out of the folder.
    let link = link.filter(|(name, _)| !name.is_empty() && !name.contains(&b'/'));
    Ok(Card {
        build_id: build_id.iter().fold(String::new(), |id, byte| id + &format!("{byte:02x}")),
        debug_info: section(".debug_info") || section(".zdebug_info"),
        link: link.map(|(name, sum)| (PathBuf::from(OsStr::from_bytes(name)), sum)),
    })
}

fn checksum(file: &Path) -> std::io::Result<u32> {
    let (mut file, mut sum, mut piece) = (regular(file)?, crc32fast::Hasher::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(sum.finalize()),
            length => sum.update(piece.get(..length).unwrap_or_default()),
        }
    }
}
