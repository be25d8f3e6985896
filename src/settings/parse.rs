//! How `FORKPROOF_OPTIONS` is read: one parser over bytes, and what it says of what it cannot take.

use super::{ACTIONS, Action, Identity, KEYS, Mode, Settings, Syslog};
use core::fmt;

/// Why one `key=value` was passed over. The key then counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complaint<'a> {
    /// No such key.
    Unknown {
        /// What stood before the `=`.
        key: &'a [u8],
    },
    /// The key exists, the value does not fit it.
    Bad {
        /// What stood before the `=`.
        key: &'a [u8],
        /// What stood after it.
        value: &'a [u8],
        /// What may stand there.
        takes: &'static str,
    },
    /// More text than there is room for; all of it was passed over.
    TooLong {
        /// Bytes there were.
        length: usize,
        /// Bytes there is room for.
        most: usize,
    },
    /// There was no `=`.
    Bare {
        /// The whole item.
        item: &'a [u8],
    },
}

impl fmt::Display for Complaint<'_> {
    /// What is wrong and what to write instead, one line, without control characters.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Unknown { key } => {
                let key = key.escape_ascii();
                write!(out, "unknown key `{key}` ignored; help=1 lists the keys")
            }
            Self::Bad { key, value, takes } => {
                let (key, value) = (key.escape_ascii(), value.escape_ascii());
                write!(out, "`{key}={value}` ignored: {key} takes {takes}")
            }
            Self::TooLong { length, most } => {
                write!(out, "all options ignored: {length} bytes, at most {most} are read")
            }
            Self::Bare { item } => write!(out, "`{}` ignored: write key=value", item.escape_ascii()),
        }
    }
}

impl<'a> Settings<'a> {
    /// Reads `key=value:key=value`. Later items win; spaces around an item and empty items are
    /// ignored; a value in double quotes may contain colons.
    pub fn parse(text: &'a [u8], slugs: &[&str], mut complain: impl FnMut(Complaint<'a>)) -> Self {
        let mut settings = Settings::DEFAULT;
        let mut rest = text;
        while !rest.is_empty() {
            let (item, after) = split_item(rest);
            rest = after;
            let item = item.trim_ascii();
            if item.is_empty() {
                continue;
            }
            let Some(equals) = item.iter().position(|&byte| byte == b'=') else {
                complain(Complaint::Bare { item });
                continue;
            };
            let (key, value) = item.split_at(equals);
            let value = unquoted(value.split_first().map_or(&[][..], |(_, value)| value));
            if let Err(complaint) = settings.set(key, value, slugs) {
                complain(complaint);
            }
        }
        settings
    }

    fn set(&mut self, key: &'a [u8], value: &'a [u8], slugs: &[&str]) -> Result<(), Complaint<'a>> {
        let bad = |takes| Complaint::Bad { key, value, takes };
        let takes =
            KEYS.iter().find(|known| known.name.as_bytes() == key).map_or(ACTIONS, |known| known.values);
        match key {
            b"mode" => self.mode = word(value, &Mode::ALL, Mode::word).ok_or(bad(takes))?,
            b"identity" => self.identity = word(value, &Identity::ALL, Identity::word).ok_or(bad(takes))?,
            b"log_path" if !value.is_empty() => self.log_path = value,
            b"log_processes" => self.log_processes = flag(value).ok_or(bad(takes))?,
            b"log_max_kb" => self.log_max_kb = number(value, 0, 1_000_000_000).ok_or(bad(takes))?,
            b"syslog" => self.syslog = word(value, &Syslog::ALL, Syslog::word).ok_or(bad(takes))?,
            b"suppressions" if !value.is_empty() => self.suppressions = value,
            b"log_path" | b"suppressions" => return Err(bad(takes)),
            b"stack_depth" => {
                let depth = number(value, 0, 32).and_then(|depth| u8::try_from(depth).ok());
                self.stack_depth = depth.ok_or(bad(takes))?;
            }
            b"shared_pollers" => self.shared_pollers = value,
            b"limit" => self.limit = number(value, 0, 1_000_000).ok_or(bad(takes))?,
            b"exitcode" => {
                let code = number(value, 1, 255).and_then(|code| u8::try_from(code).ok());
                self.exitcode = code.ok_or(bad(takes))?;
            }
            b"verbosity" => {
                let level = number(value, 0, 2).and_then(|level| u8::try_from(level).ok());
                self.verbosity = level.ok_or(bad(takes))?;
            }
            b"resolver_wait_ms" => self.resolver_wait_ms = number(value, 0, 10_000).ok_or(bad(takes))?,
            b"resolver_locks" => self.resolver_locks = flag(value).ok_or(bad(takes))?,
            b"resolver_heal" => self.resolver_heal = flag(value).ok_or(bad(takes))?,
            b"grace_ms" => self.grace_ms = number(value, 0, 60_000).ok_or(bad(takes))?,
            b"defer_signals" => self.defer_signals = signals(value).ok_or(bad(takes))?,
            b"defer_ms" => self.defer_ms = number(value, 1, 60_000).ok_or(bad(takes))?,
            b"cancel_wait_ms" => self.cancel_wait_ms = number(value, 0, 60_000).ok_or(bad(takes))?,
            b"lost_wait_s" => self.lost_wait_s = number(value, 1, 86_400).ok_or(bad(takes))?,
            b"verify" => self.verify = flag(value).ok_or(bad(takes))?,
            b"help" => self.help = flag(value).ok_or(bad(takes))?,
            _ => {
                let place = slugs.iter().position(|slug| slug.as_bytes() == key);
                let slot =
                    place.and_then(|place| self.chosen.get_mut(place)).ok_or(Complaint::Unknown { key })?;
                *slot = Some(word(value, &Action::ALL, Action::word).ok_or(bad(takes))?);
            }
        }
        Ok(())
    }
}

fn split_item(text: &[u8]) -> (&[u8], &[u8]) {
    let mut quoted = false;
    for (place, &byte) in text.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b':' if !quoted => {
                let (item, rest) = text.split_at(place);
                return (item, rest.split_first().map_or(&[], |(_, rest)| rest));
            }
            _ => {}
        }
    }
    (text, &[])
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

fn word<T: Copy>(value: &[u8], all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|&one| name(one).as_bytes() == value)
}

fn flag(value: &[u8]) -> Option<bool> {
    match value {
        b"0" => Some(false),
        b"1" => Some(true),
        _ => None,
    }
}

fn number(value: &[u8], low: u32, high: u32) -> Option<u32> {
    let text = core::str::from_utf8(value).ok()?;
    if text.starts_with('+') {
        return None;
    }
    text.parse().ok().filter(|number| (low..=high).contains(number))
}

/// Signals a program may want held back: none that a fault raises, and none that cannot be handled. Numbers are those
/// of every machine we build for (signal(7), x86 and ARM).
const SIGNALS: [(&str, u32); 16] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("USR1", 10),
    ("USR2", 12),
    ("ALRM", 14),
    ("TERM", 15),
    ("CHLD", 17),
    ("CONT", 18),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("WINCH", 28),
    ("IO", 29),
    ("PWR", 30),
];

fn signals(value: &[u8]) -> Option<u64> {
    value.split(|&byte| byte == b',').try_fold(0, |set, name| {
        let name = name.strip_prefix(b"SIG").unwrap_or(name);
        let (_, number) = SIGNALS.iter().find(|(known, _)| known.as_bytes() == name)?;
        Some(set | 1 << (number - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLUGS: [&str; 2] = ["inherited-poller", "phantom-event"];

    fn parse(text: &str) -> (Settings<'_>, Vec<Complaint<'_>>) {
        let mut complaints = Vec::new();
        let settings = Settings::parse(text.as_bytes(), &SLUGS, |complaint| complaints.push(complaint));
        (settings, complaints)
    }

    #[test]
    fn every_key_is_read() {
        let (settings, complaints) = parse(
            "mode=strict:log_path=/tmp/log.%p:limit=3:exitcode=7:shared_pollers=5,libfoo.so:verify=1:verbosity=2:\
             identity=atfork:help=1:resolver_wait_ms=7:resolver_locks=0:resolver_heal=0:grace_ms=9:defer_signals=CHLD,SIGUSR1:defer_ms=5:phantom-event=off:inherited-poller=poison",
        );
        assert_eq!(complaints, []);
        assert_eq!((settings.mode, settings.identity), (Mode::Strict, Identity::Atfork));
        assert_eq!((settings.limit, settings.exitcode, settings.verbosity), (3, 7, 2));
        assert_eq!(settings.log_path, b"/tmp/log.%p");
        assert_eq!(settings.shared_pollers, b"5,libfoo.so");
        assert!(settings.verify && settings.help && !settings.resolver_locks && !settings.resolver_heal);
        assert_eq!((settings.resolver_wait_ms, settings.grace_ms), (7, 9));
        assert_eq!((settings.defer_signals, settings.defer_ms), (1 << 16 | 1 << 9, 5));
        assert_eq!(settings.chosen[..2], [Some(Action::Poison), Some(Action::Off)]);
    }

    #[test]
    fn a_quoted_value_keeps_its_colons() {
        assert_eq!(parse("log_path=\"/a:b\":limit=1").0.log_path, b"/a:b");
        assert_eq!(parse("log_path=\"/a:b\":limit=1").0.limit, 1);
    }

    #[test]
    fn a_bad_item_is_named_and_the_key_counts_as_absent() {
        let (settings, complaints) =
            parse("mode=repiar:limit=-1:exitcode=0:colour=red:verify::limit=+3: :log_path=");
        assert_eq!(settings.mode, Mode::Repair);
        assert_eq!((settings.limit, settings.exitcode), (20, 66));
        let bad = |key: &'static str, value: &'static str, takes| Complaint::Bad {
            key: key.as_bytes(),
            value: value.as_bytes(),
            takes,
        };
        assert_eq!(
            complaints,
            [
                bad("mode", "repiar", "observe|repair|strict"),
                bad("limit", "-1", "0..1000000"),
                bad("exitcode", "0", "1..255"),
                Complaint::Unknown { key: b"colour" },
                Complaint::Bare { item: b"verify" },
                bad("limit", "+3", "0..1000000"),
                bad("log_path", "", "FILE"),
            ]
        );
    }

    #[test]
    fn every_listed_key_is_known() {
        for key in &KEYS {
            let text = format!("{}=\u{1}", key.name);
            for complaint in parse(&text).1 {
                assert!(!matches!(complaint, Complaint::Unknown { .. }), "{}", key.name);
            }
        }
    }
}
