//! Findings that a user has seen and accepts: lines of `type:pattern`, the grammar of `ThreadSanitizer`'s suppressions.
//!
//! Plain data: no allocation, no environment. The text is kept as it is and walked through again for each question; a
//! question is asked once a finding. What a suppressed finding loses is not decided here: see `report`.

use core::fmt;

/// The type that stands for every slug.
pub const ANY: &str = "called_from_lib";

/// Longest line, without its newline: it is repeated in the log, where a record has 4096 bytes.
pub const LONGEST: usize = 256;

/// Largest file, in bytes.
pub const LARGEST: usize = 1 << 20;

/// Why one line was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complaint<'a> {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault<'a>,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault<'a> {
    /// There is no colon.
    Bare {
        /// The whole line.
        text: &'a [u8],
    },
    /// What stands before the colon is neither a slug nor [`ANY`].
    Unknown {
        /// What stands there.
        kind: &'a [u8],
    },
    /// Nothing stands after the colon.
    NoPattern {
        /// The whole line.
        text: &'a [u8],
    },
    /// It is longer than [`LONGEST`].
    TooLong {
        /// Its bytes.
        length: usize,
    },
}

impl fmt::Display for Complaint<'_> {
    /// What is wrong and what to write instead, one line, without control characters.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: ", self.line)?;
        match self.fault {
            Fault::Bare { text } => {
                write!(out, "`{}` ignored: write SLUG:PATTERN, or {ANY}:PATTERN", text.escape_ascii())
            }
            Fault::Unknown { kind } => write!(
                out,
                "unknown type `{}` ignored: it is a hazard's slug, as findings name it, or {ANY}",
                kind.escape_ascii()
            ),
            Fault::NoPattern { text } => {
                write!(out, "`{}` ignored: no pattern; `*` matches everything", text.escape_ascii())
            }
            Fault::TooLong { length } => write!(out, "ignored: {length} bytes, at most {LONGEST} are read"),
        }
    }
}

/// One line that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suppression<'a> {
    /// Which line of the file, from 1.
    pub line: usize,
    /// The whole of it, without spaces around it.
    pub text: &'a [u8],
    /// The slug, or [`ANY`].
    pub kind: &'a [u8],
    /// What has to match.
    pub pattern: &'a [u8],
}

/// A file of suppressions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Suppressions<'a> {
    text: &'a [u8],
}

impl<'a> Suppressions<'a> {
    /// None at all.
    pub const NONE: Suppressions<'static> = Suppressions { text: b"" };

    /// Takes the text of a file, and complains of each line that says nothing. Empty lines and those that begin with `#`
    /// are comments. A line of an unknown type is complained of and matches nothing.
    pub fn parse(text: &'a [u8], slugs: &[&str], mut complain: impl FnMut(Complaint<'a>)) -> Self {
        for (line, item) in items(text) {
            let fault = match item {
                Err(fault) => fault,
                Ok(item) if item.kind == ANY.as_bytes() => continue,
                Ok(item) if slugs.iter().any(|slug| slug.as_bytes() == item.kind) => continue,
                Ok(item) => Fault::Unknown { kind: item.kind },
            };
            complain(Complaint { line, fault });
        }
        Self { text }
    }

    /// Every line that says something, also those of a type that nobody knows.
    pub fn lines(self) -> impl Iterator<Item = Suppression<'a>> {
        items(self.text).filter_map(|(_, item)| item.ok())
    }

    /// The first line that silences a finding of `slug` about which `texts` are known: module names, functions, source
    /// files, the call, the thread's name. Empty texts match nothing.
    #[allow(single_use_lifetimes)] // one without a name is not to be had here yet (E0658)
    #[allow(clippy::needless_pass_by_value)] // walked once a line, and used up by the last
    pub fn matching<'t>(
        self,
        slug: &str,
        texts: impl Iterator<Item = &'t [u8]> + Clone,
    ) -> Option<Suppression<'a>> {
        self.lines().find(|line| {
            (line.kind == ANY.as_bytes() || line.kind == slug.as_bytes())
                && texts.clone().any(|text| is_match(line.pattern, text))
        })
    }

    /// As [`matching`](Self::matching), the number of that line.
    #[allow(dead_code)] // the command's; the library drops it
    #[allow(single_use_lifetimes)] // as above
    pub fn matches<'t>(self, slug: &str, texts: impl Iterator<Item = &'t [u8]> + Clone) -> Option<usize> {
        self.matching(slug, texts).map(|found| found.line)
    }
}

/// The module of a `module+0xoffset`, whose offset no pattern should have to name; empty for a bare address.
#[must_use]
pub fn module_of(place: &[u8]) -> &[u8] {
    let plus = place.windows(3).rposition(|three| three == b"+0x");
    plus.and_then(|plus| place.get(..plus)).unwrap_or(&[])
}

fn items(text: &[u8]) -> impl Iterator<Item = (usize, Result<Suppression<'_>, Fault<'_>>)> {
    let lines = text.split(|&byte| byte == b'\n').zip(1_usize..);
    lines.filter_map(|(text, line)| {
        let text = text.trim_ascii();
        (!text.is_empty() && !text.starts_with(b"#")).then(|| (line, item(line, text)))
    })
}

fn item(line: usize, text: &[u8]) -> Result<Suppression<'_>, Fault<'_>> {
    if text.len() > LONGEST {
        return Err(Fault::TooLong { length: text.len() });
    }
    let colon = text.iter().position(|&byte| byte == b':').ok_or(Fault::Bare { text })?;
    let (kind, rest) = text.split_at(colon);
    let pattern = rest.get(1..).unwrap_or(&[]).trim_ascii();
    if pattern.is_empty() {
        return Err(Fault::NoPattern { text });
    }
    Ok(Suppression { line, text, kind: kind.trim_ascii(), pattern })
}

/// `*` stands for any bytes; a `^` at the beginning and a `$` at the end hold the pattern to the text's own. Without
/// them it may lie anywhere inside. Nothing matches a text that is not known.
///
/// Takes at most as many steps as the product of both lengths.
#[must_use]
pub fn is_match(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return false;
    }
    let (at_start, pattern) = pattern.strip_prefix(b"^").map_or((false, pattern), |rest| (true, rest));
    let (at_end, pattern) = pattern.strip_suffix(b"$").map_or((false, pattern), |rest| (true, rest));
    let (mut at, mut place) = (0, 0);
    // Where the last star was, and how much of the text it has taken: only the last needs to give way.
    let mut star = (!at_start).then_some((0, 0));
    loop {
        match (pattern.get(place), text.get(at)) {
            (Some(b'*'), _) => {
                place += 1;
                star = Some((place, at));
            }
            (Some(wanted), Some(byte)) if wanted == byte => {
                place += 1;
                at += 1;
            }
            (None, rest) if rest.is_none() || !at_end => return true,
            (Some(_), None) => return false,
            _ => {
                let Some((after, taken)) = star else { return false };
                star = Some((after, taken + 1));
                (place, at) = (after, taken + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SLUGS: [&str; 2] = ["inherited-poller", "lost-wait"];

    fn matches(file: &str, slug: &str, texts: &[&str]) -> Option<usize> {
        let file = Suppressions::parse(file.as_bytes(), &SLUGS, |complaint| panic!("{complaint}"));
        file.matches(slug, texts.iter().map(|text| text.as_bytes()))
    }

    fn complaints(file: &str) -> Vec<String> {
        let mut all = Vec::new();
        let _file = Suppressions::parse(file.as_bytes(), &SLUGS, |complaint| all.push(complaint.to_string()));
        all
    }

    /// What `is_match` must answer, by the definition: every way to divide the text is tried.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        fn rest(pattern: &[u8], text: &[u8], at_end: bool) -> bool {
            match pattern {
                [] => text.is_empty() || !at_end,
                [b'*', after @ ..] => (0..=text.len()).any(|taken| rest(after, &text[taken..], at_end)),
                [wanted, after @ ..] => text.first() == Some(wanted) && rest(after, &text[1..], at_end),
            }
        }
        let (at_start, pattern) = pattern.strip_prefix(b"^").map_or((false, pattern), |rest| (true, rest));
        let (at_end, pattern) = pattern.strip_suffix(b"$").map_or((false, pattern), |rest| (true, rest));
        let starts = if at_start { 0..=0 } else { 0..=text.len() };
        !text.is_empty() && starts.into_iter().any(|start| rest(pattern, &text[start..], at_end))
    }

    #[test]
    fn the_first_line_that_fits_wins() {
        let file =
            "# accepted\n\nlost-wait:worker\ninherited-poller: libuv\r\n  inherited-poller:^libuv.so.1$\n";
        assert_eq!(matches(file, "inherited-poller", &["epoll_ctl", "libuv.so.1"]), Some(4));
        assert_eq!(matches(file, "inherited-poller", &["worker"]), None);
        assert_eq!(matches(file, "lost-wait", &["a worker of ours"]), Some(3));
        assert_eq!(matches("called_from_lib:^libuv", "lost-wait", &["libuv.so.1"]), Some(1));
        assert_eq!(matches("lost-wait:*", "lost-wait", &["x"]), Some(1));
        assert_eq!(matches("lost-wait:*", "lost-wait", &[""]), None);
        assert_eq!(matches("", "lost-wait", &["x"]), None);
        assert_eq!(matches("lost-wait:std::mutex::lock", "lost-wait", &["void std::mutex::lock()"]), Some(1));
    }

    #[test]
    fn a_line_that_says_nothing_is_named_with_what_to_write() {
        let long = format!("lost-wait:{}", "x".repeat(LONGEST));
        let file = format!("lost-wait\nlost-wiat:x\nlost-wait: \n{long}\nlost-wait:x\n\x1b:y");
        assert_eq!(
            complaints(&file),
            [
                "line 1: `lost-wait` ignored: write SLUG:PATTERN, or called_from_lib:PATTERN",
                "line 2: unknown type `lost-wiat` ignored: it is a hazard's slug, as findings name it, or called_from_lib",
                "line 3: `lost-wait:` ignored: no pattern; `*` matches everything",
                "line 4: ignored: 266 bytes, at most 256 are read",
                "line 6: unknown type `\\x1b` ignored: it is a hazard's slug, as findings name it, or called_from_lib",
            ]
        );
    }

    #[test]
    fn a_place_is_known_by_its_module() {
        assert_eq!(module_of(b"libuv.so.1+0x1a2b"), b"libuv.so.1");
        assert_eq!(module_of(b"a+0xb+0x10"), b"a+0xb");
        assert_eq!(module_of(b"0x7f0011"), b"");
        assert_eq!(module_of(b""), b"");
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!is_match(
            "a*".repeat(100).as_bytes().strip_suffix(b"*").unwrap(),
            "ab".repeat(60).as_bytes()
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_file(file: Vec<u8>, text: Vec<u8>) {
            let file = Suppressions::parse(&file, &SLUGS, |complaint| assert!(!complaint.to_string().contains('\n')));
            let _ = file.matches("lost-wait", core::iter::once(&text[..]));
            let _ = module_of(&text);
        }

        #[test]
        fn the_matcher_agrees_with_the_definition(pattern in "[ab*^$]{0,8}", text in "[ab*^$]{0,10}") {
            prop_assert_eq!(is_match(pattern.as_bytes(), text.as_bytes()), naive(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn a_pattern_with_spaces_and_colons_is_kept(pattern in "[a-z:#*]{1,40}", text in "[a-z:#]{1,40}") {
            let file = format!("  lost-wait : {pattern} ");
            let parsed = Suppressions::parse(file.as_bytes(), &SLUGS, |complaint| panic!("{complaint}"));
            let found = parsed.matches("lost-wait", core::iter::once(text.as_bytes())).is_some();
            prop_assert_eq!(found, naive(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
