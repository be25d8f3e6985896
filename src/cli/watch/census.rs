//! Who holds what: every descriptor of every process that can be read, at one moment.
//!
//! A pipe's other end may be in any process of the machine. A process of the tree that cannot be read may have any;
//! a stranger can have only what was given to it over a socket, or what was there before the program: of that nothing
//! is ever said (`wakers`).

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
    /// A process of the tree could not be read.
    pub blind: bool,
    /// Descriptors are on their way over a socket of the tree, held by nobody (unix(7), `SCM_RIGHTS`).
    pub in_flight: bool,
}

impl Census {
    /// Looks at all processes but this one.
    pub fn take(tree: &HashSet<u32>) -> Self {
        let mut census = Self { held: HashMap::new(), blind: false, in_flight: false };
        let own = std::process::id();
        for pid in proc::processes() {
            if pid == own {
                continue;
            }
            let Ok(descriptors) = proc::descriptors(pid) else {
                let gone = proc::stat(pid).is_none_or(|stat| matches!(stat.state, 'Z' | 'X'));
                census.blind |= !gone && tree.contains(&pid);
                continue;
            };
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
