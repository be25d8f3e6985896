//! The log of one run, for what is done with it afterwards: a file of the command's own where the user names none.

use crate::cli::waits::proc;
use crate::cli::{Trouble, harmless, log_path, shell, status};
use std::collections::HashMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process;

/// Where the library writes, and what was there before.
pub struct Log {
    /// As the setting `log_path` has it.
    template: Vec<u8>,
    /// Inode and length of the files that it names, before the run.
    before: HashMap<PathBuf, (u64, u64)>,
    /// A folder of the command's own, with the log or with copies in it.
    folder: Option<PathBuf>,
    is_own: bool,
}

impl Log {
    /// In a folder of its own, which nobody else can read.
    pub fn own() -> Result<Self, Trouble> {
        let folder = folder()?;
        let file = folder.join("fork.log").into_os_string().into_vec();
        // A percent sign in the folder's name is one.
        let template =
            file.iter().flat_map(|&byte| if byte == b'%' { vec![b'%'; 2] } else { vec![byte] }).collect();
        Ok(Self { template, before: HashMap::new(), folder: Some(folder), is_own: true })
    }

    /// Where the user wants it. What is there already belongs to earlier runs.
    pub fn of(template: &[u8]) -> Result<Self, Trouble> {
        let mut log =
            Self { template: template.to_vec(), before: HashMap::new(), folder: None, is_own: false };
        // A pipe or /dev/stderr would be gone when it is wanted, and the run taken for one without findings.
        let named = pieces(template).collect::<Vec<_>>();
        let single = plain(&named);
        if !named.contains(&Piece::Id) && fs::metadata(&single).is_ok_and(|found| !found.is_file()) {
            let sentence = format!(
                "the log {} is no regular file: a run that is looked at afterwards needs one",
                harmless::path(&single)
            );
            return Err(Trouble::new(status::USAGE, sentence));
        }
        for file in log.files()? {
            let found = fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
            log.before.insert(file, (found.ino(), found.len()));
        }
        Ok(log)
    }

    /// The value for `log_path`.
    pub fn template(&self) -> &OsStr {
        OsStr::from_bytes(&self.template)
    }

    /// The files that the run wrote, each without what was there before it.
    pub fn written(&mut self) -> Result<Vec<PathBuf>, Trouble> {
        let mut written = Vec::new();
        for file in self.files()? {
            let found = fs::metadata(&file).map_err(|error| unreadable(&file, &error))?;
            match self.before.get(&file) {
                Some(&(inode, length)) if inode == found.ino() && length != 0 && length <= found.len() => {
                    if length < found.len() {
                        let copy = self.rest(&file, length, written.len());
                        written.push(copy.map_err(|error| unreadable(&file, &error))?);
                    }
                }
                _ => written.push(file),
            }
        }
        Ok(written)
    }

    /// As a shell takes it: what to give to `forkproof report`.
    pub fn name(&self) -> String {
        let pieces = pieces(&self.template).collect::<Vec<_>>();
        let mut name = String::new();
        for run in pieces.chunk_by(|one, other| *one != Piece::Id && *other != Piece::Id) {
            if run == [Piece::Id] {
                name.push('*');
            } else if name.is_empty() {
                name = shell::file(&plain(run));
            } else {
                name.push_str(&shell::word(plain(run).as_os_str()));
            }
        }
        name
    }

    /// The logs that outlive the run.
    pub fn kept(&self) -> Vec<PathBuf> {
        if self.is_own { Vec::new() } else { self.files().unwrap_or_default() }
    }

    /// Processes that may still write to it: those of this run that outlive its program.
    pub fn writers(&self) -> Vec<u32> {
        let began = proc::stat(process::id()).map(|stat| stat.start);
        let mut writers = proc::processes();
        writers.retain(|&pid| {
            let stat = proc::stat(pid).filter(|stat| !matches!(stat.state, 'Z' | 'X'));
            pid != process::id()
                && stat.is_some_and(|stat| Some(stat.start) >= began)
                && log_path::is_at(pid, &self.template)
        });
        writers
    }

    /// Takes away what is the command's own, the log too unless it is to be kept.
    pub fn put_away(self, keep: bool) {
        if let Some(folder) = self.folder.filter(|_| !(self.is_own && keep)) {
            let _ = fs::remove_dir_all(folder);
        }
    }

    /// A copy of what comes after `length` bytes.
    fn rest(&mut self, file: &Path, length: u64, number: usize) -> io::Result<PathBuf> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => folder().map_err(|trouble| io::Error::other(trouble.sentence))?,
        };
        let copy = folder.join(format!("{number}.log"));
        self.folder = Some(folder);
        let mut from = File::open(file)?;
        from.seek(SeekFrom::Start(length))?;
        io::copy(&mut from, &mut File::create(&copy)?)?;
        Ok(copy)
    }

    /// The files of this name that there are now.
    fn files(&self) -> Result<Vec<PathBuf>, Trouble> {
        let slash = self.template.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let (above, name) = self.template.split_at(slash);
        let (above, name) = (pieces(above).collect::<Vec<_>>(), pieces(name).collect::<Vec<_>>());
        if above.contains(&Piece::Id) {
            let sentence = "the log's folder has %p in its name, and a run's logs are looked for in one folder; put %p \
                            in the file's name";
            return Err(Trouble::new(status::USAGE, sentence));
        }
        let folder = plain(&above);
        if !name.contains(&Piece::Id) {
            let file = folder.join(plain(&name));
            return Ok(Some(file).filter(|file| file.is_file()).into_iter().collect());
        }
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        let named = entries.flatten().filter(|entry| is_named(entry.file_name().as_bytes(), &name));
        let mut files = named.map(|entry| entry.path()).filter(|file| file.is_file()).collect::<Vec<_>>();
        files.sort();
        Ok(files)
    }
}

fn unreadable(file: &Path, error: &dyn std::fmt::Display) -> Trouble {
    Trouble::new(status::TROUBLE, format!("{}: {error}", harmless::path(file)))
}

/// A new folder that only this user can enter.
fn folder() -> Result<PathBuf, Trouble> {
    let above = env::temp_dir();
    for number in 0..1000 {
        let folder = above.join(format!("forkproof-{}-{number}", process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unreadable(&folder, &error)),
        }
    }
    Err(unreadable(&above, &"it is full of forkproof's folders"))
}

/// What a template is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Byte(u8),
    /// `%p`
    Id,
}

/// `%p` is the process id, `%%` a percent sign, as in the library.
fn pieces(template: &[u8]) -> impl Iterator<Item = Piece> {
    let mut bytes = template.iter().copied().peekable();
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(Piece::Byte(byte));
        }
        Some(match bytes.peek() {
            Some(b'p') => {
                bytes.next();
                Piece::Id
            }
            Some(b'%') => {
                bytes.next();
                Piece::Byte(b'%')
            }
            _ => Piece::Byte(b'%'),
        })
    })
}

/// Without the ids.
fn plain(pieces: &[Piece]) -> PathBuf {
    let byte = |piece: &Piece| if let Piece::Byte(byte) = piece { Some(*byte) } else { None };
    PathBuf::from(OsString::from_vec(pieces.iter().filter_map(byte).collect()))
}

fn is_named(name: &[u8], template: &[Piece]) -> bool {
    match (template, name) {
        ([], rest) => rest.is_empty(),
        ([Piece::Byte(byte), template @ ..], [first, name @ ..]) => byte == first && is_named(name, template),
        ([Piece::Id, after @ ..], name) => {
            let digits = name.iter().take_while(|byte| byte.is_ascii_digit()).count();
            digits != 0 && name.get(digits..).is_some_and(|rest| is_named(rest, after))
        }
        ([Piece::Byte(_), ..], []) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_names_the_files_of_its_processes() {
        let is = |name: &str, template: &str| {
            is_named(name.as_bytes(), &pieces(template.as_bytes()).collect::<Vec<_>>())
        };
        assert!(is("fork.47.log", "fork.%p.log") && is("a%47", "a%%%p") && is("x%y", "x%y"));
        assert!(
            !is("fork..log", "fork.%p.log")
                && !is("fork.4x.log", "fork.%p.log")
                && !is("fork.4.log.1", "fork.%p.log")
        );
    }
}
