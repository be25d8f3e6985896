//! `<unistd.h>`, `<sys/socket.h>`, `<sys/eventfd.h>`: writes, which may be a signal handler's to its loop.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]
