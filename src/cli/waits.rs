//! `forkproof run --watch`: the command stays, as the program's parent, and says which of its waits nobody can end.
//!
//! From outside, because inside there is no good place: a process that hangs runs no hook, a thread of ours
//! would be seen, and a timer's signal would end the very waits that it asks about (`epoll_wait(2)`, EINTR).
//! The program is started as a child, and its tree is followed through `/proc`; no process is stopped, and
//! nothing in any is changed. What is public here asks about one process, and `dump` asks the same.

pub mod census;
mod child;
mod finding;
pub mod kcmp;
pub mod memory;
mod place;
pub mod proc;
pub mod socket;
pub mod tree;
pub mod verdict;
pub mod wait;
pub mod wakers;

use super::Trouble;
use super::status;
use crate::settings::{Action, Mode, Settings};
use child::{Child, End, Side};
use crossbeam_channel::{Receiver, Sender, bounded, never, select, tick, unbounded};
use signal_hook::consts::SIGCHLD;
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};
use tree::Tree;
use verdict::{Key, Lost, Scene};

/// How often the tree is looked at. A wait is found at most two looks after it has lasted long enough.
const PACE: Duration = Duration::from_millis(400);

/// What is passed on to the program, with the real-time signals: all that somebody may send to it on purpose.
/// SIGCHLD and SIGPIPE are the command's own, and so is what a fault raises.
const PASSED_ON: [i32; 22] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGABRT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGSTKFLT,
    libc::SIGCONT,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
    libc::SIGURG,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGWINCH,
    libc::SIGIO,
    libc::SIGPWR,
    libc::SIGSYS,
];

/// Is there anything to watch for?
pub fn is_wanted(settings: &Settings<'_>) -> bool {
    finding::action(settings) != Action::Off
}

/// Watches the program that `become_program` makes of a child of this process, and ends as it ends.
pub fn run(settings: &Settings<'_>, become_program: impl FnOnce() -> Trouble) -> Result<u8, Trouble> {
    let trouble = |what: &str, error: &dyn std::fmt::Display| {
        Trouble::new(status::TROUBLE, format!("cannot watch: {what}: {error}"))
    };
    let inherited = links_of_this_process();
    let child = match child::start().map_err(|error| trouble("fork", &error))? {
        Side::Program => return Err(become_program()),
        Side::Watcher(child) => child,
    };
    let signals = signals().map_err(|error| trouble("signals", &error))?;
    child::let_signals_in_but_ttou();
    let root = child.pid();
    let patience = Duration::from_secs(settings.lost_wait_s.into());
    let (said, findings) = bounded(1);
    // On a thread of its own: `/proc` can make a reader wait for the process it reads about, and signals must not.
    let watcher = thread::Builder::new().spawn(move || watch(root, patience, &inherited, &said));
    let findings = match watcher {
        Ok(_) => findings,
        Err(error) => {
            log::warn!("nothing will be watched: {error}");
            never()
        }
    };
    let (end, found) = serve(&child, &signals, findings, settings);
    if settings.mode == Mode::Strict && found && end == End::Status(0) {
        return Ok(settings.exitcode);
    }
    Ok(end.follow())
}

/// Passes signals on and says what is found, until the program ends.
fn serve(
    child: &Child,
    signals: &Receiver<Origin>,
    mut findings: Receiver<(Lost, Duration)>,
    settings: &Settings<'_>,
) -> (End, bool) {
    let mut found = false;
    // It may have ended before its SIGCHLD could be heard.
    let mut end = child.end();
    loop {
        if let Some(end) = end {
            return (end, found);
        }
        let mut watched = true;
        select! {
            recv(signals) -> signal => match signal {
                Ok(signal) if signal.signal == SIGCHLD => end = child.end(),
                Ok(signal) if is_for_us_alone(&signal, child) => child.signal(signal.signal),
                Ok(_) => {}
                Err(_) => return (End::Status(status::TROUBLE), found),
            },
            recv(findings) -> finding => match finding {
                Ok((lost, lasted)) => {
                    found = true;
                    finding::tell(&lost, lasted, settings);
                }
                Err(_) => watched = false,
            },
        }
        if !watched {
            findings = never(); // what nobody sends to is ready all the time
        }
    }
}

/// What a terminal sends, it sends to the whole process group, the program included; what the program sends to its
/// group it has sent to itself. But what goes to process 1 of a container is meant for the program, whoever sends it.
/// An alarm is the kernel's too, and was this process's before it was the command.
fn is_for_us_alone(signal: &Origin, child: &Child) -> bool {
    if signal.cause == Cause::Kernel {
        return signal.signal == libc::SIGALRM;
    }
    let sender = signal.process.as_ref().map(|process| process.pid.unsigned_abs());
    std::process::id() == 1 || !sender.is_some_and(|sender| child.is_ancestor_of(sender))
}

/// The signals that reach this process, from a thread that does nothing else.
fn signals() -> std::io::Result<Receiver<Origin>> {
    let mut signals = SignalsInfo::<WithOrigin>::new(
        PASSED_ON.into_iter().chain(libc::SIGRTMIN()..=libc::SIGRTMAX()).chain([SIGCHLD]),
    )?;
    let (heard, all) = unbounded();
    thread::Builder::new().spawn(move || {
        child::let_signals_in();
        signals.forever().try_for_each(|signal| heard.send(signal))
    })?;
    Ok(all)
}

/// Looks at the tree again and again. What stands still is asked about twice, two looks in a row, and told if nobody
/// could end it both times: processes move while they are read.
fn watch(root: u32, patience: Duration, inherited: &HashSet<String>, said: &Sender<(Lost, Duration)>) {
    if !proc::lists_children() {
        log::warn!("nothing will be watched: this kernel has no /proc/PID/task/TID/children");
        return;
    }
    let mut tree = Tree::new(root, patience);
    let mut notes = memory::Notes::default();
    let mut suspects: HashMap<u32, Key> = HashMap::new();
    let mut told: HashSet<(u32, Key)> = HashSet::new();
    for now in tick(PACE) {
        let asked = tree.look(now);
        let pids = tree.pids();
        told.retain(|(pid, _)| pids.contains(pid));
        let scene = Scene { tree: &pids, inherited, census: OnceCell::new() };
        let again = suspects.drain().collect::<Vec<_>>();
        for (pid, key) in again {
            let Some(lost) = verdict::lost(pid, &scene, &mut notes) else { continue };
            let lasted = tree.lasted(pid, now);
            if lost.key == key
                && lasted >= patience
                && told.insert((pid, key))
                && said.send((lost, lasted)).is_err()
            {
                return;
            }
        }
        for pid in asked {
            let start = Instant::now();
            let lost = verdict::lost(pid, &scene, &mut notes);
            log::debug!("process {pid}: asked in {:?}: {lost:?}", start.elapsed());
            if let Some(lost) = lost.filter(|lost| !told.contains(&(pid, lost.key))) {
                suspects.insert(pid, lost.key);
            }
        }
    }
}

/// What the program is about to inherit, by link.
fn links_of_this_process() -> HashSet<String> {
    let own = std::process::id();
    let fds = proc::descriptors(own).unwrap_or_default();
    fds.into_iter().filter_map(|fd| proc::link(own, fd)).collect()
}
