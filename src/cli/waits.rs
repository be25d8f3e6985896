//! `forkproof run --watch`: the command stays, as the program's parent, and says which of its waits nobody can end.
//!
//! From outside, because inside there is no good place: a process that hangs runs no hook, a thread of ours
//! would be seen, and a timer's signal would end the very waits that it asks about (`epoll_wait(2)`, EINTR).
//! The tree of the program, a child of this process, is followed through `/proc`; no process is stopped, and nothing in
//! any is changed. What is public here asks about one process, and `dump` asks the same.

pub mod census;
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

use crate::settings::{Action, Settings};
use crossbeam_channel::{Receiver, Sender, bounded, never, tick};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};
use tree::Tree;
use verdict::{Key, Scene};

pub use finding::tell;
pub use verdict::Lost;

/// How often the tree is looked at. A wait is found at most two looks after it has lasted long enough.
const PACE: Duration = Duration::from_millis(400);

/// Is there anything to watch for?
pub fn is_wanted(settings: &Settings<'_>) -> bool {
    finding::action(settings) != Action::Off
}

/// What has to be known before the program starts.
pub struct Watch {
    inherited: HashSet<String>,
}

impl Watch {
    /// In the process that the program will be forked from.
    pub fn new() -> Self {
        Self { inherited: links_of_this_process() }
    }

    /// Watches the tree of the process `root`, and sends what it finds, with how long it has lasted.
    pub fn begin(self, root: u32, settings: &Settings<'_>) -> Receiver<(Lost, Duration)> {
        let patience = Duration::from_secs(settings.lost_wait_s.into());
        let (said, findings) = bounded(1);
        // On a thread of its own: `/proc` can make a reader wait for the process it reads about, and signals must not.
        let watcher = thread::Builder::new().spawn(move || watch(root, patience, &self.inherited, &said));
        match watcher {
            Ok(_) => findings,
            Err(error) => {
                log::warn!("nothing will be watched: {error}");
                never()
            }
        }
    }
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
