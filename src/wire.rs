//! The log: one JSON object a line, at most [`MAX`] bytes, written whole.
//!
//! This file is the format. The library writes it, the command reads it, and nothing else is
//! shared between them. Raise [`VERSION`] when a field changes its meaning or goes away; a new
//! field needs no new version, readers pass over what they do not know.

#[path = "wire/life.rs"] // named, because tests take this file by its path
pub mod life;
#[path = "wire/stack.rs"]
pub mod stack;

use core::fmt::{self, Write};

/// Format version, the first field of every record.
pub const VERSION: u32 = 1;

/// Longest record with its newline: `PIPE_BUF`, so that one write is never torn between processes (pipe(7)).
pub const MAX: usize = 4096;

/// The `kind` of a finding.
pub const FINDING: &str = "finding";
/// The `text` of a finding that only carries the count of those before it, at the end of its process.
pub const REST: &str = "the last of those that limit= kept from being written";
/// The `kind` of a stack, to which findings of the same process refer by number.
pub const STACK: &str = "stack";
/// The `kind` of a program that the library has come into.
pub const START: &str = "start";
/// The `kind` of a fork, told by the parent.
pub const FORK: &str = "fork";
/// The `kind` of an exec about to happen.
pub const EXEC: &str = "exec";
/// The `kind` of an end, told by the process that ends.
pub const EXIT: &str = "exit";
/// The `kind` of an end, told by the parent that reaped it.
pub const REAP: &str = "reap";
/// The `kind` of the first record of a log that took the place of a full one.
pub const ROTATED: &str = "rotated";

/// How a finding ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Left as it was.
    Reported,
    /// Mended.
    Repaired,
    /// The call was refused, the shared thing is untouched.
    Poisoned,
    /// Could not be mended: `errno` says why, the text whether the call was refused.
    Failed,
    /// The process was ended.
    Died,
}

impl Outcome {
    /// The word in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Repaired => "repaired",
            Self::Poisoned => "poisoned",
            Self::Failed => "failed",
            Self::Died => "died",
        }
    }
}

/// One finding. Texts are bytes from the program: anything may be in them.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Nanoseconds since 1970, `CLOCK_REALTIME`.
    pub time_ns: u64,
    /// The process that met the hazard.
    pub pid: u32,
    /// Its parent at that moment; 1 or a reaper when the parent is gone.
    pub ppid: u32,
    /// The thread that met it.
    pub tid: u32,
    /// Name of that thread, at most 15 bytes (proc(5), comm).
    pub comm: &'a [u8],
    /// Which hazard.
    pub slug: &'a str,
    /// What the settings asked for.
    pub action: &'a str,
    /// What came of it.
    pub outcome: Outcome,
    /// The C function through which the program met it.
    pub call: &'a str,
    /// The descriptor in question, -1 for none.
    pub fd: i32,
    /// Process that made the thing in question, 0 if unknown.
    pub owner: u32,
    /// Registrations concerned.
    pub registrations: u32,
    /// Registrations that could not be carried over, because their descriptor is gone.
    pub lost: u32,
    /// Why a repair failed, 0 if it did not.
    pub errno: i32,
    /// Where the thing was made: `module+0xoffset`, empty if unknown.
    pub made_at: &'a [u8],
    /// Where this process was forked: `module+0xoffset`, empty if unknown.
    pub forked_at: &'a [u8],
    /// The lock concerned: `module+0xoffset` or an address, empty for none.
    pub lock: &'a [u8],
    /// Thread that had it and is not in this process, or that a fork waited for; 0 if unknown.
    pub holder: u32,
    /// That thread's name, empty if unknown.
    pub holder_name: &'a [u8],
    /// Where it was: a function of the resolver family, or the routine it was started with.
    pub holder_at: &'a [u8],
    /// How long the fork waited for threads to leave the resolver, in microseconds.
    pub waited_us: u64,
    /// Findings of this slug that this process counted but did not write before this one.
    pub held_back: u64,
    /// Stacks of this process, by number, 0 for none.
    pub stacks: Stacks,
    /// The suppression that silenced it, empty for none.
    pub suppressed: &'a [u8],
    /// One sentence for people.
    pub text: &'a [u8],
}

/// Which stack records belong to a finding. Numbers count from 1 in each process; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stacks {
    /// Where the thing in question was made.
    pub made: u32,
    /// Where this process was forked.
    pub forked: u32,
    /// Where this process met the hazard.
    pub used: u32,
    /// Where the thread was that held the lock.
    pub holder: u32,
}

impl Record<'_> {
    /// Writes the record and its newline.
    ///
    /// # Errors
    /// Whatever `out` answers; a full buffer is the caller's to judge.
    pub fn encode(&self, out: &mut impl Write) -> fmt::Result {
        write!(out, "{{\"v\":{VERSION},\"kind\":\"{FINDING}\",\"time_ns\":{}", self.time_ns)?;
        write!(out, ",\"pid\":{},\"ppid\":{},\"tid\":{}", self.pid, self.ppid, self.tid)?;
        field(out, "comm", self.comm, 600)?;
        field(out, "slug", self.slug.as_bytes(), 64)?;
        field(out, "action", self.action.as_bytes(), 32)?;
        field(out, "outcome", self.outcome.word().as_bytes(), 32)?;
        field(out, "call", self.call.as_bytes(), 64)?;
        write!(out, ",\"fd\":{},\"owner\":{}", self.fd, self.owner)?;
        write!(out, ",\"registrations\":{},\"lost\":{}", self.registrations, self.lost)?;
        write!(out, ",\"errno\":{}", self.errno)?;
        field(out, "made_at", self.made_at, 256)?;
        field(out, "forked_at", self.forked_at, 256)?;
        field(out, "lock", self.lock, 256)?;
        write!(out, ",\"holder\":{}", self.holder)?;
        field(out, "holder_name", self.holder_name, 96)?;
        field(out, "holder_at", self.holder_at, 256)?;
        write!(out, ",\"waited_us\":{}", self.waited_us)?;
        write!(out, ",\"held_back\":{}", self.held_back)?;
        write!(out, ",\"made_stack\":{},\"forked_stack\":{}", self.stacks.made, self.stacks.forked)?;
        write!(out, ",\"used_stack\":{},\"holder_stack\":{}", self.stacks.used, self.stacks.holder)?;
        field(out, "suppressed", self.suppressed, 400)?;
        field(out, "text", self.text, 1000)?;
        out.write_str("}\n")
    }
}

/// One field, its value cut so that no more than `most` bytes of it are written: all fields at their most make a
/// record of less than [`MAX`].
fn field(out: &mut impl Write, name: &str, value: &[u8], most: usize) -> fmt::Result {
    write!(out, ",\"{name}\":\"")?;
    text(out, value, most)?;
    out.write_char('"')
}

/// Writes `bytes` as the inside of a JSON string, as much as fits into `most` bytes, and answers how many those were.
/// What is not UTF-8 becomes U+FFFD.
fn text(out: &mut impl Write, bytes: &[u8], most: usize) -> Result<usize, fmt::Error> {
    let mut written = 0;
    for chunk in bytes.utf8_chunks() {
        let invalid = (!chunk.invalid().is_empty()).then_some('\u{fffd}');
        for letter in chunk.valid().chars().chain(invalid) {
            let control = (letter as u32) < 0x20 || letter == '\u{7f}';
            let escaped = matches!(letter, '"' | '\\');
            written += if control { 6 } else { letter.len_utf8() + usize::from(escaped) };
            if written > most {
                return Ok(most);
            }
            if control {
                write!(out, "\\u{:04x}", letter as u32)?;
            } else {
                if escaped {
                    out.write_char('\\')?;
                }
                out.write_char(letter)?;
            }
        }
    }
    Ok(written)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample<'a>(comm: &'a [u8], text: &'a [u8]) -> Record<'a> {
        Record {
            time_ns: 1_700_000_000_123_456_789,
            pid: 4711,
            ppid: 4690,
            tid: 4711,
            comm,
            slug: "inherited-poller",
            action: "repair",
            outcome: Outcome::Repaired,
            call: "epoll_ctl",
            fd: 7,
            owner: 4690,
            registrations: 3,
            lost: 0,
            errno: 0,
            made_at: b"libuv.so.1+0x1a2b",
            forked_at: b"",
            lock: b"libc.so.6+0x1dc140",
            holder: 4695,
            holder_name: b"asks names",
            holder_at: b"getaddrinfo",
            waited_us: 57,
            held_back: 0,
            stacks: Stacks { made: 1, forked: 2, used: 3, holder: 0 },
            suppressed: b"",
            text,
        }
    }

    #[test]
    fn hostile_text_stays_one_line_of_json() {
        let mut line = String::new();
        sample(b"\x1b[31m\"\\\n\xff", b"ok").encode(&mut line).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["comm"], "\u{1b}[31m\"\\\n\u{fffd}");
        assert_eq!(value["v"], VERSION);
        assert_eq!(value["time_ns"], 1_700_000_000_123_456_789_u64);
    }

    #[test]
    fn a_record_of_the_worst_texts_fits() {
        let worst = [1; MAX];
        let record = Record {
            time_ns: u64::MAX,
            pid: u32::MAX,
            ppid: u32::MAX,
            tid: u32::MAX,
            fd: i32::MIN,
            owner: u32::MAX,
            registrations: u32::MAX,
            lost: u32::MAX,
            errno: i32::MIN,
            made_at: &worst,
            forked_at: &worst,
            lock: &worst,
            holder: u32::MAX,
            holder_name: &worst,
            holder_at: &worst,
            waited_us: u64::MAX,
            held_back: u64::MAX,
            stacks: Stacks { made: u32::MAX, forked: u32::MAX, used: u32::MAX, holder: u32::MAX },
            suppressed: &worst,
            ..sample(&worst, &worst)
        };
        let mut line = String::new();
        record.encode(&mut line).unwrap();
        assert!(line.len() <= MAX && line.ends_with("}\n"), "{} bytes", line.len());
        assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
    }
}
