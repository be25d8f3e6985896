//! Who holds what: every descriptor of every process that can be read, at one moment.
//!
//! A pipe's other end may be in any process of the machine. A process of the tree that cannot be read may have any;
//! a stranger can have only what was given to it over a socket, or what was there before the program: of that nothing
//! is ever said (`wakers`).

use super::memory::Notes;
use super::{proc, socket};
use std::collections::{HashMap, HashSet};

/// One descriptor of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    pub fd: i32,
}

pub struct Census {
    held: HashMap<String, Vec<Holder>>,
    /// A process of the tree cannot be read.
    pub blind: bool,
    /// Descriptors are on their way over a socket of the tree, held by nobody (unix(7), `SCM_RIGHTS`).
    pub in_flight: bool,
    /// A process of the tree has passed descriptors on: they may be anywhere.
    pub passed: bool,
}

impl Census {
    /// Looks at all processes but this one.
    pub fn take(tree: &HashSet<u32>, notes: &mut Notes) -> Self {
        let mut census = Self { held: HashMap::new(), blind: false, in_flight: false, passed: false };
        let own = std::process::id();
        let visible = proc::processes();
        // One that runs as somebody else may be in no list but its parent's (proc(5), hidepid).
        let hidden = |child: &u32| !visible.contains(child) && proc::is_anothers(*child);
        let of_tree = tree.iter().flat_map(|&pid| proc::children_of(pid));
        census.blind = of_tree.into_iter().any(|child| hidden(&child));
        for &pid in visible.iter().filter(|&&pid| pid != own) {
            let descriptors = proc::descriptors(pid);
            if tree.contains(&pid) {
                census.passed |= notes.words(pid, &proc::mappings(pid)).is_some_and(|words| words.passed);
                census.blind |= proc::stat(pid).is_some_and(|stat| match stat.state {
                    // No error, but no descriptors either: its first thread has ended, and others have not.
                    'Z' | 'X' => !proc::has_ended(pid, &stat),
                    _ => descriptors.is_err(),
                });
            }
            let Ok(descriptors) = descriptors else { continue };
            for fd in descriptors {
                let Some(link) = proc::link(pid, fd) else { continue };
                if link.starts_with('/') {
                    continue;
                }
                if tree.contains(&pid) && link.starts_with("socket:") {
                    census.in_flight |= socket::carries_descriptors(pid, fd);
                }
                census.held.entry(link).or_default().push(Holder { pid, fd });
            }
        }
        census
    }

    /// Who holds what is called `link`.
    pub fn holders(&self, link: &str) -> &[Holder] {
        self.held.get(link).map_or(&[], Vec::as_slice)
    }

    /// Those of them that are not `pid`.
    pub fn others<'a>(&'a self, link: &str, pid: u32) -> impl Iterator<Item = Holder> + use<'a> {
        self.holders(link).iter().copied().filter(move |holder| holder.pid != pid)
    }
}
