//! Records of what happens to processes: where they come from, how they end.

use super::{EXEC, EXIT, FORK, REAP, ROTATED, START, VERSION, field, text};
use core::fmt::{self, Write};

/// Most bytes of `exe` in a record, escaped.
const EXE_MOST: usize = 1200;
/// Most bytes of `argv` in a record, escaped, with quotes and commas.
const ARGV_MOST: usize = 2000;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Life<'a> {
    /// Nanoseconds since 1970, `CLOCK_REALTIME`.
    pub time_ns: u64,
    /// The process that writes this.
    pub pid: u32,
    /// What happened.
    pub event: Event<'a>,
}

/// What happened to a process.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The library has come into a program.
    Start {
        /// The parent; 0 when that lives in another pid namespace.
        ppid: u32,
        /// The thread.
        tid: u32,
        /// Its name, at most 15 bytes (proc(5), comm).
        comm: &'a [u8],
        /// The program's path, empty if unknown.
        exe: &'a [u8],
        /// What it was started with; what does not fit into the record is cut.
        argv: &'a [&'a [u8]],
        /// The `mode` in force.
        mode: &'a str,
        /// The library's version.
        version: &'a str,
    },
    /// `call` has made a process.
    Fork {
        /// The thread that called.
        tid: u32,
        /// The C function.
        call: &'a str,
        /// The new process.
        child: u32,
    },
    /// `call` is about to put another program into this process.
    Exec {
        /// The parent.
        ppid: u32,
        /// The C function.
        call: &'a str,
    },
    /// The process ends by itself.
    Exit {
        /// The parent.
        ppid: u32,
        /// What the parent will be told, 0 to 255.
        status: i32,
    },
    /// The parent was told of the end of a child.
    Reap {
        /// The child.
        child: u32,
        /// How it ended (wait(2)).
        status: i32,
    },
    /// This file took the place of one that had grown too long.
    Rotated {
        /// Its size.
        bytes: u64,
    },
}

impl Event<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Start { .. } => START,
            Self::Fork { .. } => FORK,
            Self::Exec { .. } => EXEC,
            Self::Exit { .. } => EXIT,
            Self::Reap { .. } => REAP,
            Self::Rotated { .. } => ROTATED,
        }
    }
}

impl Life<'_> {
    /// Writes the record and its newline, at most [`MAX`](super::MAX) bytes.
    ///
    /// # Errors
    /// Whatever `out` answers.
    pub fn encode(&self, out: &mut impl Write) -> fmt::Result {
        write!(out, "{{\"v\":{VERSION},\"kind\":\"{}\"", self.event.kind())?;
        write!(out, ",\"time_ns\":{},\"pid\":{}", self.time_ns, self.pid)?;
        match self.event {
            Event::Start { ppid, tid, comm, exe, argv, mode, version } => {
                write!(out, ",\"ppid\":{ppid},\"tid\":{tid}")?;
                field(out, "comm", comm, 96)?;
                field(out, "exe", exe, EXE_MOST)?;
                out.write_str(",\"argv\":[")?;
                words(out, argv)?;
                out.write_char(']')?;
                field(out, "mode", mode.as_bytes(), 32)?;
                field(out, "version", version.as_bytes(), 64)?;
            }
            Event::Fork { tid, call, child } => {
                write!(out, ",\"tid\":{tid}")?;
                field(out, "call", call.as_bytes(), 64)?;
                write!(out, ",\"child\":{child}")?;
            }
            Event::Exec { ppid, call } => {
                write!(out, ",\"ppid\":{ppid}")?;
                field(out, "call", call.as_bytes(), 64)?;
            }
            Event::Exit { ppid, status } => write!(out, ",\"ppid\":{ppid},\"status\":{status}")?,
            Event::Reap { child, status } => write!(out, ",\"child\":{child},\"status\":{status}")?,
            Event::Rotated { bytes } => write!(out, ",\"bytes\":{bytes}")?,
        }
        out.write_str("}\n")
    }
}

/// The strings of an array, as many as fit, the last of them cut.
fn words(out: &mut impl Write, argv: &[&[u8]]) -> fmt::Result {
    let mut room = ARGV_MOST;
    for (place, word) in argv.iter().enumerate() {
        // Two quotes and a comma.
        let Some(left) = room.checked_sub(3) else { break };
        out.write_str(if place == 0 { "\"" } else { ",\"" })?;
        let written = text(out, word, left)?;
        out.write_char('"')?;
        room = left.saturating_sub(written);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::MAX;
    use super::*;
    use proptest::prelude::*;

    fn written(event: Event<'_>) -> String {
        let mut line = String::new();
        Life { time_ns: 1, pid: 2, event }.encode(&mut line).unwrap();
        line
    }

    fn start<'a>(comm: &'a [u8], exe: &'a [u8], argv: &'a [&'a [u8]]) -> Event<'a> {
        Event::Start { ppid: 1, tid: 2, comm, exe, argv, mode: "repair", version: "0.1.0" }
    }

    #[test]
    fn each_kind_has_its_fields() {
        assert_eq!(
            written(start(b"sh", b"/bin/sh", &[b"sh", b"-c", b""])),
            "{\"v\":1,\"kind\":\"start\",\"time_ns\":1,\"pid\":2,\"ppid\":1,\"tid\":2,\"comm\":\"sh\",\
             \"exe\":\"/bin/sh\",\"argv\":[\"sh\",\"-c\",\"\"],\"mode\":\"repair\",\"version\":\"0.1.0\"}\n"
        );
        assert_eq!(
            written(Event::Fork { tid: 3, call: "fork", child: 4 }),
            "{\"v\":1,\"kind\":\"fork\",\"time_ns\":1,\"pid\":2,\"tid\":3,\"call\":\"fork\",\"child\":4}\n"
        );
        assert_eq!(
            written(Event::Exec { ppid: 1, call: "execve" }),
            "{\"v\":1,\"kind\":\"exec\",\"time_ns\":1,\"pid\":2,\"ppid\":1,\"call\":\"execve\"}\n"
        );
        assert_eq!(
            written(Event::Exit { ppid: 1, status: 66 }),
            "{\"v\":1,\"kind\":\"exit\",\"time_ns\":1,\"pid\":2,\"ppid\":1,\"status\":66}\n"
        );
        assert_eq!(
            written(Event::Reap { child: 9, status: 256 }),
            "{\"v\":1,\"kind\":\"reap\",\"time_ns\":1,\"pid\":2,\"child\":9,\"status\":256}\n"
        );
        assert_eq!(
            written(Event::Rotated { bytes: 70_000 }),
            "{\"v\":1,\"kind\":\"rotated\",\"time_ns\":1,\"pid\":2,\"bytes\":70000}\n"
        );
    }

    proptest! {
        #[test]
        fn whatever_a_program_was_started_with_fits(
            comm in proptest::collection::vec(any::<u8>(), 0..16),
            exe in proptest::collection::vec(any::<u8>(), 0..4096),
            argv in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..900), 0..60),
        ) {
            let words: Vec<&[u8]> = argv.iter().map(|word| &word[..]).collect();
            let line = written(start(&comm, &exe, &words));
            prop_assert!(line.len() <= MAX);
            prop_assert_eq!(line.matches('\n').count(), 1);
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            let whole = String::from_utf8_lossy(&exe);
            prop_assert!(whole.starts_with(value["exe"].as_str().unwrap()));
            for (word, given) in value["argv"].as_array().unwrap().iter().zip(&argv) {
                prop_assert!(String::from_utf8_lossy(given).starts_with(word.as_str().unwrap()));
            }
        }
    }
}
