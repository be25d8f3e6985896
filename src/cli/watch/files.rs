//! The followers of all logs, on a thread of their own: files are looked at again and again.
//!
//! By looking and not by inotify(7): that says nothing of network file systems and of what a container's overlay hides,
//! and a look costs one stat(2) a log. Whoever takes the lines sets the pace when there are many: the
//! channel holds a few pieces, and then the files wait.

use super::follow::{Entry, Follower, Identity};
use super::sources::Source;
use crate::cli::{complain, harmless};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two looks, at least; where a look takes long, ten times as long as it took.
const PACE: Duration = Duration::from_millis(100);
/// How long a file that has no name any more is read on: other processes may still write to it.
const NAMELESS: Duration = Duration::from_secs(5);
/// Files of a folder that are remembered to be no logs.
const NO_LOGS_MAX: usize = 10_000;
/// Pieces on their way.
const PIECES: usize = 8;

/// Begins to follow. The channel closes when nothing more can come.
pub fn follow(sources: Vec<Source>) -> std::io::Result<(Receiver<Vec<Entry>>, JoinHandle<()>)> {
    let (out, lines) = bounded(PIECES);
    let mut files = Files { sources, followed: Vec::new(), no_logs: HashMap::new(), told: false };
    let thread = thread::Builder::new().spawn(move || files.run(&out))?;
    Ok((lines, thread))
}

struct Followed {
    follower: Follower,
    source: usize,
    /// When a source last named it, or it last grew.
    seen: Instant,
}

struct Files {
    sources: Vec<Source>,
    followed: Vec<Followed>,
    /// What is in a folder and no log, with its length when that was found.
    no_logs: HashMap<Identity, u64>,
    /// That a file cannot be opened is said once.
    told: bool,
}

impl Files {
    fn run(&mut self, out: &Sender<Vec<Entry>>) {
        loop {
            let start = Instant::now();
            // Asked before the last reading, so that what was written until then is read.
            self.look(start);
            let ended = self.sources.iter().all(Source::has_ended);
            if self.read(start, ended, out).is_none() {
                return;
            }
            // What was read last may have named a process that lived too short to be seen.
            if ended && self.sources.iter().all(Source::has_ended) {
                return;
            }
            thread::sleep(PACE.max(start.elapsed() * 10));
        }
    }

    /// Finds files that are new, and marks those that still have their name.
    fn look(&mut self, now: Instant) {
        for place in 0..self.sources.len() {
            let Some(source) = self.sources.get_mut(place) else { continue };
            let (files, sure) = (source.files(now), source.is_sure());
            for path in files {
                self.file(&path, place, sure, now);
            }
        }
    }

    fn file(&mut self, path: &PathBuf, source: usize, sure: bool, now: Instant) {
        let Ok(status) = fs::metadata(path) else { return };
        let identity = (status.dev(), status.ino());
        if let Some(known) = self.followed.iter_mut().find(|known| known.follower.identity == identity) {
            known.seen = now;
            return;
        }
        if !sure && (!status.is_file() || self.no_logs.get(&identity) == Some(&status.len())) {
            return;
        }
        let mut follower = match Follower::open(path) {
            Ok(follower) => follower,
            Err(error) => return self.cannot(path, &error),
        };
        // One that is too short to tell is looked at again when it has grown.
        if !sure && !matches!(follower.looks_like_a_log(), Ok(Some(true))) {
            if self.no_logs.len() > NO_LOGS_MAX {
                self.no_logs.clear();
            }
            self.no_logs.insert(identity, status.len());
            return;
        }
        // Full and begun anew more than once since the last look: the last full one is still there, beside it.
        if sure && self.followed.iter().any(|known| known.follower.has_name(path)) {
            let mut full = path.clone().into_os_string();
            full.push(".1");
            self.file(&full.into(), source, sure, now);
        }
        self.followed.push(Followed { follower, source, seen: now });
    }

    fn cannot(&mut self, path: &Path, error: &std::io::Error) {
        if !self.told && error.kind() != std::io::ErrorKind::NotFound {
            self.told = true;
            complain(&format!("{} cannot be followed: {error}", harmless::path(path)));
        }
    }

    /// Reads what was added everywhere. Nothing when nobody takes it.
    fn read(&mut self, now: Instant, ended: bool, out: &Sender<Vec<Entry>>) -> Option<()> {
        for followed in &mut self.followed {
            loop {
                let mut entries = Vec::new();
                let more = followed.follower.read(&mut entries).unwrap_or(false);
                if more {
                    followed.seen = now;
                }
                let forgotten = now.saturating_duration_since(followed.seen) >= NAMELESS;
                if !more && (ended || forgotten) {
                    followed.follower.give_up(&mut entries);
                }
                if let Some(source) = self.sources.get_mut(followed.source) {
                    entries.retain(|entry| source.wants(entry));
                }
                if !entries.is_empty() {
                    out.send(entries).ok()?;
                }
                if !more {
                    break;
                }
            }
        }
        self.followed.retain(|followed| now.saturating_duration_since(followed.seen) < NAMELESS);
        Some(())
    }
}
