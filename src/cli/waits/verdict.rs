//! Can anybody end the waits of this process? Asked of one whose threads have all stood still for long enough.
//!
//! It is said that nobody can only where each of its threads waits for what no other process has and no time ends,
//! no signal comes by itself, and all that could know better could be read. A handler that somebody may send a
//! signal to leaves the suspicion, and is named.

use super::census::Census;
use super::kcmp;
use super::memory::{self, Words};
use super::place;
use super::proc::{self, Call, Mapping, Signals};
use super::wait::{self, Thing, Wait};
use super::wakers::{self, Inquiry};
use crate::cli::harmless;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt::Write;

/// What was found of one process.
#[derive(Debug)]
pub struct Lost {
    pub pid: u32,
    pub parent: u32,
    pub tid: u32,
    pub name: String,
    pub call: &'static str,
    /// The descriptor waited on, -1 for none or several.
    pub fd: i32,
    /// The sentence, without how long it lasts.
    pub text: String,
    /// Where in the program it is, if that is known.
    pub place: Option<String>,
    /// The same wait has the same one.
    pub key: Key,
}

/// What makes it this wait and not another: where it stands and what it waits for.
pub type Key = (u32, Call);

/// What the process is asked against.
pub struct Scene<'a> {
    pub tree: &'a HashSet<u32>,
    pub inherited: &'a HashSet<String>,
    /// Taken for the first process that needs it, and good for all that are asked in one look: each has stood still
    /// since before it, so what it has is as it was.
    pub census: OnceCell<Census>,
}

struct Standing {
    tid: u32,
    wait: Wait,
    call: Call,
    signals: Signals,
}

/// Nothing if somebody can end it, or in doubt.
pub fn lost(pid: u32, scene: &Scene<'_>, notes: &mut memory::Notes) -> Option<Lost> {
    let mappings = proc::mappings(pid);
    let standing = standing(pid, &mappings)?;
    // What is under way in an io_uring can write to any descriptor, and its eventfd is the kernel's to signal.
    if mappings.iter().any(|mapping| mapping.path == RING) || has_ring(pid) {
        return None;
    }
    let words = notes.words(pid, &mappings)?;
    let alarm_counts = standing.iter().any(|one| one.signals.ignored & bit(libc::SIGALRM) == 0);
    if words.said || words.passed || words.timed && alarm_counts {
        return None;
    }
    let senders = senders(pid, &standing)?;
    // Who shares the memory can change any word in it.
    let shares = |&other: &u32| other != pid && kcmp::is_one_memory(pid, other) == Some(true);
    if scene.tree.iter().any(shares) {
        return None;
    }
    // The costly part comes last: it looks at every descriptor of the machine.
    let needs_census = standing.iter().any(|one| !matches!(one.wait.thing, Thing::Word(_)));
    let census = needs_census.then(|| scene.census.get_or_init(|| Census::take(scene.tree, notes)));
    if census.is_some_and(|census| census.blind || census.in_flight || census.passed) {
        return None;
    }
    let alone = standing.len() == 1;
    let mut reasons = Vec::new();
    for one in &standing {
        reasons.push(reason(pid, one, alone, words, &mappings, census, scene.inherited)?);
    }
    // All was read one after the other: it holds if nothing has moved meanwhile.
    if standing.iter().any(|one| proc::call(pid, one.tid) != Some(one.call))
        || proc::threads(pid).len() != standing.len()
    {
        return None;
    }
    let first = standing.iter().find(|one| !matches!(one.wait.thing, Thing::Word(_))).or(standing.first())?;
    let stat = proc::thread_stat(pid, first.tid)?;
    Some(Lost {
        pid,
        parent: stat.parent,
        tid: first.tid,
        name: stat.name,
        call: first.wait.call,
        fd: match &first.wait.thing {
            Thing::Poller(fd) => *fd,
            Thing::Descriptors(wanted) if wanted.len() == 1 => wanted.first().map_or(-1, |wanted| wanted.fd),
            _ => -1,
        },
        text: sentence(&reasons, &senders),
        place: place::of(pid, first.tid),
        key: (first.tid, first.call),
    })
}

const RING: &str = "anon_inode:[io_uring]";

/// Has it a ring whose memory is not mapped from it? It may be the program's own (`IORING_SETUP_NO_MMAP`).
fn has_ring(pid: u32) -> bool {
    let fds = proc::descriptors(pid).unwrap_or_default();
    fds.into_iter().any(|fd| proc::link(pid, fd).is_some_and(|link| link == RING))
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Every thread's wait, if each has one that nobody is meant to end.
fn standing(pid: u32, mappings: &[Mapping]) -> Option<Vec<Standing>> {
    let mut standing = Vec::new();
    for tid in proc::threads(pid) {
        let (call, wait) = wait::of(pid, tid, mappings)?;
        let asleep = proc::thread_stat(pid, tid)?.state == 'S';
        asleep.then_some(())?;
        standing.push(Standing { tid, wait, call, signals: proc::signals(pid, tid)? });
    }
    (!standing.is_empty()).then_some(standing)
}

/// The signals that somebody may send to end it; nothing if one may come by itself.
fn senders(pid: u32, standing: &[Standing]) -> Option<Vec<String>> {
    // Two of libc's own, which its threads send each other (nptl(7)).
    const LIBC: u64 = 3 << 31;
    // Those that come of what a thread does itself, and none of these does anything.
    let own =
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS, libc::SIGPIPE];
    let own =
        own.into_iter().chain([libc::SIGXCPU, libc::SIGXFSZ, libc::SIGVTALRM, libc::SIGPROF, libc::SIGABRT]);
    let own = own.map(bit).fold(LIBC, |all, one| all | one);
    let open =
        standing.iter().map(|one| one.signals.caught & !one.signals.blocked).fold(0, |all, one| all | one);
    let open = open & !own;
    if proc::has_timers(pid)? {
        return None;
    }
    // Children end, files and sockets raise SIGIO and SIGURG, and who sends the signals from 34 on is not known.
    let by_itself = bit(libc::SIGIO) | bit(libc::SIGURG) | bit(libc::SIGPWR) | u64::MAX << 33;
    if open & by_itself != 0 || open & bit(libc::SIGCHLD) != 0 && has_children(pid) {
        return None;
    }
    if open != 0 && standing.iter().any(|one| one.wait.signals) {
        return None;
    }
    Some((1..=64).filter(|&signal| open & bit(signal) != 0).map(name).collect())
}

fn name(signal: i32) -> String {
    let known = nix::sys::signal::Signal::try_from(signal);
    known.map_or_else(|_| format!("signal {signal}"), |known| known.as_str().to_owned())
}

fn has_children(pid: u32) -> bool {
    let living = |&child: &u32| proc::stat(child).is_none_or(|stat| !proc::has_ended(child, &stat));
    proc::children_of(pid).iter().any(living)
}

/// Why nobody ends this thread's wait.
fn reason(
    pid: u32,
    one: &Standing,
    alone: bool,
    words: Words,
    mappings: &[Mapping],
    census: Option<&Census>,
    inherited: &HashSet<String>,
) -> Option<String> {
    let wait = &one.wait;
    let mut text = match &wait.thing {
        Thing::Poller(fd) => {
            let inquiry = Inquiry { pid, census: census?, inherited };
            format!("{} on epoll fd {fd} {}", wait.call, inquiry.poller(*fd)?)
        }
        Thing::Descriptors(wanted) => {
            let inquiry = Inquiry { pid, census: census?, inherited };
            let reading = matches!(wait.call, "read" | "write");
            let mut things = Vec::new();
            for &wanted in wanted {
                // A socket may have a time limit of its own that is not seen from here (socket(7), SO_RCVTIMEO).
                if reading && proc::link(pid, wanted.fd)?.starts_with("socket:") {
                    return None;
                }
                things.push(inquiry.nobody(wanted)?);
            }
            format!("{} on {}", wait.call, wakers::listed(&things))
        }
        Thing::Word(_) => word(pid, wait, alone, words, mappings),
    };
    if wait.hourly {
        place::is_tornado(pid, one.tid).then_some(())?;
        text.push_str(", begun anew every hour by Tornado (if it has no timer an hour or more away)");
    }
    Some(text)
}

/// A wait for another thread to change a word, where all others wait as well or there are none.
fn word(pid: u32, wait: &Wait, alone: bool, words: Words, mappings: &[Mapping]) -> String {
    let module = mappings.iter().find(|mapping| (mapping.start..mapping.end).contains(&wait.at));
    let module = module.map_or("", Mapping::file_name);
    let mut text = if module.starts_with("libgomp.so") {
        format!("futex in {module}, for OpenMP threads that are not there")
    } else if module.starts_with("libc.so") {
        "futex in libc, for a lock, a condition or a thread".to_owned()
    } else {
        format!("futex in {}", harmless::text(module))
    };
    if alone {
        text.push_str(", in a process with one thread");
        let parent = proc::stat(pid).map(|stat| stat.parent);
        let more = parent.map_or(0, |parent| proc::threads(parent).len()).saturating_sub(1);
        if words.copy && more > 0 {
            let _ = write!(text, " that was forked from one with {more} more");
        } else if words.copy {
            text.push_str(" that was forked");
        }
    }
    text
}

fn sentence(reasons: &[String], senders: &[String]) -> String {
    let mut text = String::new();
    let (first, more) = reasons.split_first().map_or(("", &[][..]), |(first, more)| (first, more));
    text.push_str(first);
    for (place, reason) in more.iter().enumerate() {
        if place == 3 {
            let _ = write!(text, "; {} more threads likewise", more.len() - place);
            break;
        }
        let _ = write!(text, "; {reason}");
    }
    match senders {
        [] => {}
        [one] => {
            let _ = write!(text, "; only {one} could, if somebody sends it");
        }
        [most @ .., last] => {
            let _ = write!(text, "; only {} or {last} could, if somebody sends it", most.join(", "));
        }
    }
    text
}
