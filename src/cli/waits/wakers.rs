//! Who can make a descriptor ready. Asked for a process that waits for it: can anybody but that process?
//!
//! Nobody can for a pipe, a socket pair or an eventfd whose other end is in that process alone, for a timerfd that is
//! not set, an inotify instance that watches nothing, and for an epoll instance with nothing else in it. For
//! everything else, and whatever is not known here, somebody can.

use super::census::{Census, Holder};
use super::wait::Wanted;
use super::{kcmp, proc, socket};
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// How deep epoll instances nest: the kernel allows five (`epoll_ctl(2)`, ELOOP).
const DEPTH: u32 = 6;
/// What is left of a registration's events once EPOLLONESHOT has switched it off.
const PRIVATE: u32 =
    (libc::EPOLLET | libc::EPOLLONESHOT | libc::EPOLLWAKEUP | libc::EPOLLEXCLUSIVE).cast_unsigned();

/// What is known of one waiting process when its descriptors are asked about.
pub struct Inquiry<'a> {
    pub pid: u32,
    pub census: &'a Census,
    /// What the program was given at its start, by link: others had it before, and may be out of sight.
    pub inherited: &'a HashSet<String>,
}

impl Inquiry<'_> {
    /// Why nobody can make it ready; nothing if somebody can, or in doubt.
    pub fn nobody(&self, wanted: Wanted) -> Option<String> {
        self.nobody_at(wanted, DEPTH)
    }

    fn nobody_at(&self, wanted: Wanted, depth: u32) -> Option<String> {
        let fd = wanted.fd;
        let link = proc::link(self.pid, fd)?;
        if self.inherited.contains(&link) {
            return None;
        }
        let info = proc::fdinfo(self.pid, fd)?;
        let why = match link.as_str() {
            "anon_inode:[eventfd]" => self.eventfd(&info)?,
            "anon_inode:[eventpoll]" => format!("epoll {}", self.members(fd, depth.checked_sub(1)?)?),
            "anon_inode:[timerfd]" => {
                let unset = proc::field(&info, "it_value")? == "(0, 0)" && self.is_unshared(fd, &link);
                unset.then(|| "timerfd that is not set".to_owned())?
            }
            "inotify" | "anon_inode:inotify" | "anon_inode:[inotify]" => {
                let idle = !info.contains("inotify wd:") && self.is_unshared(fd, &link);
                idle.then(|| "inotify that watches nothing".to_owned())?
            }
            _ if link.starts_with("pipe:[") => self.pipe(&link, &info, wanted.write)?,
            _ => self.pair(&link)?,
        };
        Some(format!("fd {fd} ({why})"))
    }

    /// What is in the epoll instance `fd`, if nobody can make any of it ready.
    pub fn poller(&self, fd: i32) -> Option<String> {
        self.members(fd, DEPTH)
    }

    fn members(&self, fd: i32, depth: u32) -> Option<String> {
        if !self.is_unshared(fd, "anon_inode:[eventpoll]") {
            return None; // whoever shares it can add to it
        }
        let info = proc::fdinfo(self.pid, fd)?;
        let mut members = Vec::new();
        for line in info.lines().filter(|line| line.starts_with("tfd:")) {
            members.push(self.member(line, depth)?);
        }
        Some(if members.is_empty() {
            "with nothing in it".to_owned()
        } else {
            format!("with {}", listed(&members))
        })
    }

    fn member(&self, line: &str, depth: u32) -> Option<String> {
        let mut words = line.split_ascii_whitespace();
        let fd: i32 = words.nth(1)?.parse().ok()?;
        let events = u32::from_str_radix(words.nth(1)?, 16).ok()?;
        let inode =
            u64::from_str_radix(line.split_once("ino:")?.1.split_ascii_whitespace().next()?, 16).ok()?;
        // The registration is of a file. Where the number is another file's by now, nobody can say who has the file.
        if fs::metadata(format!("/proc/{}/fd/{fd}", self.pid)).ok()?.ino() != inode {
            return None;
        }
        if events & !PRIVATE == 0 {
            return Some(format!("fd {fd} (switched off by EPOLLONESHOT)"));
        }
        let bits = |flags: i32| events & flags.cast_unsigned() != 0;
        let write = bits(libc::EPOLLOUT) && !bits(libc::EPOLLIN);
        self.nobody_at(Wanted { fd, write }, depth)
    }

    fn pipe(&self, link: &str, info: &str, write: bool) -> Option<String> {
        const ACCESS: u32 = libc::O_ACCMODE.cast_unsigned();
        let own = flags(info)? & ACCESS;
        if own == libc::O_RDWR.cast_unsigned() {
            return None;
        }
        // Whichever end this is: what it waits for comes from the other kind.
        let is_other_end = |holder: &Holder| {
            let theirs = proc::fdinfo(holder.pid, holder.fd).and_then(|info| flags(&info));
            theirs.is_none_or(|theirs| theirs & ACCESS != own)
        };
        if self.census.others(link, self.pid).any(|holder| is_other_end(&holder)) {
            return None;
        }
        let (this, other) = if own == 0 { ("pipe", "write end") } else { ("full pipe", "read end") };
        if write != (own != 0) {
            return None; // not what such an end is waited for
        }
        let ends = self.own(link).filter(is_other_end).map(|holder| holder.fd).collect::<Vec<_>>();
        // Without any, the wait would have ended: somebody out of sight has one (pipe(7)).
        (!ends.is_empty()).then(|| format!("{this} whose {other} {}", held_here(&ends)))
    }

    fn eventfd(&self, info: &str) -> Option<String> {
        let id = proc::field(info, "eventfd-id")?;
        let is_it = |holder: &Holder| {
            let theirs = proc::fdinfo(holder.pid, holder.fd)?;
            Some(proc::field(&theirs, "eventfd-id")? == id)
        };
        let shared =
            self.census.others("anon_inode:[eventfd]", self.pid).any(|holder| is_it(&holder).unwrap_or(true));
        // The kernel signals one itself for asynchronous I/O and for devices (io_submit(2), /dev/kvm).
        let by_kernel = proc::mappings(self.pid)
            .iter()
            .any(|mapping| mapping.path == "/[aio] (deleted)" || mapping.path == "/[aio]")
            || proc::descriptors(self.pid).ok()?.into_iter().any(|fd| is_device(self.pid, fd));
        (!shared && !by_kernel).then(|| "eventfd that this process alone has".to_owned())
    }

    fn pair(&self, link: &str) -> Option<String> {
        let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()?;
        let peer = format!("socket:[{}]", socket::peer(inode)?);
        let others = |link: &str| self.census.others(link, self.pid).next().is_some();
        // Whoever else has this end can still shut it down, which wakes too (shutdown(2)).
        if others(link) || others(&peer) {
            return None;
        }
        let ends = self.own(&peer).map(|holder| holder.fd).collect::<Vec<_>>();
        // Connected to an end that nobody has: it is on its way to somebody.
        (!ends.is_empty()).then(|| format!("socket whose other end {}", held_here(&ends)))
    }

    fn own<'a>(&'a self, link: &str) -> impl Iterator<Item = Holder> + use<'a> {
        self.census.holders(link).iter().copied().filter(|holder| holder.pid == self.pid)
    }

    /// Does no other process have this very file? For files that the kernel gives one name for all.
    fn is_unshared(&self, fd: i32, link: &str) -> bool {
        let own = Holder { pid: self.pid, fd };
        self.census.others(link, self.pid).all(|other| kcmp::is_one_file(own, other) == Some(false))
    }
}

/// As in a sentence; of many, the first few.
pub fn listed(things: &[String]) -> String {
    const NAMED: usize = 4;
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] if most.len() < NAMED => format!("{} and {last}", most.join(", ")),
        all => {
            let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            format!("{named} and {} more such", all.len() - NAMED)
        }
    }
}

/// The flags it was opened with.
fn flags(info: &str) -> Option<u32> {
    u32::from_str_radix(proc::field(info, "flags")?, 8).ok()
}

fn held_here(fds: &[i32]) -> String {
    let fds = fds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    format!("(fd {fds}) this process alone has")
}

/// A device other than those every program has.
fn is_device(pid: u32, fd: i32) -> bool {
    let plain = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];
    let link = proc::link(pid, fd).unwrap_or_default();
    let terminal =
        link.starts_with("/dev/pts/") || link.starts_with("/dev/tty") || link.starts_with("/dev/shm/");
    link.starts_with("/dev/") && !terminal && !plain.contains(&link.as_str())
        || link.starts_with("anon_inode:kvm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_things_are_counted() {
        let things = |count| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(listed(&things(1)), "1");
        assert_eq!(listed(&things(4)), "1, 2, 3 and 4");
        assert_eq!(listed(&things(9)), "1, 2, 3, 4 and 5 more such");
    }
}
