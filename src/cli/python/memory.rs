//! Another process's memory, a bounded piece at a time.
//!
//! `process_vm_readv(2)` neither stops the process nor asks it. So what comes back may be half old and half
//! new, or somebody else's by now; nothing here is believed further than its length.

use nix::errno::Errno;
use nix::sys::uio::{self, RemoteIoVec};
use nix::unistd::Pid;
use std::io::IoSliceMut;

/// Longest piece that is read: the line table of a module of half a million lines.
const LONGEST: usize = 1 << 22;

/// The memory of one process.
pub struct Memory {
    pid: Pid,
}

impl Memory {
    pub fn of(pid: u32) -> Result<Self, String> {
        match i32::try_from(pid) {
            Ok(number) if number > 0 => Ok(Self { pid: Pid::from_raw(number) }),
            _ => Err(format!("{pid} is no process number")),
        }
    }

    /// `length` bytes from `address` on, all of them or none.
    pub fn piece(&self, address: u64, length: usize) -> Result<Piece, String> {
        let pid = self.pid;
        let wild =
            || format!("process {pid} has not what it points to at {address:#x}: it is moving, or damaged");
        let base = usize::try_from(address).map_err(|_| wild())?;
        if length > LONGEST {
            return Err(wild());
        }
        let mut bytes = vec![0; length];
        let there = [RemoteIoVec { base, len: length }];
        match uio::process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &there) {
            Ok(count) if count == length => Ok(Piece { bytes }),
            Ok(_) | Err(Errno::EFAULT) => Err(wild()),
            Err(Errno::ESRCH) => Err(format!("process {pid} has ended")),
            Err(Errno::EPERM) => Err(format!(
                "process {pid} may not be looked into: it is another user's, or kernel.yama.ptrace_scope forbids it"
            )),
            Err(error) => Err(format!("the memory of process {pid} cannot be read: {}", error.desc())),
        }
    }

    /// The word at `address`.
    pub fn word(&self, address: u64) -> Result<u64, String> {
        self.piece(address, 8)?.word(0)
    }
}

/// A piece of it, as it was when it was read.
#[derive(Debug)]
pub struct Piece {
    bytes: Vec<u8>,
}

impl Piece {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A pointer or a `Py_ssize_t`.
    pub fn word(&self, offset: usize) -> Result<u64, String> {
        self.field(offset).map(u64::from_ne_bytes)
    }

    /// An `int`, whatever its sign.
    pub fn int(&self, offset: usize) -> Result<u32, String> {
        self.field(offset).map(u32::from_ne_bytes)
    }

    pub fn byte(&self, offset: usize) -> Result<u8, String> {
        self.field(offset).map(u8::from_ne_bytes)
    }

    /// The offsets come from the other process where Python describes itself: they may be anything.
    fn field<const LENGTH: usize>(&self, offset: usize) -> Result<[u8; LENGTH], String> {
        offset
            .checked_add(LENGTH)
            .and_then(|end| self.bytes.get(offset..end))
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| "its Python describes a field outside of what it is in".to_owned())
    }
}
