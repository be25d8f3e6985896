//! What proc(5) says of processes and their threads, taken apart. `None` is a process that is gone, or one that
//! this user may not look into.

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, SysconfVar, sysconf};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// `/proc/PID/stat`.
#[derive(Clone, Debug)]
pub struct Stat {
    pub name: String,
    pub state: char,
    pub parent: u32,
    /// In clock ticks since the machine started: with the id it names one process for good.
    pub start: u64,
    /// In clock ticks, for the program and for the kernel on its behalf.
    pub worked: u64,
}

pub fn stat(pid: u32) -> Option<Stat> {
    stat_of(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

pub fn thread_stat(pid: u32, tid: u32) -> Option<Stat> {
    stat_of(&fs::read(format!("/proc/{pid}/task/{tid}/stat")).ok()?)
}

/// The name may hold spaces and brackets: what follows its last `)` is parted by spaces.
fn stat_of(text: &[u8]) -> Option<Stat> {
    let text = String::from_utf8_lossy(text);
    let (head, tail) = text.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let fields = tail.split_ascii_whitespace().collect::<Vec<_>>();
    let number = |place: usize| fields.get(place - 3)?.parse::<u64>().ok();
    Some(Stat {
        name: name.to_owned(),
        state: fields.first()?.chars().next()?,
        parent: u32::try_from(number(4)?).ok()?,
        start: number(22)?,
        worked: number(14)?.saturating_add(number(15)?),
    })
}

/// How long ago it began.
pub fn age(stat: &Stat) -> Option<Duration> {
    let up = fs::read_to_string("/proc/uptime").ok()?;
    let up = Duration::try_from_secs_f64(up.split_ascii_whitespace().next()?.parse().ok()?).ok()?;
    up.checked_sub(time(stat.start)?)
}

/// So many clock ticks.
pub fn time(ticks: u64) -> Option<Duration> {
    let a_second = sysconf(SysconfVar::CLK_TCK).ok()??;
    Some(Duration::from_millis(ticks.checked_mul(1000)? / u64::try_from(a_second).ok()?.max(1)))
}

fn numbers<T: FromStr>(folder: &str) -> io::Result<Vec<T>> {
    let names = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name());
    Ok(names.filter_map(|name| name.to_str()?.parse().ok()).collect())
}

/// Every process that is visible from here.
pub fn processes() -> Vec<u32> {
    numbers("/proc").unwrap_or_default()
}

pub fn threads(pid: u32) -> Vec<u32> {
    numbers(&format!("/proc/{pid}/task")).unwrap_or_default()
}

pub fn descriptors(pid: u32) -> io::Result<Vec<i32>> {
    numbers(&format!("/proc/{pid}/fd"))
}

/// Does the kernel say who is whose child (`CONFIG_PROC_CHILDREN`)?
pub fn lists_children() -> bool {
    fs::exists("/proc/thread-self/children").unwrap_or(false)
}

/// The children that this thread made, and those it was given.
pub fn children(pid: u32, tid: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")).unwrap_or_default();
    text.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect()
}

/// The children of all its threads.
pub fn children_of(pid: u32) -> Vec<u32> {
    threads(pid).into_iter().flat_map(|tid| children(pid, tid)).collect()
}

/// Is nothing left of the process but its status? Where its first thread alone has ended (`pthread_exit(3)`) the state
/// is the same, and the other threads run.
pub fn has_ended(pid: u32, stat: &Stat) -> bool {
    matches!(stat.state, 'Z' | 'X') && threads(pid).len() < 2
}

/// Is there such a process, of another user?
pub fn is_anothers(pid: u32) -> bool {
    let number = i32::try_from(pid).unwrap_or_default();
    number > 0 && kill(Pid::from_raw(number), None) == Err(Errno::EPERM)
}

/// The id that the process has for itself: in a container, another than the one it has for us (proc(5), `NSpid`). The
/// same for a thread, whose folder is not listed and can be read all the same.
pub fn own_number(pid: u32) -> u32 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let own = field(&text, "NSpid").and_then(|numbers| numbers.split_ascii_whitespace().last()?.parse().ok());
    own.unwrap_or(pid)
}

/// How often a thread was put on a processor. While it does not change, the thread is in one and the same wait.
pub fn runs(pid: u32, tid: u32) -> Option<u64> {
    let folder = format!("/proc/{pid}/task/{tid}");
    if let Ok(text) = fs::read_to_string(format!("{folder}/schedstat")) {
        return text.split_ascii_whitespace().nth(2)?.parse().ok();
    }
    // A kernel without CONFIG_SCHED_INFO still counts how often the thread was taken off.
    let text = fs::read_to_string(format!("{folder}/status")).ok()?;
    let count = |name| field(&text, name)?.parse::<u64>().ok();
    Some(count("voluntary_ctxt_switches")? + count("nonvoluntary_ctxt_switches")?)
}

/// What is to happen to a thread's signals: bit `signal - 1`.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    pub caught: u64,
    pub ignored: u64,
    pub blocked: u64,
}

pub fn signals(pid: u32, tid: u32) -> Option<Signals> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let mask = |name| u64::from_str_radix(field(&text, name)?, 16).ok();
    Some(Signals { caught: mask("SigCgt")?, ignored: mask("SigIgn")?, blocked: mask("SigBlk")? })
}

/// Has the process a timer of `timer_create(2)`? `None` where the kernel does not say.
pub fn has_timers(pid: u32) -> Option<bool> {
    fs::read(format!("/proc/{pid}/timers")).ok().map(|text| !text.is_empty())
}

/// The system call a thread is blocked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub number: i64,
    pub words: [u64; 6],
    /// Where in the program the call stands.
    pub at: u64,
}

pub fn call(pid: u32, tid: u32) -> Option<Call> {
    call_of(&fs::read_to_string(format!("/proc/{pid}/task/{tid}/syscall")).ok()?)
}

fn call_of(text: &str) -> Option<Call> {
    let mut fields = text.split_ascii_whitespace();
    let number = fields.next()?.parse().ok()?;
    let mut word = || u64::from_str_radix(fields.next()?.strip_prefix("0x")?, 16).ok();
    let words = [word()?, word()?, word()?, word()?, word()?, word()?];
    let _stack = word()?;
    (number >= 0).then_some(())?;
    Some(Call { number, words, at: word()? })
}

/// What descriptor `fd` is: a path, or `pipe:[1234]` and the like.
pub fn link(pid: u32, fd: i32) -> Option<String> {
    let target = fs::read_link(format!("/proc/{pid}/fd/{fd}")).ok()?;
    Some(target.to_string_lossy().into_owned())
}

pub fn fdinfo(pid: u32, fd: i32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).ok()
}

/// What stands after `name:`.
pub fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// One line of `/proc/PID/maps`.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub start: u64,
    pub end: u64,
    pub offset: u64,
    /// Written to by this process alone.
    pub private: bool,
    pub path: String,
}

impl Mapping {
    /// The file's name without its folders.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

pub fn mappings(pid: u32) -> Vec<Mapping> {
    let text = fs::read(format!("/proc/{pid}/maps")).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(mapping_of).collect()
}

fn mapping_of(line: &str) -> Option<Mapping> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let access = fields.next()?;
    let offset = fields.next()?;
    let hexadecimal = |text| u64::from_str_radix(text, 16).ok();
    Some(Mapping {
        start: hexadecimal(start)?,
        end: hexadecimal(end)?,
        offset: hexadecimal(offset)?,
        private: access.ends_with('p'),
        path: fields.nth(2).unwrap_or_default().trim().to_owned(),
    })
}

/// The file as that process sees it, whatever its root is.
pub fn file_of(pid: u32, mapping: &Mapping) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/root{}", mapping.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_what_parts_the_fields() {
        let stat = stat_of(b"7 (a) b (c) S 3 1 1 0 -1 2097152 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0").unwrap();
        assert_eq!((&*stat.name, stat.state, stat.parent), ("a) b (c", 'S', 3));
        assert_eq!((stat.start, stat.worked), (4711, 0));
        assert!(stat_of(b"7 (a) S 3").is_none());
        assert!(stat_of(b"").is_none());
    }

    #[test]
    fn only_a_blocked_call_is_one() {
        let call = call_of("270 0x4 0x7ffd0 0x0 0x0 0x0 0x0 0x7ffd1 0x7f45\n").unwrap();
        assert_eq!((call.number, call.words[1], call.at), (270, 0x7ffd0, 0x7f45));
        assert!(call_of("running\n").is_none());
        assert!(call_of("-1 0x7ffd1 0x7f45\n").is_none());
    }

    #[test]
    fn a_mapping_has_its_place_and_its_file() {
        let mapping = mapping_of("7f00-7f10 r--s 00001000 fe:01 99   /tmp/a b.so").unwrap();
        assert_eq!((mapping.start, mapping.end, mapping.offset), (0x7f00, 0x7f10, 0x1000));
        assert!(!mapping.private);
        assert_eq!((&*mapping.path, mapping.file_name()), ("/tmp/a b.so", "a b.so"));
        assert_eq!(mapping_of("7f00-7f10 rw-p 00000000 00:00 0").unwrap().path, "");
    }

    #[test]
    fn this_process_can_be_read() {
        let own = std::process::id();
        let stat = stat(own).unwrap();
        assert!(stat.start > 0);
        assert!(threads(own).contains(&own));
        assert!(runs(own, own).is_some());
        assert!(signals(own, own).is_some());
        assert!(descriptors(own).unwrap().contains(&0));
        assert!(mappings(own).iter().any(|mapping| mapping.path == "[stack]"));
    }
}
