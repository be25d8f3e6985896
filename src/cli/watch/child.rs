//! The program as a child of the command: its start, its signals, its stops and its end.
//!
//! Whoever started the command is to see of it what it would see of the program. A signal sent to the command goes on
//! to the program; one of the terminal's has reached it already, because both are in one process group. When
//! the program stops, the command stops, and the shell sees a stopped job; SIGCONT from `fg` reaches both.
//!
//! # Safety
//! fork(2) in a process with one thread, dispositions without handlers, and system calls of plain numbers.
#![allow(unsafe_code)]

use super::proc;
use nix::errno::Errno;
use nix::sys::signal::{self, SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};
use std::io;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Status(u8),
    Killed(i32),
}

/// Which of the two processes goes on here.
pub enum Side {
    /// To become the program: as this process was.
    Program,
    /// To watch it.
    Watcher(Child),
}

pub struct Child(Pid);

/// Starts the process that is to become the program. Before any thread, handler or descriptor of ours.
pub fn start() -> io::Result<Side> {
    // A caller may have left SIGCHLD ignored; the kernel would then keep the program's status from us (wait(2)).
    // SAFETY: a default disposition runs none of our code; the program gets back what was there.
    let before = unsafe { signal::signal(Signal::SIGCHLD, SigHandler::SigDfl) }?;
    // A signal that comes before there are handlers for it waits: it would end or stop the command alone.
    let mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    // SAFETY: there is one thread, so the child may do whatever this process may.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Child => {
            // SAFETY: ignored or default, because a handler does not survive the exec that made this process.
            unsafe { signal::signal(Signal::SIGCHLD, before) }?;
            mask.thread_set_mask()?;
            Ok(Side::Program)
        }
        ForkResult::Parent { child } => {
            step_aside();
            Ok(Side::Watcher(Child(child)))
        }
    }
}

/// Gives up all that the program was given as well: a pipe's reader would wait for our copy too. Standard error
/// stays, for findings.
fn step_aside() {
    // SAFETY: three flags and numbers; nothing here uses these descriptors again.
    unsafe {
        libc::close_range(3, libc::c_uint::MAX, 0);
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        if null >= 0 {
            libc::dup2(null, 0);
            libc::dup2(null, 1);
        }
        if null > 2 {
            libc::close(null);
        }
    }
    let ignored = [Signal::SIGPIPE, Signal::SIGTTIN, Signal::SIGTTOU];
    for one in ignored {
        // SAFETY: SIG_IGN needs no handler. A finding must neither end nor stop us when it cannot be written.
        let _ = unsafe { signal::signal(one, SigHandler::SigIgn) };
    }
}

/// Lets signals in, now that there are handlers. All of them: what the caller had blocked is blocked in the program.
pub fn let_signals_in() {
    let _ = SigSet::empty().thread_set_mask();
}

impl Child {
    pub fn pid(&self) -> u32 {
        self.0.as_raw().unsigned_abs()
    }

    /// Passes on a signal that was sent to the command alone.
    pub fn signal(&self, number: i32) {
        // SIGCONT from a shell goes to the whole group: only a program that is still stopped lacks it.
        let lacks = number != libc::SIGCONT || proc::stat(self.pid()).is_some_and(|stat| stat.state == 'T');
        if lacks {
            // SAFETY: plain numbers; the process is our child and has not been waited for, so the id is its own.
            unsafe { libc::kill(self.0.as_raw(), number) };
        }
    }

    /// After a SIGCHLD: has it ended? A stop of the program's is made ours as well, here and now.
    pub fn end(&self) -> Option<End> {
        loop {
            return match waitpid(self.0, Some(WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED)) {
                Ok(WaitStatus::Exited(_, status)) => {
                    Some(End::Status(u8::try_from(status & 0xff).unwrap_or(1)))
                }
                Ok(WaitStatus::Signaled(_, signal, _)) => Some(End::Killed(signal as i32)),
                Ok(WaitStatus::Stopped(..)) => {
                    // SIGSTOP, because the kernel drops the others in a group without a shell (setpgid(2), orphaned).
                    let _ = signal::raise(Signal::SIGSTOP);
                    continue;
                }
                Err(Errno::EINTR) => continue,
                // A signal without a name in nix: a real-time one, which kills as well.
                Err(Errno::EINVAL) => Some(End::Status(1)),
                Ok(_) | Err(_) => None,
            };
        }
    }
}

impl End {
    /// Ends this process as the program ended.
    pub fn follow(self) -> u8 {
        match self {
            Self::Status(status) => status,
            Self::Killed(number) => {
                // SAFETY: plain numbers. The program has left its core dump; ours would take its name.
                unsafe {
                    libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
                    libc::signal(number, libc::SIG_DFL);
                    libc::raise(number);
                }
                // A signal that does not kill us after all: as a shell puts it.
                u8::try_from(128 + (number & 0x7f)).unwrap_or(u8::MAX)
            }
        }
    }
}
