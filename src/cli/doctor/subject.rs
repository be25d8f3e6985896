//! What is examined: a program with its way to be started, a root, or a running process.

use super::launch;
use super::search::{self, Libraries, Loaded, Search};
use crate::cli::image::Image;
use crate::cli::library::{self, Library};
use crate::cli::root::Root;
use crate::cli::target::{self, Kind, Obstacle, Program, Step, Stop};
use crate::cli::waits::proc;
use crate::cli::{Trouble, harmless, log_path, status};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What a container starts with where its image says nothing else.
const CONTAINER_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub struct Subject {
    pub root: Root,
    pub library: Library,
    /// Our library's own imports and exports.
    pub ours: Image,
    /// With its arguments. Of a process, what it was started with; none for a root alone.
    pub command: Vec<OsString>,
    /// Scripts, their interpreters, and the program that runs at the end.
    pub steps: Vec<Step>,
    /// What is in the way before there is a program.
    pub stop: Option<Obstacle>,
    /// The program at the end.
    pub image: Option<Image>,
    pub libraries: Libraries,
    pub environment: Vec<(OsString, OsString)>,
    pub pid: Option<u32>,
}

impl Subject {
    fn new(root: Root, environment: Vec<(OsString, OsString)>) -> Result<Self, Trouble> {
        let library = library::find()?;
        let ours = search::read(&library.path).map_err(|error| {
            let name = harmless::path(&library.path);
            Trouble::new(status::TROUBLE, format!("{name} cannot be read: {error}; install it again"))
        })?;
        Ok(Self {
            root,
            library,
            ours,
            command: Vec::new(),
            steps: Vec::new(),
            stop: None,
            image: None,
            libraries: Libraries::default(),
            environment,
            pid: None,
        })
    }

    /// A command line of this system, or of a root; no words for the root alone.
    pub fn of_command(root: Root, command: &[OsString]) -> Result<Self, Trouble> {
        let environment = if root.is_host() {
            env::vars_os().collect()
        } else {
            vec![("PATH".into(), CONTAINER_PATH.into())]
        };
        let mut subject = Self::new(root, environment)?;
        subject.command = command.to_vec();
        let mut words = command;
        while let Some(name) = words.first() {
            let path = target::look_up_in(&subject.root, subject.variable("PATH"), name)?;
            let launched = launch::read(words);
            // A launcher that lets nothing through is a finding of its own; what matters is what it starts.
            if launched.as_ref().is_none_or(|launcher| launcher.scrubs.is_none()) {
                subject.follow(&path)?;
            }
            words = launched.map(|launcher| launcher.rest).unwrap_or_default();
        }
        subject.examine();
        if command.is_empty() {
            subject.find_libc();
        }
        Ok(subject)
    }

    /// For a root alone: the C library that its programs for this machine would have.
    fn find_libc(&mut self) {
        const NAME: &[u8] = b"libc.so.6";
        let found = Search::new(&self.root, self.library.machine, None).find(NAME, None);
        if let Some((path, image)) = found {
            self.libraries.loaded.push(Loaded { name: NAME.to_vec(), path, image });
        }
    }

    /// A running process, with its own root and environment.
    pub fn of_process(pid: u32) -> Result<Self, Trouble> {
        let folder = PathBuf::from(format!("/proc/{pid}"));
        let anothers = || Trouble::new(status::TROUBLE, log_path::denied(pid));
        if !folder.is_dir() {
            if proc::is_anothers(pid) {
                return Err(anothers());
            }
            return Err(Trouble::new(status::NOT_FOUND, format!("there is no process {pid}")));
        }
        let unread = |error: &io::Error| {
            if error.kind() == io::ErrorKind::PermissionDenied {
                return anothers();
            }
            let why = "it has ended, or is the kernel's";
            Trouble::new(status::TROUBLE, format!("process {pid} has no program to look at ({error}): {why}"))
        };
        let read = |name: &str| fs::read(folder.join(name)).map_err(|error| unread(&error));
        let exe = fs::read_link(folder.join("exe")).map_err(|error| unread(&error))?;
        let environment = words(&read("environ")?).iter().filter_map(|word| variable(word)).collect();
        let here = fs::metadata("/").map_err(|error| unread(&error))?;
        let there = fs::metadata(folder.join("root")).map_err(|error| unread(&error))?;
        let same = {
            use std::os::unix::fs::MetadataExt;
            (here.dev(), here.ino()) == (there.dev(), there.ino())
        };
        let root = if same { Root::host() } else { Root::at(folder.join("root")) };
        let mut subject = Self::new(root, environment)?;
        subject.command = words(&read("cmdline")?);
        subject.pid = Some(pid);
        // The link is spelled from this process's root where that can see it, as after chroot(2).
        let above = fs::read_link(folder.join("root")).unwrap_or_default();
        let exe = exe.strip_prefix(&above).map(|rest| Path::new("/").join(rest)).unwrap_or(exe);
        if subject.root.file(&exe).is_some() {
            subject.follow(&exe)?;
        } else {
            // Replaced or removed since it started. The link still leads to the file.
            let host = Root::host();
            subject.adopt(target::follow(&host, None, &folder.join("exe")))?;
        }
        subject.examine();
        Ok(subject)
    }

    fn follow(&mut self, path: &Path) -> Result<(), Trouble> {
        let followed = target::follow(&self.root, self.variable("PATH"), path);
        self.adopt(followed)
    }

    fn adopt(&mut self, followed: Result<Vec<Step>, Stop>) -> Result<(), Trouble> {
        match followed {
            Ok(steps) => self.steps.extend(steps),
            Err(Stop::Unread(sentence)) => return Err(Trouble::new(status::TROUBLE, sentence)),
            Err(Stop::Unfit(obstacle)) => self.stop = Some(obstacle),
        }
        Ok(())
    }

    /// Reads the program at the end, and the libraries with it.
    fn examine(&mut self) {
        let Some(program) = self.program() else { return };
        let Ok(image) = search::read(&program.file) else { return };
        let folders = Search::new(&self.root, program.facts.machine, self.variable("LD_LIBRARY_PATH"));
        let libraries = folders.closure(&program.path, &image);
        self.libraries = libraries;
        self.image = Some(image);
    }

    /// The program that runs at the end, if there is one.
    pub fn program(&self) -> Option<&Program> {
        self.steps.iter().rev().find_map(|step| match step {
            Step::Program(program) => Some(&**program),
            Step::Script { .. } => None,
        })
    }

    /// Its C library, and what it is called there. Of a root alone, that of the root.
    pub fn libc(&self) -> Option<(&Image, PathBuf)> {
        let mut loaded = self.libraries.loaded.iter();
        loaded
            .find(|library| library.name == b"libc.so.6")
            .map(|library| (&library.image, library.path.clone()))
    }

    /// Everything in the way, as `forkproof run` would refuse it, and more.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        target::obstacles(&self.root, &self.steps, &self.library)
    }

    pub fn is_entered(&self) -> bool {
        self.stop.is_none()
            && self.image.is_some()
            && self.obstacles().iter().all(|obstacle| obstacle.kind == Kind::Privileges)
    }

    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        let mut all = self.environment.iter();
        all.find(|(other, _)| other == name).map(|(_, value)| value.as_os_str())
    }
}

fn words(text: &[u8]) -> Vec<OsString> {
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split(|&byte| byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect()
}

fn variable(word: &OsStr) -> Option<(OsString, OsString)> {
    let bytes = word.as_bytes();
    let equals = bytes.iter().position(|&byte| byte == b'=')?;
    let (name, value) = bytes.split_at(equals);
    let value = value.get(1..).unwrap_or_default();
    Some((OsStr::from_bytes(name).to_owned(), OsStr::from_bytes(value).to_owned()))
}
