//! What a descriptor is, and who has its other end.

use crate::cli::harmless;
use crate::cli::waits::census::{Census, Holder};
use crate::cli::waits::{proc, socket};
use std::fmt::Write;
use std::fs;

/// Members of an epoll instance and descriptors of one poll(2) that are described.
pub const DESCRIBED_MAX: usize = 16;
/// Holders that are named.
const NAMED_MAX: usize = 3;
/// How deep epoll instances are looked into; the kernel allows five (`epoll_ctl(2)`, ELOOP).
const DEPTH: u32 = 2;

/// The descriptors of one process, described.
pub struct Descriptors<'a> {
    pub pid: u32,
    pub census: &'a Census,
}

impl Descriptors<'_> {
    /// `fd 7 (pipe, write end: 4711 python3 fd 8)`.
    pub fn of(&self, fd: i32) -> String {
        self.described(fd, DEPTH)
    }

    fn described(&self, fd: i32, depth: u32) -> String {
        let Some(link) = proc::link(self.pid, fd) else { return format!("fd {fd} (not open)") };
        let info = proc::fdinfo(self.pid, fd).unwrap_or_default();
        let field = |name| proc::field(&info, name).unwrap_or("?").trim().to_owned();
        let what = match link.as_str() {
            "anon_inode:[eventpoll]" => self.poller(&info, depth),
            "anon_inode:[eventfd]" => format!("eventfd, count {}", field("eventfd-count")),
            "anon_inode:[timerfd]" => match field("it_value").as_str() {
                "(0, 0)" => "timerfd that is not set".to_owned(),
                left => format!("timerfd, due in {left} s and ns"),
            },
            "anon_inode:[signalfd]" => format!("signalfd, mask {}", field("sigmask")),
            "anon_inode:[pidfd]" => format!("process {}", field("Pid")),
            _ if link.starts_with("pipe:[") => self.pipe(&link, &info),
            _ => self.socket(&link).unwrap_or_else(|| harmless::text(&link)),
        };
        format!("fd {fd} ({what})")
    }

    fn poller(&self, info: &str, depth: u32) -> String {
        let members = info
            .lines()
            .filter_map(|line| {
                line.strip_prefix("tfd:")?.split_ascii_whitespace().next()?.parse::<i32>().ok()
            })
            .collect::<Vec<_>>();
        let Some(depth) = depth.checked_sub(1).filter(|_| !members.is_empty()) else {
            return if members.is_empty() {
                "epoll with nothing in it".to_owned()
            } else {
                "epoll".to_owned()
            };
        };
        let described =
            members.iter().take(DESCRIBED_MAX).map(|&fd| self.described(fd, depth)).collect::<Vec<_>>();
        let more = members.len().saturating_sub(DESCRIBED_MAX);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("epoll with {}{more}", described.join(", "))
    }

    fn pipe(&self, link: &str, info: &str) -> String {
        const ACCESS: u32 = libc::O_ACCMODE.cast_unsigned();
        let access = |info: &str| Some(u32::from_str_radix(proc::field(info, "flags")?, 8).ok()? & ACCESS);
        let own = access(info);
        let is_other_end =
            |holder: &&Holder| proc::fdinfo(holder.pid, holder.fd).is_none_or(|info| access(&info) != own);
        let other = if own == Some(0) { "write end" } else { "read end" };
        let ends = self.census.holders(link).iter().filter(is_other_end).copied().collect::<Vec<_>>();
        format!("pipe, {other}: {}", self.holders(&ends))
    }

    fn socket(&self, link: &str) -> Option<String> {
        let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()?;
        if let Some(peer) = socket::peer(inode) {
            let ends = self.census.holders(&format!("socket:[{peer}]"));
            return Some(format!("unix socket, other end: {}", self.holders(ends)));
        }
        for (file, name) in [("tcp", "TCP"), ("tcp6", "TCP"), ("udp", "UDP"), ("udp6", "UDP")] {
            let table = fs::read_to_string(format!("/proc/{}/net/{file}", self.pid)).unwrap_or_default();
            if let Some(line) = table.lines().skip(1).find_map(|line| internet(line, inode)) {
                return Some(format!("{name} {line}"));
            }
        }
        None
    }

    /// In a sentence; the process that is asked about itself is `this process`.
    fn holders(&self, holders: &[Holder]) -> String {
        if holders.is_empty() {
            return "held by nobody that can be seen".to_owned();
        }
        let named = holders.iter().take(NAMED_MAX).map(|holder| {
            if holder.pid == self.pid {
                return format!("this process as fd {}", holder.fd);
            }
            let name = proc::stat(holder.pid).map(|stat| harmless::text(&stat.name)).unwrap_or_default();
            format!("{} {name} as fd {}", holder.pid, holder.fd)
        });
        let mut text = named.collect::<Vec<_>>().join(", ");
        if holders.len() > NAMED_MAX {
            let _ = write!(text, " and {} more", holders.len() - NAMED_MAX);
        }
        if holders.iter().all(|holder| holder.pid == self.pid) {
            text.push_str(" alone");
        }
        text
    }
}

/// A line of `/proc/net/tcp` (proc(5)), if it is of this socket.
fn internet(line: &str, inode: u32) -> Option<String> {
    let fields = line.split_ascii_whitespace().collect::<Vec<_>>();
    let field = |place: usize| fields.get(place).copied();
    (field(9)?.parse::<u32>().ok()? == inode).then_some(())?;
    let port = |address: &str| u16::from_str_radix(address.rsplit_once(':')?.1, 16).ok();
    let (own, other) = (port(field(1)?)?, port(field(2)?)?);
    Some(match (field(3)?, other) {
        ("0A", _) => format!("port {own}, listening"),
        (_, 0) => format!("port {own}, connected to nobody"),
        (_, other) => format!("port {own}, connected to port {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_of_the_internet_has_its_ports() {
        let line = |state: &str, other: &str| {
            format!(
                " 0: 0100007F:1F90 0100007F:{other} {state} 00000000:00000000 00:00000000 00000000 0 0 77 1 0"
            )
        };
        assert_eq!(internet(&line("0A", "0000"), 77).unwrap(), "port 8080, listening");
        assert_eq!(internet(&line("01", "0050"), 77).unwrap(), "port 8080, connected to port 80");
        assert!(internet(&line("0A", "0000"), 78).is_none());
        assert!(internet("", 77).is_none());
    }
}
