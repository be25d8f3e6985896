//! A closed number, borrowed for the length of one call.
//!
//! `epoll_ctl` names a registration by an open number. Where the number is closed and its file lives on under
//! another, the file is put back there for a moment.

use crate::sys::{fd, process};

/// Runs `work` while `number` names the file of `alive`; `None` if the number could not be had. `above`
/// lies above every number `work` looks at.
pub fn with<R>(number: i32, alive: i32, above: i32, work: impl FnOnce() -> R) -> Option<R> {
    // F_DUPFD takes the number only if it is free, in one step: no other thread's open can be overwritten.
    let back = fd::duplicate_above(alive, number).ok()?;
    if back == number {
        let answer = work();
        fd::close(back);
        return Some(answer);
    }
    fd::close(back);
    // In use. Another thread would see the swap, and closing a regular file drops its record locks (fcntl(2)).
    if !process::is_single_threaded() || fd::is_regular(number) {
        return None;
    }
    let close_on_exec = fd::closes_on_exec(number).ok()?;
    let kept = fd::duplicate_above(number, above).ok()?;
    let answer = fd::put_at(alive, number, true).ok().map(|()| work());
    if answer.is_some() && fd::put_at(kept, number, close_on_exec).is_err() {
        log::debug!("number {number} could not be put back");
    }
    fd::close(kept);
    answer
}
