//! One thread: its state, the system call it is in, and what that waits for.

use super::descriptor::{DESCRIBED_MAX, Descriptors};
use super::lock::{self, Kind, Lock};
use crate::cli::harmless;
use crate::cli::python;
use crate::cli::waits::memory;
use crate::cli::waits::proc::{self, Call, Mapping};
use crate::cli::waits::wait::{self, Thing};
use serde::{Serialize, Serializer};
use std::fmt::Write;
use syscalls::Sysno;

const TIMER_ABSTIME: u64 = 1;

/// One thread.
#[derive(Debug, Serialize)]
pub struct Thread {
    pub tid: u32,
    /// Its number as the process itself knows it: another in a container.
    pub own_tid: u32,
    pub name: String,
    pub state: &'static str,
    /// Milliseconds of processor time.
    pub worked_ms: u64,
    /// The system call it is in, empty if it is in none.
    pub call: String,
    /// What it waits for, in words; empty if it does not wait.
    pub waits_for: String,
    pub lock: Option<Lock>,
    /// Where in the program that system call stands: `module+0xoffset`.
    pub at: String,
    /// Innermost first.
    #[serde(serialize_with = "frames")]
    pub python: Vec<python::Frame>,
    /// Why there are none.
    pub no_python: String,
    #[serde(skip)]
    pub seen: Seen,
}

/// What must be the same later for what was read in between to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    runs: Option<u64>,
    pub call: Option<Call>,
}

impl Seen {
    /// As it is now.
    pub fn of(pid: u32, tid: u32) -> Self {
        Self { runs: proc::runs(pid, tid), call: proc::call(pid, tid) }
    }
}

fn frames<S: Serializer>(frames: &[python::Frame], out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(frames.iter().map(|frame| (&frame.file, frame.line, &frame.function)))
}

/// What the threads of one process are read against.
pub struct Scene<'a> {
    pub pid: u32,
    pub mappings: &'a [Mapping],
    pub descriptors: Descriptors<'a>,
    pub python: bool,
    /// Every thread: its number for us, and its own.
    pub numbers: &'a [(u32, u32)],
    /// The program is for a 32-bit machine, whose calls have other numbers.
    pub narrow: bool,
}

/// Nothing if it has ended.
pub fn of(scene: &Scene<'_>, tid: u32, own_tid: u32) -> Option<Thread> {
    let pid = scene.pid;
    let seen = Seen::of(pid, tid);
    let stat = proc::thread_stat(pid, tid)?;
    let (python, no_python) = match scene.python.then(|| python::frames(pid, tid)) {
        Some(Ok(frames)) => (frames, String::new()),
        Some(Err(why)) => (Vec::new(), why),
        None => (Vec::new(), String::new()),
    };
    let call = seen.call.filter(|_| !scene.narrow);
    let lock = call.filter(|call| call.number == libc::SYS_futex).and_then(|call| {
        let is_thread = |number| scene.numbers.iter().any(|&(_, own)| own == number);
        lock::of(pid, &call, scene.mappings, is_thread)
    });
    let worked = proc::time(stat.worked).unwrap_or_default();
    Some(Thread {
        tid,
        own_tid,
        state: state(stat.state),
        name: stat.name,
        worked_ms: u64::try_from(worked.as_millis()).unwrap_or(u64::MAX),
        call: call.map(|call| name(call.number)).unwrap_or_default(),
        waits_for: call.map(|call| scene.words(&call, lock.as_ref())).unwrap_or_default(),
        lock,
        at: call.map(|call| lock::place(call.at, scene.mappings)).unwrap_or_default(),
        python,
        no_python,
        seen,
    })
}

/// proc(5), `State`.
pub fn state(letter: char) -> &'static str {
    match letter {
        'R' => "running",
        'S' => "sleeping",
        'D' => "waiting for a device",
        'T' => "stopped",
        't' => "held by a debugger",
        'Z' | 'X' => "ended",
        'I' => "idle",
        _ => "in a state of its own",
    }
}

fn name(number: i64) -> String {
    let known = usize::try_from(number).ok().and_then(Sysno::new);
    known.map_or_else(|| format!("system call {number}"), |known| known.name().to_owned())
}

impl Scene<'_> {
    fn words(&self, call: &Call, lock: Option<&Lock>) -> String {
        let [first, second, third, fourth, fifth, _] = call.words;
        let fd = |word: u64| i32::try_from(word).map(|fd| self.descriptors.of(fd)).unwrap_or_default();
        #[allow(clippy::cast_possible_truncation, reason = "the kernel takes the lower half as an int")]
        let milliseconds = |word: u64| match word as i32 {
            limit if limit < 0 => String::new(),
            limit => format!(", at most {limit} ms"),
        };
        let pointed = |word: u64| match (word, self.seconds(word)) {
            (0, _) => String::new(),
            (_, Some(seconds)) => format!(", at most {seconds} s"),
            (_, None) => ", for a limited time".to_owned(),
        };
        match call.number {
            #[cfg(target_arch = "x86_64")]
            libc::SYS_epoll_wait => fd(first) + &milliseconds(fourth),
            libc::SYS_epoll_pwait => fd(first) + &milliseconds(fourth),
            libc::SYS_epoll_pwait2 => fd(first) + &pointed(fourth),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_poll => self.any(wait::polled(self.pid, first, second)) + &milliseconds(third),
            libc::SYS_ppoll => self.any(wait::polled(self.pid, first, second)) + &pointed(third),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_select => {
                let limit = if fifth == 0 { "" } else { ", for a limited time" };
                self.any(wait::selected(self.pid, first, [second, third, fourth])) + limit
            }
            libc::SYS_pselect6 => {
                self.any(wait::selected(self.pid, first, [second, third, fourth])) + &pointed(fifth)
            }
            libc::SYS_futex => lock.map(|lock| self.lock(lock)).unwrap_or_default(),
            libc::SYS_wait4 | libc::SYS_waitid => self.children(),
            // Until a moment of some clock, and not for so long.
            libc::SYS_clock_nanosleep if second & TIMER_ABSTIME != 0 => "a moment that will come".to_owned(),
            libc::SYS_clock_nanosleep => self.slept(third),
            libc::SYS_nanosleep => self.slept(first),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_pause => "a signal".to_owned(),
            libc::SYS_rt_sigsuspend | libc::SYS_rt_sigtimedwait => "a signal".to_owned(),
            libc::SYS_read
            | libc::SYS_readv
            | libc::SYS_pread64
            | libc::SYS_write
            | libc::SYS_writev
            | libc::SYS_pwrite64
            | libc::SYS_recvfrom
            | libc::SYS_recvmsg
            | libc::SYS_recvmmsg
            | libc::SYS_sendto
            | libc::SYS_sendmsg
            | libc::SYS_accept
            | libc::SYS_accept4
            | libc::SYS_connect
            | libc::SYS_fsync
            | libc::SYS_fcntl
            | libc::SYS_flock
            | libc::SYS_ioctl => fd(first),
            _ => String::new(),
        }
    }

    fn any(&self, thing: Option<Thing>) -> String {
        let Some(Thing::Descriptors(wanted)) = thing else { return "no descriptor".to_owned() };
        let named = wanted.iter().take(DESCRIBED_MAX).map(|wanted| self.descriptors.of(wanted.fd));
        let mut text = named.collect::<Vec<_>>().join(", ");
        if wanted.len() > DESCRIBED_MAX {
            let _ = write!(text, " and {} more", wanted.len() - DESCRIBED_MAX);
        }
        text
    }

    fn lock(&self, lock: &Lock) -> String {
        let place = harmless::text(&lock.place);
        let text = match lock.kind {
            Kind::Mutex => format!("mutex {place}, held by {}", self.thread(lock.holder)),
            Kind::RwLock if lock.holder != 0 => {
                format!("rwlock {place}, held for writing by {}", self.thread(lock.holder))
            }
            Kind::RwLock => format!("rwlock {place}, held by {} readers", lock.readers),
            Kind::Condition => format!("condition variable {place}, until another thread signals it"),
            Kind::Semaphore => format!("semaphore {place}, until another thread posts it"),
            Kind::Join => format!("the end of {}", self.thread(lock.holder)),
            Kind::Libc => format!("lock {place} of libc's own; who has it is not written there"),
            Kind::Word => format!("word {place}, until another thread wakes it"),
        };
        if lock.timed { text + ", for a limited time" } else { text }
    }

    /// `thread 4711 worker`, by the number it has for itself.
    fn thread(&self, own: u32) -> String {
        if own == 0 {
            return "nobody".to_owned();
        }
        let here = self.numbers.iter().find(|&&(_, number)| number == own);
        let Some(&(tid, _)) = here else {
            return format!("thread {own}, which does not exist here");
        };
        let name = proc::thread_stat(self.pid, tid).map(|stat| harmless::text(&stat.name));
        format!("thread {tid} {}", name.unwrap_or_default())
    }

    fn children(&self) -> String {
        let children = proc::children_of(self.pid);
        let named = children.iter().take(DESCRIBED_MAX).map(|&child| {
            let stat = proc::stat(child);
            let name = stat.as_ref().map(|stat| harmless::text(&stat.name)).unwrap_or_default();
            let state = stat.map_or("ended", |stat| state(stat.state));
            format!("{child} {name} ({state})")
        });
        match named.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "a child, of which it has none".to_owned(),
            named => format!("a child: {named}"),
        }
    }

    fn slept(&self, address: u64) -> String {
        self.seconds(address).map_or_else(|| "time".to_owned(), |seconds| format!("{seconds} s to pass"))
    }

    /// Of a `struct timespec`, whole ones.
    fn seconds(&self, address: u64) -> Option<u64> {
        memory::long(&memory::read(self.pid, address, 16)?, 0)
    }
}
