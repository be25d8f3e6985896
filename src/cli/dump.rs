//! `forkproof dump`: a process that hangs, seen from outside.
//!
//! It is neither stopped nor changed. What is read of it is of slightly different moments; what is said to be certain
//! was read of threads that did not run in between.

mod certain;
mod descriptor;
mod lock;
mod origin;
mod remarks;
mod thread;

use super::waits::census::Census;
use super::waits::memory::Notes;
use super::waits::proc::{self, Stat};
use super::waits::verdict;
use super::{Trouble, complain, exec, log_path, python, render, status};
use certain::Certain;
use clap::Args;
use descriptor::Descriptors;
use origin::{Origin, Past};
use serde::Serialize;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
pub use thread::Thread;

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof dump 4711                        what each thread waits for
  forkproof dump --json 4711 | jq .certain   for programs
  forkproof dump $(pgrep -n gunicorn)        the youngest of that name

Certain is what nobody can end: a lock whose holder does not exist here (holder-gone), threads that wait for each other \
(deadlock), or a process all of whose threads wait for what nobody can make happen (lost-wait: only with forkproof in \
the process, and where the descriptors of every process can be read, as by root).

The process is neither stopped nor changed. Python frames are of CPython 3.11 to 3.14. C stacks of a running process \
need a debugger, which stops it for that long: gdb -p PID -batch -ex 'thread apply all bt'.

Exit status: 0 nothing hangs for certain, 1 something does, 2 usage, 125 there is no such process, 126 it may not be looked \
into.";

/// Show what a hung process waits for, from outside
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The process
    #[arg(value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pid: u32,

    /// Write one JSON object
    #[arg(long)]
    json: bool,

    /// Do not look for Python frames
    #[arg(long)]
    no_python: bool,
}

/// All that is said of a process.
#[derive(Debug, Serialize)]
pub struct Dump {
    /// Of this output's format: 1.
    pub v: u32,
    pub pid: u32,
    pub name: String,
    pub program: String,
    pub state: &'static str,
    /// Seconds since it began; after a fork, since that.
    pub age_s: u64,
    #[serde(flatten)]
    pub origin: Origin,
    pub threads: Vec<Thread>,
    pub certain: Vec<Certain>,
    #[serde(flatten)]
    pub past: Past,
    /// What this cannot show, and what would.
    pub notes: Vec<String>,
}

/// `forkproof dump`.
pub fn dump(arguments: &Arguments) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    let pid = process_of(arguments.pid)?;
    let dump = take(pid, !arguments.no_python)?;
    let text = if arguments.json {
        render::json::raw(serde_json::to_string(&dump).unwrap_or_default().as_bytes())
    } else {
        render::dump::text(&dump)
    };
    render::print(&text)?;
    Ok(if dump.certain.is_empty() { status::OK } else { status::NOTHING })
}

/// The process of a thread: `/proc` has a folder for each thread too, and lists it nowhere.
fn process_of(pid: u32) -> Result<u32, Trouble> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|_| gone(pid))?;
    let process = proc::field(&text, "Tgid").and_then(|number| number.parse().ok()).unwrap_or(pid);
    if process != pid {
        complain(&format!("{pid} is a thread of process {process}, which is shown"));
    }
    Ok(process)
}

fn gone(pid: u32) -> Trouble {
    if proc::is_anothers(pid) {
        return Trouble::new(status::CANNOT_RUN, log_path::denied(pid));
    }
    Trouble::new(status::TROUBLE, format!("there is no process {pid}; pgrep NAME finds one by its name"))
}

fn take(pid: u32, with_python: bool) -> Result<Dump, Trouble> {
    let stat = proc::stat(pid).ok_or_else(|| gone(pid))?;
    if proc::has_ended(pid, &stat) {
        return Ok(ended(pid, stat));
    }
    check(pid)?;
    let mappings = proc::mappings(pid);
    let mut notes = Notes::default();
    let everybody = everybody();
    let inherited = inherited(pid);
    let census = OnceCell::from(census(&everybody, &mut notes));
    let scene = verdict::Scene { tree: &everybody, inherited: &inherited, census };
    let lost = verdict::lost(pid, &scene, &mut notes);
    let origin = origin::of(pid, &mappings, &mut notes);
    let tids = proc::threads(pid);
    let numbers = tids.iter().map(|&tid| (tid, proc::own_number(tid))).collect::<Vec<_>>();
    let census = scene.census.get_or_init(|| Census::take(&everybody, &mut Notes::default()));
    let view = thread::Scene {
        pid,
        mappings: &mappings,
        descriptors: Descriptors { pid, census },
        python: with_python && runs_python(pid, &mappings),
        numbers: &numbers,
        narrow: is_narrow(pid),
    };
    let threads = numbers.iter().filter_map(|&(tid, own)| thread::of(&view, tid, own)).collect::<Vec<_>>();
    let who = |own| remarks::absent(own, &origin);
    let certain = certain::of(pid, &threads, certain::shares_memory(pid), lost.as_ref(), who);
    let mut dump = Dump {
        v: 1,
        pid,
        name: stat.name.clone(),
        program: program(pid),
        state: thread::state(stat.state),
        age_s: proc::age(&stat).unwrap_or_default().as_secs(),
        past: origin::past(pid),
        notes: Vec::new(),
        origin,
        threads,
        certain,
    };
    remarks::name_holders(&mut dump.threads, &dump.past);
    dump.notes = remarks::all(&dump, &view, census);
    // All of it was read by number: a process that ended may have left its number to another.
    match proc::stat(pid) {
        Some(now) if now.start == stat.start && !proc::has_ended(pid, &now) => Ok(dump),
        _ => Err(Trouble::new(status::TROUBLE, format!("process {pid} ended while it was looked at"))),
    }
}

/// Nothing is left of it but its status.
fn ended(pid: u32, stat: Stat) -> Dump {
    let parent_name = proc::stat(stat.parent).map(|parent| parent.name).unwrap_or_default();
    let remark = "it has ended, and its parent has not asked for its status yet (wait(2))".to_owned();
    Dump {
        v: 1,
        pid,
        age_s: proc::age(&stat).unwrap_or_default().as_secs(),
        name: stat.name,
        program: String::new(),
        state: thread::state('Z'),
        origin: Origin {
            parent: stat.parent,
            parent_name,
            library: false,
            forked: None,
            same_program: false,
            left_behind: Vec::new(),
        },
        threads: Vec::new(),
        certain: Vec::new(),
        past: Past::default(),
        notes: vec![remark],
    }
}

/// May it be looked into, and is there anything to see?
fn check(pid: u32) -> Result<(), Trouble> {
    let denied = || Trouble::new(status::CANNOT_RUN, log_path::denied(pid));
    match fs::read_link(format!("/proc/{pid}/exe")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(denied()),
        Err(_) if proc::stat(pid).is_none() => return Err(gone(pid)),
        Err(_) => {
            return Err(Trouble::new(
                status::TROUBLE,
                format!("process {pid} runs no program: it is the kernel's"),
            ));
        }
        Ok(_) => {}
    }
    match fs::read(format!("/proc/{pid}/syscall")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(denied()),
        _ => Ok(()),
    }
}

/// All processes that are to be seen: whoever of them cannot be read may have anything.
fn everybody() -> HashSet<u32> {
    let own = std::process::id();
    proc::processes().into_iter().filter(|&pid| pid != own).collect()
}

/// Who has what. Of one process that ends just now it looks as if somebody could not be read: then it is taken again.
fn census(everybody: &HashSet<u32>, notes: &mut Notes) -> Census {
    const TRIES: u32 = 4;
    let mut census = Census::take(everybody, notes);
    for _ in 1..TRIES {
        if !census.blind && !census.in_flight {
            break;
        }
        census = Census::take(everybody, notes);
    }
    census
}

/// What it may have been given at its start: others had it before, and may be out of sight.
fn inherited(pid: u32) -> HashSet<String> {
    (0..3).filter_map(|fd| proc::link(pid, fd)).collect()
}

fn program(pid: u32) -> String {
    fs::read_link(format!("/proc/{pid}/exe"))
        .map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// By the names of its files, or because it can be read as one.
fn runs_python(pid: u32, mappings: &[proc::Mapping]) -> bool {
    let named = |mapping: &proc::Mapping| {
        let name = mapping.file_name();
        name.starts_with("python") || name.starts_with("libpython")
    };
    mappings.iter().any(named) || python::frames(pid, pid).is_ok()
}

/// elf(5), `EI_CLASS`.
fn is_narrow(pid: u32) -> bool {
    let mut start = [0; 5];
    let read = File::open(format!("/proc/{pid}/exe")).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"\x7fELF\x01"
}
