//! The blocks through which a program and libc's helper threads speak of one request (`aio(7)`, `getaddrinfo_a(3)`), as
//! glibc has them on 64-bit machines.
//!
//! # Safety
//! Addresses of blocks that a program handed to a function which takes such blocks.
#![allow(unsafe_code)]

use super::call::{self, Errno};
use super::memory;
use core::ffi::{c_char, c_long, c_void};
use core::mem::offset_of;
use core::sync::atomic::{AtomicI32, AtomicIsize, Ordering};

/// `struct sigevent`: how the end of a request is announced.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Event {
    /// Handed to the handler or the function.
    pub value: usize,
    /// For `SIGEV_SIGNAL`.
    pub signal: i32,
    /// `SIGEV_...`.
    pub kind: i32,
    /// For `SIGEV_THREAD`.
    pub function: usize,
    /// That thread's attributes, 0 for none.
    pub attributes: usize,
    /// Nothing (the structure is 64 bytes).
    pub room: [usize; 4],
}

impl Event {
    /// Nobody is told.
    pub const NONE: Self =
        Self { value: 0, signal: 0, kind: libc::SIGEV_NONE, function: 0, attributes: 0, room: [0; 4] };
}

/// `struct aiocb`.
#[repr(C)]
pub struct Transfer {
    /// The descriptor.
    pub fd: i32,
    /// `LIO_...`, or libc's own for the two ways to sync.
    pub operation: i32,
    /// How much less urgent it is than others.
    pub priority: i32,
    /// Where the bytes are, or go.
    pub buffer: usize,
    /// How many.
    pub size: usize,
    /// Who is told.
    pub event: Event,
    next: usize,
    absolute: [i32; 2],
    state: AtomicI32,
    /// What the call answered.
    pub answer: AtomicIsize,
    /// Where in the file.
    pub offset: i64,
    room: [u8; 32],
}

/// libc's own names for the two ways to sync (glibc, `aio_misc.h`).
pub const DATA_SYNC: i32 = libc::LIO_NOP + 1;
/// As `O_SYNC` asks for.
pub const SYNC: i32 = libc::LIO_NOP + 2;

impl Transfer {
    /// Does what the block asks for, as libc's helper threads do.
    ///
    /// # Errors
    /// The kernel's; `EINVAL` for an operation that is none.
    ///
    /// # Safety
    /// The program has asked for it: the buffer is as long as it says.
    pub unsafe fn make(&self) -> Result<usize, Errno> {
        let here = [libc::SYS_pread64, libc::SYS_pwrite64];
        let streams = [libc::SYS_read, libc::SYS_write];
        // 128 was for large files, on machines with small ones.
        let [by_place, in_turn] = match self.operation & 127 {
            libc::LIO_READ => [here[0], streams[0]],
            libc::LIO_WRITE => [here[1], streams[1]],
            DATA_SYNC => return self.call(libc::SYS_fdatasync),
            SYNC => return self.call(libc::SYS_fsync),
            _ => return Err(Errno(libc::EINVAL)),
        };
        match self.call(by_place) {
            // A pipe or a socket has no places.
            Err(Errno(libc::ESPIPE)) => self.call(in_turn),
            answer => answer,
        }
    }

    fn call(&self, number: c_long) -> Result<usize, Errno> {
        let place = self.offset.cast_unsigned();
        let arguments =
            [call::register(self.fd), self.buffer, self.size, usize::try_from(place).unwrap_or(0), 0, 0];
        loop {
            // SAFETY: the kernel reads or writes the program's buffer, as the program asked; others take the number alone.
            match unsafe { call::call(number, arguments) } {
                Err(Errno(libc::EINTR)) => {}
                answer => return answer,
            }
        }
    }
}

/// `struct gaicb`.
#[repr(C)]
pub struct Lookup {
    /// The host.
    pub name: *const c_char,
    /// The service.
    pub service: *const c_char,
    /// The hints.
    pub hints: *const c_void,
    /// The answer.
    pub list: *mut c_void,
    state: AtomicI32,
    room: [i32; 5],
}

const _: () = assert!(size_of::<Transfer>() == 168 && offset_of!(Transfer, state) == 112);
const _: () = assert!(size_of::<Lookup>() == 56 && offset_of!(Lookup, state) == 32);

/// What was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// POSIX AIO: a block is a [`Transfer`].
    Transfer,
    /// `getaddrinfo_a`: a block is a [`Lookup`].
    Lookup,
}

impl Kind {
    /// What a block says while its request is under way.
    #[must_use]
    pub const fn under_way(self) -> i32 {
        match self {
            Self::Transfer => libc::EINPROGRESS,
            Self::Lookup => EAI_INPROGRESS,
        }
    }

    /// What a block says of a request that was canceled.
    #[must_use]
    pub const fn canceled(self) -> i32 {
        match self {
            Self::Transfer => libc::ECANCELED,
            Self::Lookup => EAI_CANCELED,
        }
    }

    const fn state_at(self) -> usize {
        match self {
            Self::Transfer => offset_of!(Transfer, state),
            Self::Lookup => offset_of!(Lookup, state),
        }
    }
}

/// `EAI_INPROGRESS` and its like (`netdb.h`), which the libc crate has not got.
pub const EAI_INPROGRESS: i32 = -100;
/// The request was canceled.
pub const EAI_CANCELED: i32 = -101;
/// It was not.
pub const EAI_NOTCANCELED: i32 = -102;
/// It had ended.
pub const EAI_ALLDONE: i32 = -103;
/// A signal came.
pub const EAI_INTR: i32 = -104;

/// A block of the program's, by its address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Of what kind.
    pub kind: Kind,
    /// Where.
    pub address: usize,
}

impl Block {
    fn word(self) -> *const AtomicI32 {
        core::ptr::with_exposed_provenance(self.address.wrapping_add(self.kind.state_at()))
    }

    /// Is its request under way, as far as the block says?
    ///
    /// # Safety
    /// The program has just handed us the address of a block of that kind, or has not taken it back yet.
    #[must_use]
    pub unsafe fn is_under_way(self) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.state() == self.kind.under_way() }
    }

    /// What the block says of its request.
    ///
    /// # Safety
    /// As [`Self::is_under_way`].
    #[must_use]
    pub unsafe fn state(self) -> i32 {
        // SAFETY: the caller's promise; libc's threads write the word, so it is read as one.
        unsafe { (*self.word()).load(Ordering::Acquire) }
    }

    /// The same of a block whose memory may be gone.
    #[must_use]
    pub fn seems_under_way(self) -> bool {
        let mut state = [0_u8; 4];
        memory::copy(self.word().addr(), &mut state).is_some()
            && i32::from_ne_bytes(state) == self.kind.under_way()
    }

    /// The block says `state` from now on.
    ///
    /// # Safety
    /// As [`Self::is_under_way`], and nobody but us writes to the block.
    pub unsafe fn say(self, state: i32, answer: isize) {
        // SAFETY: the caller's promise.
        if let Some(transfer) = unsafe { self.transfer() } {
            transfer.answer.store(answer, Ordering::Relaxed);
        }
        // SAFETY: the caller's promise.
        unsafe { (*self.word()).store(state, Ordering::Release) };
    }

    /// The block, if it is one of AIO's.
    ///
    /// # Safety
    /// As [`Self::is_under_way`].
    #[must_use]
    pub unsafe fn transfer<'a>(self) -> Option<&'a Transfer> {
        let block = core::ptr::with_exposed_provenance::<Transfer>(self.address);
        // SAFETY: the caller's promise.
        (self.kind == Kind::Transfer).then(|| unsafe { &*block })
    }

    /// The block names `operation` from now on, as libc's own do.
    ///
    /// # Safety
    /// As [`Self::say`], and the block is one of AIO's.
    pub unsafe fn set_operation(self, operation: i32) {
        let block = core::ptr::with_exposed_provenance_mut::<Transfer>(self.address);
        // SAFETY: the caller's promise.
        unsafe { (&raw mut (*block).operation).write(operation) };
    }

    /// The block, if it is one of `getaddrinfo_a`'s.
    #[must_use]
    pub fn lookup(self) -> *mut Lookup {
        core::ptr::with_exposed_provenance_mut(self.address)
    }
}
