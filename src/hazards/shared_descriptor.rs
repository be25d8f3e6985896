//! What timerfd, signalfd and inotify have in common: their state lies in the file, which a fork shares. A child's first
//! touch is where its hazard gets to see it.

use super::inherited_poller::Use;

/// The program is about to use `fd` through `call`, in a process where some descriptor with a state of its own may have
/// been inherited.
#[cold]
#[inline(never)]
pub fn touched(_fd: i32, _call: &'static str) -> Use {
    Use::Go
}
