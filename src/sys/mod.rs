//! The kernel and the dynamic linker, one object a file. Nothing here knows about forks or findings.
//!
//! Work of our own goes through raw system calls: libc's wrappers set errno, may be cancelled, and
//! several of their names are our own hooks.

pub mod arguments;
pub mod aside;
pub mod call;
pub mod compare;
pub mod context;
pub mod data;
pub mod datagram;
pub mod epoll;
pub mod errno;
pub mod fd;
pub mod fdinfo;
pub mod file;
pub mod futex;
pub mod line;
pub mod lines;
pub mod memory;
pub mod module;
pub mod next;
pub mod opaque;
pub mod options;
pub mod pair;
pub mod process;
pub mod pthread;
pub mod requests;
pub mod signalfd;
pub mod signals;
pub mod smaps;
pub mod stuck;
pub mod thread_end;
pub mod timer;
pub mod timerfd;
pub mod unwind;
pub mod wakers;
