//! Who might have ended a wait, had it come through the fork: threads of the parent's, and services that run in one.

use super::super::arrival::lacks_threads;
use super::super::holder::Gone;
use super::super::words::{Place, Who};
use super::team;
use crate::registry::services::{self, Kind};
use crate::registry::threads::{self, Thread};
use crate::report::Lock;
use core::fmt;
use core::sync::atomic::Ordering;

/// How many are named.
const NAMED: usize = 3;

/// Is there anybody that this copy, which has looked round, lacks?
pub fn anybody() -> bool {
    lacks_threads() || services::inherited().next().is_some()
}

/// How many threads processes before this one had, and it has not.
pub fn threads() -> u32 {
    u32::try_from(threads::vanished().count()).unwrap_or(u32::MAX)
}

/// What is known of the first of them.
pub fn first() -> Option<Lock> {
    threads::vanished().next().map(|thread| Gone::from(thread).facts(0))
}

/// All of them, in words.
pub struct Absent;

impl fmt::Display for Absent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut named = 0;
        let is_team = |thread: &&'static Thread| team::is_of_team(thread.start.load(Ordering::Relaxed));
        for thread in threads::vanished().filter(|thread| !is_team(thread)) {
            if named < NAMED {
                let facts = Gone::from(thread).facts(0);
                write!(out, "{}{}", part(named), Who(&facts))?;
            }
            named += 1;
        }
        if named > NAMED {
            write!(out, "; {} more threads", named - NAMED)?;
        }
        match threads::vanished().filter(is_team).count() {
            0 => {}
            members => {
                write!(out, "{}OpenMP's team ({members} threads)", part(named))?;
                named += 1;
            }
        }
        for service in services::inherited() {
            let what = match service.kind {
                Kind::Timer => "a timer that runs",
                Kind::Queue => "a queue's notice (mq_notify) that runs",
            };
            write!(out, "{}{what} {} in a thread", part(named), Place(service.function))?;
            named += 1;
        }
        Ok(())
    }
}

const fn part(before: usize) -> &'static str {
    if before == 0 { "" } else { "; " }
}
