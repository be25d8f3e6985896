//! What comes from outside besides the logs: signals and keys.

use super::screen;
use crossbeam_channel::{Receiver, bounded};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

/// Those that end the view, stop it, or change its size, from a thread that does nothing else.
pub fn signals() -> io::Result<Receiver<i32>> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    let (heard, all) = bounded(8);
    thread::Builder::new().spawn(move || signals.forever().try_for_each(|signal| heard.send(signal)))?;
    Ok(all)
}

/// What is typed. Looked for again and again: a read from the background would stop the command, and whether it
/// is there changes with `bg` and `fg`.
pub fn keys() -> Receiver<u8> {
    let (typed, all) = bounded(8);
    let read = move || loop {
        let stdin = io::stdin();
        let mut ready = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        let is_ready = poll(&mut ready, PollTimeout::from(200_u8)).is_ok_and(|count| count > 0);
        if !screen::has_keys() {
            thread::sleep(Duration::from_millis(200));
            continue;
        }
        let mut key = [0];
        if is_ready {
            match unistd::read(&stdin, &mut key) {
                Ok(1) => {}
                Ok(_) => return,
                Err(_) => continue,
            }
            let [key] = key;
            if typed.send(key).is_err() {
                return;
            }
        }
    };
    let _ = thread::Builder::new().spawn(read);
    all
}
