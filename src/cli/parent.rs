//! The command as the program's parent: it stays, and whoever started it sees of it what they would see of the program.

mod child;

use super::{Trouble, status, waits};
use child::Child;
use crossbeam_channel::{Receiver, never, select, unbounded};
use signal_hook::consts::SIGCHLD;
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};
use std::thread;

pub use child::End;

/// What is passed on to the program, with the real-time signals: all that somebody may send to it on purpose.
/// SIGCHLD and SIGPIPE are the command's own, and so is what a fault raises.
const PASSED_ON: [i32; 22] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGABRT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGSTKFLT,
    libc::SIGCONT,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
    libc::SIGURG,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGWINCH,
    libc::SIGIO,
    libc::SIGPWR,
    libc::SIGSYS,
];

/// Which of the two processes goes on here.
pub enum Side {
    /// To become the program: as this process was.
    Program,
    /// To wait for its end.
    Parent(Parent),
}

/// What has the program for a child.
pub struct Parent {
    child: Child,
    signals: Receiver<Origin>,
}

/// Starts the process that is to become the program. Before any thread, handler or descriptor of ours.
pub fn start() -> Result<Side, Trouble> {
    let trouble = |what: &str, error: &dyn std::fmt::Display| {
        Trouble::new(status::TROUBLE, format!("cannot stay as the program's parent: {what}: {error}"))
    };
    match child::start().map_err(|error| trouble("fork", &error))? {
        child::Side::Program => Ok(Side::Program),
        child::Side::Parent(child) => {
            let signals = signals().map_err(|error| trouble("signals", &error))?;
            child::let_signals_in_but_ttou();
            Ok(Side::Parent(Parent { child, signals }))
        }
    }
}

impl Parent {
    /// The program's id.
    pub fn program(&self) -> u32 {
        self.child.pid()
    }

    /// Passes signals on until the program ends, and hands over what is heard meanwhile.
    pub fn serve<T>(&self, mut heard: Receiver<T>, mut tell: impl FnMut(T)) -> End {
        // It may have ended before its SIGCHLD could be heard.
        let mut end = self.child.end();
        loop {
            if let Some(end) = end {
                return end;
            }
            let mut open = true;
            select! {
                recv(self.signals) -> signal => match signal {
                    Ok(signal) if signal.signal == SIGCHLD => end = self.child.end(),
                    Ok(signal) if is_for_us_alone(&signal, &self.child) => self.child.signal(signal.signal),
                    Ok(_) => {}
                    Err(_) => return End::Status(status::TROUBLE),
                },
                recv(heard) -> thing => match thing {
                    Ok(thing) => tell(thing),
                    Err(_) => open = false,
                },
            }
            if !open {
                heard = never(); // what nobody sends to is ready all the time
            }
        }
    }
}

/// What a terminal sends, it sends to the whole process group, the program included; what the program sends to its
/// group it has sent to itself. But what goes to process 1 of a container is meant for the program, whoever sends it.
/// An alarm is the kernel's too, and was this process's before it was the command.
fn is_for_us_alone(signal: &Origin, child: &Child) -> bool {
    if signal.cause == Cause::Kernel {
        return signal.signal == libc::SIGALRM;
    }
    let sender = signal.process.as_ref().map(|process| process.pid.unsigned_abs());
    std::process::id() == 1 || !sender.is_some_and(|sender| child.is_ancestor_of(sender))
}

/// The signals that reach this process, from a thread that does nothing else.
fn signals() -> std::io::Result<Receiver<Origin>> {
    let mut signals = SignalsInfo::<WithOrigin>::new(
        PASSED_ON.into_iter().chain(libc::SIGRTMIN()..=libc::SIGRTMAX()).chain([SIGCHLD]),
    )?;
    let (heard, all) = unbounded();
    thread::Builder::new().spawn(move || {
        child::let_signals_in();
        signals.forever().try_for_each(|signal| heard.send(signal))
    })?;
    Ok(all)
}
