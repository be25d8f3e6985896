//! Who is at the other end of a Unix socket (`sock_diag(7)`): neither `/proc` nor the socket's own link says it.

use super::{memory, proc};
use nix::sys::socket::{self, AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType};
use std::os::fd::AsRawFd;

/// `SOCK_DIAG_BY_FAMILY`, both question and answer.
const BY_FAMILY: u16 = 20;
/// `UDIAG_SHOW_NAME | UDIAG_SHOW_PEER`.
const SHOW: u32 = 1 | 4;
/// `UNIX_DIAG_NAME`, `UNIX_DIAG_PEER`.
const NAME: u16 = 0;
const PEER: u16 = 2;
/// Sizes of `struct nlmsghdr` and `struct unix_diag_msg`.
const HEADER: usize = 16;
const MESSAGE: usize = 16;
/// Length of a question: its header and `struct unix_diag_req`.
const QUESTION: u32 = 16 + 24;

/// The other end of a connected socket that has no name others could write to.
pub fn peer(inode: u32) -> Option<u32> {
    let kind = SockType::Datagram;
    let kernel =
        socket::socket(AddressFamily::Netlink, kind, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkSockDiag)
            .ok()?;
    socket::send(kernel.as_raw_fd(), &question(inode), MsgFlags::empty()).ok()?;
    let mut answer = [0; 1024];
    let length = socket::recv(kernel.as_raw_fd(), &mut answer, MsgFlags::MSG_DONTWAIT).ok()?;
    peer_in(answer.get(..length)?)
}

fn question(inode: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(QUESTION.to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend(1_u16.to_ne_bytes()); // NLM_F_REQUEST
    bytes.extend([0; 8]); // sequence and port: the kernel's to fill in
    bytes.extend([1, 0, 0, 0]); // AF_UNIX
    bytes.extend(u32::MAX.to_ne_bytes()); // in any state
    bytes.extend(inode.to_ne_bytes());
    bytes.extend(SHOW.to_ne_bytes());
    bytes.extend([0xff; 8]); // no cookie
    bytes
}

fn half(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(place..place + 2)?.try_into().ok()?))
}

fn peer_in(answer: &[u8]) -> Option<u32> {
    if half(answer, 4)? != BY_FAMILY {
        return None; // an error: no such Unix socket
    }
    let end = usize::try_from(memory::word(answer, 0)?).ok()?.min(answer.len());
    let (mut place, mut peer) = (HEADER + MESSAGE, None);
    while place + 4 <= end {
        let length = usize::from(half(answer, place)?);
        match half(answer, place + 2)? {
            NAME => return None,
            PEER => peer = memory::word(answer, place + 4).filter(|&inode| inode != 0),
            _ => {}
        }
        place += length.max(4).next_multiple_of(4);
    }
    peer
}

/// Do descriptors lie in this socket's queue, taken out by nobody yet?
pub fn carries_descriptors(pid: u32, fd: i32) -> bool {
    let text = proc::fdinfo(pid, fd).unwrap_or_default();
    proc::field(&text, "scm_fds").is_some_and(|count| count != "0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    fn inode(socket: &impl AsRawFd) -> u32 {
        let path = format!("/proc/self/fd/{}", socket.as_raw_fd());
        u32::try_from(std::fs::metadata(path).unwrap().ino()).unwrap()
    }

    #[test]
    fn a_pair_has_each_other_and_a_name_is_open_to_all() {
        let (one, other) = UnixStream::pair().unwrap();
        assert_eq!(peer(inode(&one)), Some(inode(&other)));
        assert_eq!(peer(inode(&UnixDatagram::unbound().unwrap())), None);
        let folder = std::env::temp_dir().join(format!("forkproof-socket-{}", std::process::id()));
        let listener = UnixListener::bind(&folder).unwrap();
        assert_eq!(peer(inode(&listener)), None);
        std::fs::remove_file(folder).unwrap();
        assert_eq!(peer(1), None);
    }
}
