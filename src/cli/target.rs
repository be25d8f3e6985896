//! Which file will run, and whether the loader will preload into it.
//!
//! The kernel decides how a file is executed (execve(2)), ld.so(8) decides what it preloads. Both would drop
//! our library without a word; this file asks first.

mod obstacle;

pub use obstacle::{Kind, Obstacle};

use super::elf::{self, Facts};
use super::library::Library;
use super::root::Root;
use super::{Trouble, exec, harmless, shebang, status};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{ErrorKind::NotFound, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Scripts run by scripts: where the kernel gives up with ELOOP.
const DEEPEST: u32 = 5;

fn refused(sentence: String) -> Trouble {
    Trouble::new(status::CANNOT_RUN, sentence)
}

/// The file that execvp(3) would run for this name.
pub fn look_up(name: &OsStr) -> Result<PathBuf, Trouble> {
    look_up_in(&Root::host(), env::var_os("PATH").as_deref(), name)
}

/// The same in another root, with its `PATH`. The answer is the program's own word for the file.
pub fn look_up_in(root: &Root, path: Option<&OsStr>, name: &OsStr) -> Result<PathBuf, Trouble> {
    let shown = harmless::path(Path::new(name));
    if name.is_empty() {
        return Err(Trouble::new(status::NOT_FOUND, "the name of the program is empty"));
    }
    let not_found =
        |error| Trouble::new(status::NOT_FOUND, format!("cannot run {shown}{}: {error}", root.place()));
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        let file = root.resolve(&path).map_err(not_found)?;
        return match fs::metadata(&file) {
            Ok(found) if found.is_dir() => Err(refused(format!("{shown} is a directory"))),
            Ok(found) if !found.is_file() => Err(refused(format!("{shown} is not a regular file"))),
            Ok(_) if exec::may_execute(&file) => Ok(path),
            Ok(_) => Err(refused(format!("{shown} is not executable; chmod +x may be missing"))),
            Err(error) => Err(not_found(error)),
        };
    }
    let mut blocked = None;
    for folder in env::split_paths(path.unwrap_or(OsStr::new("/bin:/usr/bin"))) {
        // An empty element of PATH is the current directory.
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let path = folder.join(name);
        let Ok(file) = root.resolve(&path) else { continue };
        if file.is_file() && exec::may_execute(&file) {
            return Ok(path);
        }
        if file.exists() {
            blocked.get_or_insert(path);
        }
    }
    if let Some(file) = blocked {
        return Err(refused(format!("{} is not an executable file", harmless::path(&file))));
    }
    let sentence = format!("there is no program `{shown}` in PATH{}", root.place());
    Err(Trouble::new(status::NOT_FOUND, sentence))
}

/// What the check found out about a program that may be preloaded.
#[derive(Debug)]
pub struct Target {
    /// The address sanitizer's runtime, if the program needs it.
    pub sanitizer: Option<OsString>,
}

/// What is gone through until the program runs: scripts, their interpreters, and what those start.
#[derive(Debug)]
pub enum Step {
    Script { path: PathBuf },
    Program(Box<Program>),
}

/// An ELF file that is executed.
#[derive(Debug)]
pub struct Program {
    /// As its user calls it.
    pub path: PathBuf,
    /// Where it is, seen from this process.
    pub file: PathBuf,
    pub facts: Facts,
    found: fs::Metadata,
}

/// Why there is no program at the end.
#[derive(Debug)]
pub enum Stop {
    /// Nothing can be said about it, and why.
    Unread(String),
    Unfit(Obstacle),
}

impl Stop {
    fn behind(self, scripts: &str) -> Self {
        match self {
            Self::Unread(sentence) => Self::Unread(format!("{scripts}{sentence}")),
            Self::Unfit(obstacle) => Self::Unfit(obstacle.behind(scripts)),
        }
    }
}

/// Refuses what the library cannot enter, with the reason and what to do.
pub fn check(path: &Path, library: &Library) -> Result<Target, Trouble> {
    let host = Root::host();
    let steps = follow(&host, env::var_os("PATH").as_deref(), path).map_err(|stop| match stop {
        Stop::Unread(sentence) => refused(sentence),
        Stop::Unfit(obstacle) => refused(obstacle.sentence()),
    })?;
    if let Some(first) = obstacles(&host, &steps, library).first() {
        return Err(refused(first.sentence()));
    }
    let sanitizer = steps.iter().rev().find_map(program).and_then(Program::sanitizer);
    Ok(Target { sanitizer })
}

fn program(step: &Step) -> Option<&Program> {
    match step {
        Step::Program(program) => Some(program),
        Step::Script { .. } => None,
    }
}

impl Program {
    /// The address sanitizer's runtime, where the program needs it.
    pub fn sanitizer(&self) -> Option<OsString> {
        let mut needed = self.facts.needed.iter();
        let runtime =
            needed.find(|name| name.starts_with(b"libasan.so") || name.starts_with(b"libclang_rt.asan"));
        runtime.map(|name| OsString::from_vec(name.clone()))
    }
}

/// Which files are executed one after the other, until one is a program that looks nothing up.
pub fn follow(root: &Root, search: Option<&OsStr>, path: &Path) -> Result<Vec<Step>, Stop> {
    let mut steps = Vec::new();
    follow_on(root, search, path, &mut steps, 0).map_err(|stop| stop.behind(&scripts(&steps)))?;
    Ok(steps)
}

/// Everything that keeps the library out of the programs among these.
pub fn obstacles(root: &Root, steps: &[Step], library: &Library) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    for (place, program) in steps.iter().enumerate().filter_map(|(place, step)| Some((place, program(step)?)))
    {
        let before = scripts(steps.get(..place).unwrap_or_default());
        let found = obstacle::all(root, program, library);
        obstacles.extend(found.map(|obstacle| obstacle.behind(&before)));
    }
    obstacles
}

/// The words before what is said of the program behind them.
fn scripts(steps: &[Step]) -> String {
    let words = steps.iter().filter_map(|step| match step {
        Step::Script { path } => Some(format!("{} is a script: ", harmless::path(path))),
        Step::Program(_) => None,
    });
    words.collect()
}

fn follow_on(
    root: &Root,
    search: Option<&OsStr>,
    path: &Path,
    steps: &mut Vec<Step>,
    depth: u32,
) -> Result<(), Stop> {
    let name = harmless::path(path);
    let unfit = |reason: String, remedy: String| Stop::Unfit(Obstacle { kind: Kind::File, reason, remedy });
    let unreadable = |error: std::io::Error| {
        Stop::Unread(format!(
            "cannot read {name}, to see whether it can be preloaded: {error}; chmod +r may be missing"
        ))
    };
    let file = root.resolve(path).map_err(unreadable)?;
    let found = fs::metadata(&file).map_err(unreadable)?;
    if !found.is_file() {
        return Err(unfit(format!("{name} is not a regular file"), String::new()));
    }
    let mut open = File::open(&file).map_err(unreadable)?;
    let mut start = Vec::new();
    Read::by_ref(&mut open).take(shebang::LONGEST).read_to_end(&mut start).map_err(unreadable)?;
    if start.starts_with(b"\x7fELF") {
        let facts = elf::facts(&object::ReadCache::new(open))
            .map_err(|error| unfit(format!("{name}: {error}"), String::new()))?;
        log::debug!(
            "{name}: {}, loader {:?}",
            facts.machine,
            facts.interpreter.as_deref().map(harmless::bytes)
        );
        steps.push(Step::Program(Box::new(Program { path: path.to_owned(), file, facts, found })));
        return Ok(());
    }
    let Some(line) = shebang::parse(&start) else {
        return Err(unfit(
            format!("{name} is neither an ELF program nor a script with a `#!` line"),
            format!("name what runs it, as in `forkproof run -- sh {name}`"),
        ));
    };
    if depth == DEEPEST {
        return Err(unfit(
            format!("{name}: its interpreters are scripts, nested too deep for the kernel"),
            String::new(),
        ));
    }
    // A script's own setuid bit means nothing to the kernel: what counts is its interpreter.
    steps.push(Step::Script { path: path.to_owned() });
    let interpreter = Path::new(OsStr::from_bytes(line.interpreter));
    let shown = harmless::path(interpreter);
    log::debug!("{name}: a script, run by {shown}");
    if root.resolve(interpreter).and_then(fs::metadata).is_err_and(|error| error.kind() == NotFound) {
        // As bash says it, which looks when execve(2) gave ENOENT for a file that is there.
        let remedy = if line.interpreter.ends_with(b"\r") {
            "it has DOS line ends, as text from Windows has: sed -i 's/\\r$//' FILE takes them away"
        } else {
            "correct its `#!` line, or install what that names"
        };
        return Err(unfit(
            format!("its interpreter {shown} is not there{}", root.place()),
            remedy.to_owned(),
        ));
    }
    follow_on(root, search, interpreter, steps, depth + 1)?;
    // Whether env finds its program is env's to say, with its own words and status.
    let behind = line.behind_env().and_then(|word| look_up_in(root, search, OsStr::from_bytes(word)).ok());
    behind.map_or(Ok(()), |path| follow_on(root, search, &path, steps, depth + 1))
}
