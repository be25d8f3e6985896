//! What a futex belongs to, and who has it: glibc's own records beside the word, as they are laid out on 64-bit machines.
//!
//! The kernel knows only the word's address (futex(2)). Which of glibc's things lies around it is told by the way the
//! call waits and by fields that must fit; what does not fit is a word and no more.

use crate::cli::waits::memory;
use crate::cli::waits::proc::{Call, Mapping};
use serde::Serialize;

const PRIVATE: u64 = 128;
const COMMAND: u64 = 127;
const WAIT: u64 = 0;
const LOCK_PI: u64 = 6;
const WAIT_BITSET: u64 = 9;
const WAIT_REQUEUE_PI: u64 = 11;
const LOCK_PI2: u64 = 13;
/// In the word of a mutex that the kernel knows of: the thread that has it.
const OWNER: u32 = 0x3fff_ffff;
const WAITERS: u32 = 0x8000_0000;
/// More threads than wait for one thing.
const CROWD: u32 = 1 << 16;
/// Above every number of a thread (proc(5), `pid_max`).
const THREADS: u32 = 1 << 22;

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Mutex,
    RwLock,
    Condition,
    Semaphore,
    /// The end of a thread (`pthread_join(3)`).
    Join,
    /// A lock of libc's own: who has it is written nowhere.
    Libc,
    /// Nothing that is known here.
    Word,
}

/// What a thread waits for in futex(2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lock {
    pub kind: Kind,
    pub address: u64,
    /// `module+0xoffset`, or the address.
    pub place: String,
    /// The thread that has it, or that is to end, by its own number; 0 if nobody or unknown.
    pub holder: u32,
    /// Readers that have a rwlock.
    pub readers: u32,
    /// The wait ends at some time.
    pub timed: bool,
    /// No other process can end it, and the kernel does not when the holder ends.
    pub lasting: bool,
}

/// What the call waits for; nothing if it does not wait. `is_thread`: does a thread of the process have that number?
pub fn of(pid: u32, call: &Call, mappings: &[Mapping], is_thread: impl Fn(u32) -> bool) -> Option<Lock> {
    let [address, operation, value, limit, ..] = call.words;
    let command = operation & COMMAND;
    if !matches!(command, WAIT | WAIT_BITSET | LOCK_PI | LOCK_PI2 | WAIT_REQUEUE_PI) {
        return None;
    }
    let holds = |mapping: &&Mapping, address| (mapping.start..mapping.end).contains(&address);
    let mapping = mappings.iter().find(|mapping| holds(mapping, address));
    let of_libc = mappings.iter().find(|mapping| holds(mapping, call.at)).is_some_and(|mapping| {
        ["libc.so", "libc-", "libpthread"].iter().any(|start| mapping.file_name().starts_with(start))
    });
    let lock = |kind, address, holder| Lock {
        kind,
        address,
        place: place(address, mappings),
        holder,
        readers: 0,
        timed: limit != 0,
        lasting: mapping.is_some_and(|mapping| mapping.private),
    };
    #[allow(clippy::cast_possible_truncation, reason = "the kernel compares 32 bits (futex(2))")]
    let value = value as u32;
    let near = Near { pid, address };
    let word = near.word(0)?;
    let found = match command {
        LOCK_PI | LOCK_PI2 => Some(lock(Kind::Mutex, address, word & OWNER)),
        _ if !of_libc => None,
        WAIT_REQUEUE_PI => Some(lock(Kind::Condition, address, 0)),
        WAIT | WAIT_BITSET if operation & PRIVATE == 0 && value == word && is_thread(value) => {
            Some(lock(Kind::Join, address, value))
        }
        WAIT if value & WAITERS != 0 && near.robust_mutex() => {
            Some(Lock { lasting: false, ..lock(Kind::Mutex, address, value & OWNER) })
        }
        WAIT if value == 2 => Some(match near.mutex() {
            Some(owner) if word != 0 => lock(Kind::Mutex, address, owner),
            _ => lock(Kind::Libc, address, 0),
        }),
        // With a limit a mutex waits in this way (`pthread_mutex_timedlock(3)`).
        WAIT_BITSET if value == 2 && word == 2 && near.mutex().is_some() => {
            Some(lock(Kind::Mutex, address, near.mutex()?))
        }
        WAIT_BITSET => near
            .semaphore()
            .map(|base| lock(Kind::Semaphore, base, 0))
            .or_else(|| {
                let (base, writer, readers) = (value & 2 != 0).then(|| near.rwlock()).flatten()?;
                Some(Lock { readers, ..lock(Kind::RwLock, base, writer) })
            })
            .or_else(|| near.condition().map(|base| lock(Kind::Condition, base, 0))),
        _ => None,
    };
    Some(found.unwrap_or_else(|| lock(Kind::Word, address, 0)))
}

/// The memory round a word.
struct Near {
    pid: u32,
    address: u64,
}

impl Near {
    fn word(&self, offset: i64) -> Option<u32> {
        memory::word(&memory::read(self.pid, self.address.checked_add_signed(offset)?, 4)?, 0)
    }

    /// `struct __pthread_mutex_s`: lock, count, owner, users, kind. Its owner.
    fn mutex(&self) -> Option<u32> {
        let (owner, users, kind) = (self.word(8)?, self.word(12)?, self.word(16)?);
        let fits = owner > 0 && owner < THREADS && users > 0 && users < CROWD && kind < 0x200;
        fits.then_some(owner)
    }

    /// The same with `PTHREAD_MUTEX_ROBUST_NORMAL_NP` in its kind.
    fn robust_mutex(&self) -> bool {
        self.word(16).is_some_and(|kind| kind < 0x200 && kind & 16 != 0)
    }

    /// `struct new_sem`: value, waiters, private.
    fn semaphore(&self) -> Option<u64> {
        let (value, waiters, private) = (self.word(0)?, self.word(4)?, self.word(8)?);
        let fits = self.address.is_multiple_of(8)
            && value == 0
            && (1..CROWD).contains(&waiters)
            && matches!(private, 0 | 128);
        fits.then_some(self.address)
    }

    /// `struct __pthread_rwlock_arch_t`: its address, its writer, and how many read.
    fn rwlock(&self) -> Option<(u64, u32, u32)> {
        // The word of the phase is at 8, that of the writers at 12.
        let back = if self.address.is_multiple_of(8) { 8 } else { 12 };
        let at = |offset: i64| self.word(offset - back);
        let (readers, writer, shared) = (at(0)?, at(24)?, at(28)?);
        let padding = [16, 20, 40, 44].iter().all(|&offset| at(offset) == Some(0));
        let fits = padding && readers != 0 && writer < THREADS && shared < 2;
        fits.then_some((self.address.checked_add_signed(-back)?, writer, readers >> 3))
    }

    /// `struct __pthread_cond_s`, whose two words are its last fields; from glibc 2.41 on it is shorter.
    fn condition(&self) -> Option<u64> {
        for (words, references) in [(40, 36), (32, 28)] {
            let back = if self.address.is_multiple_of(8) { words } else { words + 4 };
            let waiters = self.word(references - back)? >> 3;
            if (1..CROWD).contains(&waiters) {
                return self.address.checked_add_signed(-back);
            }
        }
        None
    }
}

/// `module+0xoffset`. What a module has no room for in its file (`.bss`) is mapped behind it, without a name.
pub fn place(address: u64, mappings: &[Mapping]) -> String {
    let at = mappings.iter().position(|mapping| (mapping.start..mapping.end).contains(&address));
    let named = at.and_then(|at| {
        let mapping = mappings.get(at)?;
        if !mapping.path.is_empty() {
            return Some(mapping);
        }
        let before = at.checked_sub(1).and_then(|before| mappings.get(before))?;
        (before.end == mapping.start).then_some(before)
    });
    let module = named.filter(|mapping| mapping.path.starts_with('/'));
    let first =
        module.and_then(|module| mappings.iter().find(|mapping| mapping.path == module.path)).or(module);
    match first {
        Some(first) => format!("{}+{:#x}", first.file_name(), address.wrapping_sub(first.start)),
        None => format!("{address:#x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(start: u64, end: u64, path: &str) -> Mapping {
        Mapping { start, end, offset: 0, private: true, path: path.to_owned() }
    }

    fn waiting(thing: &[u32], word: usize, operation: u64, value: u32) -> Lock {
        let address = std::ptr::from_ref(&thing[word]) as u64;
        let at = 0x1010;
        let words = [address, operation, value.into(), 0, 0, u64::from(u32::MAX)];
        let call = Call { number: libc::SYS_futex, words, at };
        let mappings =
            [mapping(0x1000, 0x2000, "/lib/libc.so.6"), mapping(address & !0xfff, address + 64, "")];
        of(std::process::id(), &call, &mappings, |number| number == 4711).unwrap()
    }

    /// Begins at a multiple of 8, as all of these things do.
    #[repr(align(8))]
    struct Aligned([u32; 16]);

    #[test]
    fn each_thing_is_known_by_its_fields() {
        let mut mutex = Aligned([0; 16]);
        mutex.0[..5].copy_from_slice(&[2, 0, 4712, 1, 0]);
        let found = waiting(&mutex.0, 0, 128, 2);
        assert_eq!((found.kind, found.holder, found.lasting), (Kind::Mutex, 4712, true));
        assert_eq!(waiting(&mutex.0, 0, 0x189, 2).kind, Kind::Mutex);
        // Not a mutex: the number of users is no such number.
        mutex.0[3] = 0x7fff_1234;
        assert_eq!(waiting(&mutex.0, 0, 128, 2).kind, Kind::Libc);
        let mut semaphore = Aligned([0; 16]);
        semaphore.0[1] = 1;
        assert_eq!(waiting(&semaphore.0, 0, 0x189, 0).kind, Kind::Semaphore);
        let mut rwlock = Aligned([0; 16]);
        (rwlock.0[0], rwlock.0[2], rwlock.0[6]) = (2, 3, 4713);
        let found = waiting(&rwlock.0, 2, 0x189, 3);
        assert_eq!((found.kind, found.holder, found.readers), (Kind::RwLock, 4713, 0));
        let mut condition = Aligned([0; 16]);
        condition.0[9] = 1 << 3;
        for word in [10, 11] {
            let found = waiting(&condition.0, word, 0x189, 0);
            assert_eq!(found.kind, Kind::Condition);
            assert_eq!(found.address, std::ptr::from_ref(&condition.0) as u64);
        }
        let join = Aligned([4711; 16]);
        assert_eq!(
            (waiting(&join.0, 0, 0x109, 4711).kind, waiting(&join.0, 0, 0x109, 4711).holder),
            (Kind::Join, 4711)
        );
        assert_eq!(waiting(&[9; 16], 0, 0x189, 9).kind, Kind::Word);
    }

    #[test]
    fn variables_without_room_in_the_file_belong_to_their_module() {
        let mappings = [
            mapping(0x1000, 0x2000, "/bin/app"),
            mapping(0x3000, 0x4000, "/bin/app"),
            mapping(0x4000, 0x5000, ""),
            mapping(0x6000, 0x7000, ""),
            mapping(0x8000, 0x9000, "[heap]"),
        ];
        assert_eq!(place(0x4010, &mappings), "app+0x3010");
        assert_eq!(place(0x6010, &mappings), "0x6010");
        assert_eq!(place(0x8010, &mappings), "0x8010");
        assert_eq!(place(0x9010, &mappings), "0x9010");
    }
}
