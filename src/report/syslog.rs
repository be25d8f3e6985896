//! Findings in the system's own log, for those who ask for it with `syslog=`.
//!
//! One datagram a finding, sent or not: nothing waits, and what could not be sent is counted with the lines that could
//! not be written. The socket is made for each and closed again; it lies out of the program's way and does not survive
//! an exec. Never under a filter that the program itself installed (`registry::sandbox`).

use super::{Finding, sink};
use crate::registry::sandbox;
use crate::settings::Syslog;
use crate::sys::line::Line;
use crate::sys::{datagram, options, process};
use core::ffi::CStr;
use core::fmt::{self, Write};

/// Daemon, warning (RFC 3164 4.1.1): 3 * 8 + 4.
const PRIORITY: u32 = 28;
/// The same severity, as the journal has it (systemd.journal-fields(7)).
const WARNING: u32 = 4;
const TO_SYSLOG: &CStr = c"/dev/log";
const TO_JOURNAL: &CStr = c"/run/systemd/journal/socket";
/// Longest datagram: 512 bytes of text, and what stands around it.
const LONGEST: usize = 1536;

/// Sends it where the settings say.
pub fn tell(finding: &Finding<'_>, held_back: u64) {
    let (path, write): (&CStr, fn(&mut Line<LONGEST>, &Finding<'_>, u64)) = match options::get().syslog {
        Syslog::Off => return,
        Syslog::Syslog => (TO_SYSLOG, plain),
        Syslog::Journal => (TO_JOURNAL, native),
    };
    if !sandbox::is_entered() {
        send(path, finding, held_back, write);
    }
}

/// Apart, for its frame.
#[cold]
#[inline(never)]
fn send(
    path: &CStr,
    finding: &Finding<'_>,
    held_back: u64,
    write: fn(&mut Line<LONGEST>, &Finding<'_>, u64),
) {
    let mut message = Line::new();
    write(&mut message, finding, held_back);
    if sink::out_of_the_way(datagram::socket)
        .and_then(|socket| datagram::send(socket, path, message.bytes()))
        .is_err()
    {
        sink::went_nowhere();
    }
}

fn sentence(finding: &Finding<'_>, held_back: u64) -> Line<640> {
    let mut text = Line::new();
    let _cut_is_fine = write!(text, "{}: {}", finding.slug, finding.text);
    if held_back != 0 {
        let _cut_is_fine = write!(text, " ({held_back} more like this were held back before it)");
    }
    text
}

/// Without a time: the daemon knows it, and the local time would take a lock of libc's (RFC 3164 4.3.2).
fn plain(out: &mut Line<LONGEST>, finding: &Finding<'_>, held_back: u64) {
    let _cut_is_fine = write!(out, "<{PRIORITY}>forkproof[{}]: ", process::pid());
    // A line of its own must not begin within it.
    for &byte in sentence(finding, held_back).bytes() {
        out.push(if byte < b' ' || byte == 0x7f { b"?" } else { core::slice::from_ref(&byte) });
    }
}

fn native(out: &mut Line<LONGEST>, finding: &Finding<'_>, held_back: u64) {
    field(out, "MESSAGE", sentence(finding, held_back).bytes());
    number(out, "PRIORITY", WARNING);
    field(out, "SYSLOG_IDENTIFIER", b"forkproof");
    number(out, "SYSLOG_PID", process::pid());
    field(out, "FORKPROOF_SLUG", finding.slug.as_bytes());
    field(out, "FORKPROOF_ACTION", finding.action.word().as_bytes());
    field(out, "FORKPROOF_OUTCOME", finding.outcome.word().as_bytes());
    field(out, "FORKPROOF_CALL", finding.call.as_bytes());
    number(out, "FORKPROOF_FD", finding.fd);
    number(out, "FORKPROOF_OWNER", finding.owner);
    number(out, "FORKPROOF_ERRNO", finding.errno.map_or(0, |errno| errno.0));
    number(out, "FORKPROOF_HELD_BACK", held_back);
}

fn number(out: &mut Line<LONGEST>, name: &str, value: impl fmt::Display) {
    let mut digits = Line::<24>::new();
    let _fits = write!(digits, "{value}");
    field(out, name, digits.bytes());
}

/// A value with a newline is framed by its length (systemd's `JOURNAL_NATIVE_PROTOCOL`).
fn field(out: &mut Line<LONGEST>, name: &str, value: &[u8]) {
    out.push(name.as_bytes());
    if value.contains(&b'\n') {
        out.push(b"\n");
        out.push(&(value.len() as u64).to_le_bytes());
    } else {
        out.push(b"=");
    }
    out.push(value);
    out.push(b"\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Action;
    use crate::wire::Outcome;

    fn with(text: fmt::Arguments<'_>, check: impl FnOnce(&Finding<'_>)) {
        check(&Finding::new(0, "lost-wait", Action::Report, Outcome::Reported, "read", text));
    }

    #[test]
    fn a_datagram_of_syslog_is_one_line() {
        with(format_args!("a\nb\x1b[m é"), |finding| {
            let mut out = Line::new();
            plain(&mut out, finding, 2);
            let text = core::str::from_utf8(out.bytes()).unwrap();
            let expected = format!(
                "<28>forkproof[{}]: lost-wait: a?b?[m é (2 more like this were held back before it)",
                std::process::id()
            );
            assert_eq!(text, expected);
        });
    }

    #[test]
    fn a_datagram_for_the_journal_frames_what_has_a_newline() {
        with(format_args!("a\nb"), |finding| {
            let mut out = Line::new();
            native(&mut out, finding, 0);
            assert!(out.bytes().starts_with(b"MESSAGE\n\x0e\0\0\0\0\0\0\0lost-wait: a\nb\nPRIORITY=4\n"));
            let rest = out.bytes().windows(26).any(|part| part == b"\nFORKPROOF_SLUG=lost-wait\n");
            assert!(rest && out.bytes().ends_with(b"FORKPROOF_HELD_BACK=0\n"));
        });
    }

    #[test]
    fn the_longest_finding_fits() {
        let long = "x".repeat(4096);
        with(format_args!("{long}"), |finding| {
            let mut out = Line::new();
            native(&mut out, finding, u64::MAX);
            assert!(out.bytes().ends_with(format!("FORKPROOF_HELD_BACK={}\n", u64::MAX).as_bytes()));
        });
    }
}
