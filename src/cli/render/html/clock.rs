//! Time on the page: the span of the run, places in it, and lengths in words.

use crate::cli::history::History;
use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

/// Places are whole parts of the run's length, so many of them: fine enough for a zoom of some thousands.
pub const PARTS: u32 = 10_000_000;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// From the first record to the last, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: u64,
    pub until: u64,
}

impl Span {
    /// A record without a time counts for nothing here.
    pub fn of(history: &History) -> Self {
        let times = history
            .processes
            .iter()
            .flat_map(|process| [process.first_ns, process.last_ns, process.end.map_or(0, |(at, _)| at)]);
        let (from, until) = times
            .filter(|&at| at != 0)
            .fold((u64::MAX, 0), |(from, until), at| (from.min(at), until.max(at)));
        if from > until { Self { from: 0, until: 0 } } else { Self { from, until } }
    }

    /// Nanoseconds, at least one.
    pub fn length(self) -> u64 {
        (self.until - self.from).max(1)
    }

    /// The place of a moment, 0 to [`PARTS`].
    pub fn place(self, at: u64) -> u32 {
        let since = u128::from(at.clamp(self.from, self.until) - self.from);
        let part = since * u128::from(PARTS) / u128::from(self.length());
        u32::try_from(part).unwrap_or(PARTS)
    }

    /// How long after the start, in words.
    pub fn since(self, at: u64) -> String {
        length(at.clamp(self.from, self.until) - self.from)
    }

    /// About eight marks of the axis: place and label.
    pub fn ticks(self) -> Vec<(u32, String)> {
        let step = step(self.length());
        let unit = unit(self.length());
        let marks = (0..=self.length() / step).map(|number| number * step);
        marks.map(|since| (self.place(self.from + since), axis(since, unit))).collect()
    }
}

/// The round length nearest above an eighth of this one.
fn step(length: u64) -> u64 {
    let least = (length / 8).max(1);
    let decimal = (0..10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    let clock = [10, 15, 30].map(|count| count * SECOND).into_iter();
    let clock = clock.chain([1, 2, 5, 10, 15, 30].map(|count| count * MINUTE));
    let clock = clock.chain([1, 2, 3, 6, 12].map(|count| count * HOUR));
    let days = (0..6).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power) * DAY));
    decimal.chain(clock).chain(days).find(|&step| step >= least).unwrap_or(length)
}

const UNITS: [(u64, &str); 6] =
    [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (1_000_000, "ms"), (1000, "µs")];

/// The unit of an axis so long: the largest of which it holds two.
fn unit(length: u64) -> (u64, &'static str) {
    UNITS.into_iter().find(|&(unit, _)| length >= 2 * unit).unwrap_or((1, "ns"))
}

/// A mark's label, in the axis's unit with as many decimals as it needs.
fn axis(since: u64, (unit, word): (u64, &str)) -> String {
    // Three decimals of the unit, the last one rounded.
    let thousandths = u64::try_from((u128::from(since) * 1000 + u128::from(unit) / 2) / u128::from(unit));
    let thousandths = thousandths.unwrap_or(u64::MAX);
    let mut text = (thousandths / 1000).to_string();
    let rest = format!("{:03}", thousandths % 1000);
    let rest = rest.trim_end_matches('0');
    if !rest.is_empty() {
        let _ = write!(text, ".{rest}");
    }
    format!("{text} {word}")
}

/// A length in words, with three figures or so.
pub fn length(ns: u64) -> String {
    let (high, low) = match ns {
        DAY.. => ((ns / DAY, "d"), (ns % DAY / HOUR, "h")),
        HOUR.. => ((ns / HOUR, "h"), (ns % HOUR / MINUTE, "min")),
        MINUTE.. => ((ns / MINUTE, "min"), (ns % MINUTE / SECOND, "s")),
        _ => {
            let (unit, word) = UNITS.into_iter().find(|&(unit, _)| ns >= unit).unwrap_or((1, "ns"));
            // The last figures of a long second say nothing.
            let kept = if ns >= 10 * SECOND { ns / (SECOND / 10) * (SECOND / 10) } else { ns };
            return axis(kept, (unit, word));
        }
    };
    if low.0 == 0 {
        format!("{} {}", high.0, high.1)
    } else {
        format!("{} {} {} {}", high.0, high.1, low.0, low.1)
    }
}

/// A moment as RFC 3339 has it, to the second and in UTC.
pub fn date(ns: u64) -> String {
    let mut text = String::new();
    // A u64 of nanoseconds ends in 2554, which the crate can write.
    let _ = write!(text, "{}", humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_nanos(ns)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(length: u64) -> Vec<String> {
        Span { from: 7, until: 7 + length }.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn an_axis_has_round_labels() {
        assert_eq!(labels(8 * SECOND), ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s", "8 s"]);
        assert_eq!(labels(3 * SECOND), ["0 s", "0.5 s", "1 s", "1.5 s", "2 s", "2.5 s", "3 s"]);
        assert_eq!(labels(3 * HOUR), ["0 h", "0.5 h", "1 h", "1.5 h", "2 h", "2.5 h", "3 h"]);
        assert_eq!(labels(0), ["0 ns", "1 ns"]);
        for length in [1, 999, 5_000_000, 61 * SECOND, 40 * MINUTE, 20 * DAY, u64::MAX - 7] {
            let count = labels(length).len();
            assert!((2..=10).contains(&count), "{length}: {count} ticks");
        }
    }

    #[test]
    fn lengths_and_dates_are_those_of_people() {
        assert_eq!(length(1_500_000), "1.5 ms");
        assert_eq!(length(12 * SECOND + 345_678_901), "12.3 s");
        assert_eq!(length(63 * SECOND), "1 min 3 s");
        assert_eq!(length(25 * HOUR), "1 d 1 h");
        assert_eq!(date(1_700_000_000_123_456_789), "2023-11-14T22:13:20Z");
        date(u64::MAX);
    }

    #[test]
    fn a_place_is_always_within_the_run() {
        let span = Span { from: 100, until: 200 };
        assert_eq!([0, 100, 150, 200, u64::MAX].map(|at| span.place(at)), [0, 0, PARTS / 2, PARTS, PARTS]);
    }
}
