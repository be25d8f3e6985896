//! The program as a child of the command: its start, its signals, its stops and its end.
//!
//! Whoever started the command is to see of it what it would see of the program. A signal sent to the command goes on
//! to the program; one of the terminal's has reached it already, because both are in one process group. When
//! the program stops, the command stops, and the shell sees a stopped job; SIGCONT from `fg` reaches both.
//!
//! # Safety
//! fork(2) in a process with one thread, dispositions without handlers, and system calls of plain numbers.
#![allow(unsafe_code)]

use super::waits::proc;
use nix::errno::Errno;
use nix::sys::signal::{self, SigHandler, SigSet, SigmaskHow, Signal};
use nix::unistd::{ForkResult, Pid};
use std::io;

/// As far as a sender's parents are followed.
const GENERATIONS: usize = 64;

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
    /// To wait for its end.
    Parent(Child),
}

pub struct Child(Pid);

/// Starts the process that is to become the program. Before any thread, handler or descriptor of ours.
pub fn start() -> io::Result<Side> {
    // A caller may have left SIGCHLD ignored; the kernel would then keep the program's status from us (wait(2)).
    // SAFETY: a default disposition runs none of our code; the program gets back what was there.
    let before = unsafe { signal::signal(Signal::SIGCHLD, SigHandler::SigDfl) }?;
    // A signal that comes before there are handlers for it waits: it would end or stop the command alone.
    let mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let command = nix::unistd::getpid();
    // SAFETY: there is one thread, so the child may do whatever this process may.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Child => {
            // SIGKILL cannot be passed on, and who sends it to the command means the program. An exec keeps this,
            // a fork does not (prctl(2)).
            // SAFETY: plain numbers.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            if nix::unistd::getppid() != command {
                signal::raise(Signal::SIGKILL)?; // it came before
            }
            // SAFETY: ignored or default, because a handler does not survive the exec that made this process.
            unsafe { signal::signal(Signal::SIGCHLD, before) }?;
            mask.thread_set_mask()?;
            Ok(Side::Program)
        }
        ForkResult::Parent { child } => {
            step_aside();
            Ok(Side::Parent(Child(child)))
        }
    }
}

/// Gives up all that the program was given as well: a pipe's reader would wait for our copy too. Standard error
/// stays, for findings.
fn step_aside() {
    // SAFETY: three flags and numbers; nothing here uses these descriptors again.
    unsafe {
        // By number: a release build is linked against a libc that has no function for it (glibc 2.34).
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0);
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        if null >= 0 {
            libc::dup2(null, 0);
            libc::dup2(null, 1);
        }
        if null > 2 {
            libc::close(null);
        }
    }
    // SAFETY: SIG_IGN needs no handler. A finding that cannot be written must not end us.
    let _ = unsafe { signal::signal(Signal::SIGPIPE, SigHandler::SigIgn) };
}

/// Lets this thread have signals, now that there are handlers. All of them: what the caller had blocked is blocked in
/// the program.
pub fn let_signals_in() {
    let _ = SigSet::empty().thread_set_mask();
}

/// The same, for threads that write: a terminal lets those write from the background that block its SIGTTOU, and the
/// others would have the whole group stopped (termios(3), `TOSTOP`).
pub fn let_signals_in_but_ttou() {
    let _ = SigSet::from(Signal::SIGTTOU).thread_set_mask();
}

impl Child {
    pub fn pid(&self) -> u32 {
        self.0.as_raw().unsigned_abs()
    }

    /// Did the program or one of its children send what came from process `sender`? It was meant for their group, or
    /// for the program's parent, and the program has had what it was to have of it.
    pub fn is_ancestor_of(&self, sender: u32) -> bool {
        let parents = std::iter::successors(Some(sender), |&pid| proc::stat(pid).map(|stat| stat.parent));
        parents.take(GENERATIONS).any(|pid| pid == self.pid())
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
    ///
    /// Every child is waited for. To a first process, or one that asked for it, the kernel gives the program's orphans
    /// (prctl(2), `PR_SET_CHILD_SUBREAPER`, which an exec keeps), and nobody else can take their status.
    pub fn end(&self) -> Option<End> {
        loop {
            let mut status = 0;
            // SAFETY: waitpid writes one number, to a variable of ours. nix's has no name for a real-time signal.
            let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG | libc::WUNTRACED) };
            match pid {
                0 => return None,
                -1 if Errno::last() == Errno::EINTR => {}
                -1 => return None,
                pid if pid != self.0.as_raw() => {}
                _ if libc::WIFSTOPPED(status) => {
                    // SIGSTOP, because the kernel drops the others in a group without a shell (setpgid(2), orphaned).
                    let _ = signal::raise(Signal::SIGSTOP);
                }
                _ if libc::WIFSIGNALED(status) => return Some(End::Killed(libc::WTERMSIG(status))),
                _ => return Some(End::Status(u8::try_from(libc::WEXITSTATUS(status)).unwrap_or(1))),
            }
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
