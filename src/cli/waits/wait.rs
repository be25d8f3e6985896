//! What one thread waits for, as far as the kernel shows it: the system call, its words, and what those point to.
//!
//! Here a wait without an end of its own is told from all others. One that time ends, that is made for signals
//! or children, or that is not known here, is somebody's to end.

use super::memory;
use super::proc::{self, Call, Mapping};
use libc::c_long;

/// Most descriptors of one poll(2) that are looked at.
const POLLED_MAX: u64 = 4096;

/// A descriptor that is waited for, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub fd: i32,
    /// Wanted for writing alone.
    pub write: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The members of an epoll instance.
    Poller(i32),
    /// Any of these.
    Descriptors(Vec<Wanted>),
    /// A word in this process's memory that another thread changes.
    Word(u64),
}

/// A wait that neither time nor a signal is meant to end.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The call's name.
    pub call: &'static str,
    pub thing: Thing,
    /// It has the limit with which Tornado waits again and again.
    pub hourly: bool,
    /// It lets signals in that are blocked elsewhere, and so is meant to be ended by one.
    pub signals: bool,
    /// Where in the program the system call stands.
    pub at: u64,
}

/// The limit with which Tornado's loop waits that has nothing to wait for, in milliseconds; then it waits again
/// (ioloop.py, `_POLL_TIMEOUT`). No other counts. What a program does every minute may be its work, and those of asyncio
/// (a day) and libev (a minute) mean that it has a timer, or may have.
const TORNADO: u64 = 3_600_000;

#[allow(clippy::cast_precision_loss, reason = "an hour in milliseconds is far below 2^52")]
fn is_hourly(seconds: f64) -> bool {
    (seconds - TORNADO as f64 / 1000.0).abs() < 0.001
}

/// Whether it is the loop's own; `Err` for one that ends the wait.
type Limit = Result<bool, ()>;

fn checked(seconds: f64) -> Limit {
    if is_hourly(seconds) { Ok(true) } else { Err(()) }
}

/// A limit in milliseconds, as poll(2) has it.
#[allow(clippy::cast_possible_truncation, reason = "the kernel takes the lower half as an int")]
fn milliseconds(word: u64) -> Limit {
    match word as i32 {
        limit if limit < 0 => Ok(false),
        limit => checked(f64::from(limit) / 1000.0),
    }
}

/// A limit in a struct of two 64-bit words, the second of which counts `part`ths of a second.
#[allow(clippy::cast_precision_loss, reason = "the length of a wait, to the millisecond")]
fn pointed(pid: u32, address: u64, part: f64) -> Limit {
    if address == 0 {
        return Ok(false);
    }
    let bytes = memory::read(pid, address, 16).ok_or(())?;
    let (whole, rest) = (memory::long(&bytes, 0).ok_or(())?, memory::long(&bytes, 8).ok_or(())?);
    checked(whole as f64 + rest as f64 / part)
}

const NANOSECONDS: f64 = 1e9;

/// The wait of this thread, unless somebody or something is meant to end it.
pub fn of(pid: u32, tid: u32, mappings: &[Mapping]) -> Option<(Call, Wait)> {
    let call = proc::call(pid, tid)?;
    let wait = decoded(pid, &call, mappings)?;
    Some((call, wait))
}

fn decoded(pid: u32, call: &Call, mappings: &[Mapping]) -> Option<Wait> {
    let [first, second, third, fourth, fifth, sixth] = call.words;
    let number = c_long::try_from(call.number).ok()?;
    let wait = |name, thing, limit: Limit, signals| {
        Some(Wait { call: name, thing, hourly: limit.ok()?, signals, at: call.at })
    };
    let fd = |word: u64| i32::try_from(word).ok();
    let one = |word, write| Some(Thing::Descriptors(vec![Wanted { fd: fd(word)?, write }]));
    match number {
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_wait => wait("epoll_wait", Thing::Poller(fd(first)?), milliseconds(fourth), false),
        libc::SYS_epoll_pwait => {
            wait("epoll_pwait", Thing::Poller(fd(first)?), milliseconds(fourth), fifth != 0)
        }
        libc::SYS_epoll_pwait2 => {
            let limit = pointed(pid, fourth, NANOSECONDS);
            wait("epoll_pwait2", Thing::Poller(fd(first)?), limit, fifth != 0)
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll => wait("poll", polled(pid, first, second)?, milliseconds(third), false),
        libc::SYS_ppoll => {
            wait("ppoll", polled(pid, first, second)?, pointed(pid, third, NANOSECONDS), fourth != 0)
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_select => {
            let limit = pointed(pid, fifth, 1e6);
            wait("select", selected(pid, first, [second, third, fourth])?, limit, false)
        }
        libc::SYS_pselect6 => {
            // The sixth word points to a pair: the mask, and its size (select(2)).
            let mask = if sixth == 0 { 0 } else { memory::long(&memory::read(pid, sixth, 8)?, 0)? };
            let things = selected(pid, first, [second, third, fourth])?;
            wait("select", things, pointed(pid, fifth, NANOSECONDS), mask != 0)
        }
        // Sockets may have a time limit (SO_RCVTIMEO) that nobody sees from outside: `wakers` passes over them.
        libc::SYS_read | libc::SYS_readv => wait("read", one(first, false)?, Ok(false), false),
        libc::SYS_write | libc::SYS_writev => wait("write", one(first, true)?, Ok(false), false),
        libc::SYS_futex => {
            let limit = if fourth == 0 { Ok(false) } else { Err(()) };
            wait("futex", Thing::Word(futex(first, second, mappings)?), limit, false)
        }
        _ => None,
    }
}

/// The futex's address, if the thread waits at it and no other process can reach it.
fn futex(address: u64, operation: u64, mappings: &[Mapping]) -> Option<u64> {
    const WAIT: u64 = 0;
    const LOCK_PI: u64 = 6;
    const WAIT_BITSET: u64 = 9;
    const LOCK_PI2: u64 = 13;
    const PRIVATE: u64 = 128;
    const COMMAND: u64 = 127;
    let waits = matches!(operation & COMMAND, WAIT | WAIT_BITSET | LOCK_PI | LOCK_PI2);
    // pthread_join waits without the flag, in memory that is private all the same.
    let private = operation & PRIVATE != 0
        || mappings.iter().any(|mapping| (mapping.start..mapping.end).contains(&address) && mapping.private);
    (waits && private).then_some(address)
}

/// The list of poll(2). A call without descriptors is a way to sleep for good, and on purpose.
pub fn polled(pid: u32, address: u64, count: u64) -> Option<Thing> {
    if count == 0 || count > POLLED_MAX {
        return None;
    }
    let bytes = memory::read(pid, address, usize::try_from(count).ok()? * 8)?;
    let mut wanted = Vec::new();
    for entry in bytes.chunks_exact(8) {
        let fd = memory::word(entry, 0)?.cast_signed();
        let events = memory::word(entry, 4)? & 0xffff;
        if fd >= 0 {
            let write = events & u32::from(libc::POLLIN.cast_unsigned()) == 0
                && events & u32::from(libc::POLLOUT.cast_unsigned()) != 0;
            wanted.push(Wanted { fd, write });
        }
    }
    (!wanted.is_empty()).then_some(Thing::Descriptors(wanted))
}

/// The three sets of select(2).
pub fn selected(pid: u32, count: u64, sets: [u64; 3]) -> Option<Thing> {
    if count == 0 || count > POLLED_MAX {
        return None;
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for (set, write) in sets.into_iter().zip([false, true, false]) {
        if set == 0 {
            continue;
        }
        let bytes = memory::read(pid, set, usize::try_from(count.div_ceil(64)).ok()? * 8)?;
        let is_in = |fd: usize| bytes.get(fd / 8).is_some_and(|byte| byte & 1 << (fd % 8) != 0);
        for fd in (0..usize::try_from(count).ok()?).filter(|&fd| is_in(fd)) {
            let fd = i32::try_from(fd).ok()?;
            if !wanted.iter().any(|other| other.fd == fd) {
                wanted.push(Wanted { fd, write });
            }
        }
    }
    (!wanted.is_empty()).then_some(Thing::Descriptors(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(number: c_long, words: [u64; 6]) -> Option<Wait> {
        decoded(std::process::id(), &Call { number, words, at: 0 }, &[])
    }

    #[test]
    fn a_limit_that_ends_the_wait_is_an_end() {
        let epoll =
            |limit: i32| waiting(libc::SYS_epoll_pwait, [3, 0, 1, u64::from(limit.cast_unsigned()), 0, 8]);
        assert!(!epoll(-1).unwrap().hourly);
        assert!(epoll(3_600_000).unwrap().hourly);
        assert!(epoll(60_000).is_none());
        assert!(epoll(0).is_none());
    }

    #[test]
    fn a_limit_in_memory_is_read() {
        let (long, short) = ([3600_u64, 0], [3600_u64, 5_000_000]);
        let epoll = |limit: &[u64; 2]| {
            waiting(libc::SYS_epoll_pwait2, [3, 0, 1, std::ptr::from_ref(limit) as u64, 0, 8])
        };
        assert!(epoll(&long).unwrap().hourly);
        assert!(epoll(&short).is_none());
    }

    #[test]
    fn lists_and_sets_are_read_from_memory() {
        let list = [
            libc::pollfd { fd: 4, events: libc::POLLIN, revents: 0 },
            libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 },
            libc::pollfd { fd: 6, events: libc::POLLOUT, revents: 0 },
        ];
        let address = std::ptr::from_ref(&list) as u64;
        let wait = waiting(libc::SYS_ppoll, [address, 3, 0, 0, 8, 0]).unwrap();
        let expected = vec![Wanted { fd: 4, write: false }, Wanted { fd: 6, write: true }];
        assert_eq!(wait.thing, Thing::Descriptors(expected));
        assert!(waiting(libc::SYS_ppoll, [address, 0, 0, 0, 8, 0]).is_none(), "a sleep");
        let set = [1_u64 << 5, 1];
        let address = std::ptr::from_ref(&set) as u64;
        let wait = waiting(libc::SYS_pselect6, [65, address, 0, 0, 0, 0]).unwrap();
        let expected = vec![Wanted { fd: 5, write: false }, Wanted { fd: 64, write: false }];
        assert_eq!(wait.thing, Thing::Descriptors(expected));
    }

    #[test]
    fn a_futex_that_others_reach_is_theirs_to_end() {
        let private = 128 | 9 | 256;
        assert_eq!(
            waiting(libc::SYS_futex, [0x1000, private, 0, 0, 0, 0]).unwrap().thing,
            Thing::Word(0x1000)
        );
        assert!(waiting(libc::SYS_futex, [0x1000, 9, 0, 0, 0, 0]).is_none());
        assert!(waiting(libc::SYS_futex, [0x1000, private, 0, 0x2000, 0, 0]).is_none());
        assert!(waiting(libc::SYS_futex, [0x1000, 129, 0, 0, 0, 0]).is_none(), "a wake");
    }

    #[test]
    fn waits_for_signals_children_and_time_are_no_concern_of_ours() {
        for number in [libc::SYS_wait4, libc::SYS_rt_sigsuspend, libc::SYS_clock_nanosleep, libc::SYS_accept]
        {
            assert!(waiting(number, [0; 6]).is_none());
        }
    }
}
