//! What is said in words besides what was read: who a missing thread was, and what cannot be seen.

use super::Dump;
use super::origin::{Origin, Past};
use super::thread::{self, Thread};
use crate::cli::harmless;
use crate::cli::waits::census::Census;

/// A thread that had a lock and is not there.
pub fn absent(own: u32, origin: &Origin) -> String {
    let person = origin.left_behind.iter().find(|person| person.own_tid == own);
    match (person, origin.forked) {
        (Some(person), _) => {
            let name = harmless::text(&person.name);
            let inside = if person.tid == own { String::new() } else { format!(" (for itself {own})") };
            let tid = person.tid;
            format!(
                "thread {tid}{inside} {name} of the parent has; it does not exist here: it was left behind by the fork"
            )
        }
        (None, Some(true)) => {
            format!("thread {own} had; it does not exist here: it was left behind by a fork")
        }
        (None, _) => format!(
            "thread {own} had; it does not exist here: it was left behind by a fork, or has ended with the lock"
        ),
    }
}

/// A semaphore, as Python's locks are, does not say who has it. The library has said who had it at the fork, if it met
/// this one.
pub fn name_holders(threads: &mut [Thread], past: &Past) {
    for thread in threads {
        let Some(lock) = thread.lock.as_ref().filter(|lock| lock.holder == 0) else { continue };
        let met = past.latest.iter().rev().find(|finding| finding.lock == lock.place && finding.holder != 0);
        if let Some(met) = met {
            let name = harmless::text(&met.holder_name);
            let had = format!("; by the log thread {} {name} had it at the fork", met.holder);
            thread.waits_for.push_str(&had);
        }
    }
}

pub fn all(dump: &Dump, view: &thread::Scene<'_>, census: &Census) -> Vec<String> {
    let mut remarks = Vec::new();
    if dump.state == thread::state('T') {
        remarks.push(format!("it is stopped by a signal; kill -CONT {} lets it go on", dump.pid));
    }
    if view.narrow {
        remarks.push("it is a 32-bit program, whose system calls are not taken apart".to_owned());
    }
    if census.blind {
        let sentence = "the descriptors of some processes cannot be read: who has the other end of a pipe may be unknown \
                        (root can see)";
        remarks.push(sentence.to_owned());
    }
    if dump.state != thread::state('Z') {
        remarks.push(format!("for C stacks: gdb -p {} -batch -ex 'thread apply all bt'", dump.pid));
    }
    remarks
}
