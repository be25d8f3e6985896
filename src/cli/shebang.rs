//! The `#!` line of a script, read as the kernel reads it (execve(2), "Interpreter scripts").

/// How much of a file the kernel looks at: `BINPRM_BUF_SIZE`.
pub const LONGEST: u64 = 256;

/// The line, without the white space around its parts.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The interpreter's path.
    pub interpreter: &'a [u8],
    /// All the rest, which the kernel hands over as one argument.
    argument: &'a [u8],
}

/// Reads it from the first [`LONGEST`] bytes of a file.
pub fn parse(start: &[u8]) -> Option<Line<'_>> {
    let rest = start.strip_prefix(b"#!")?;
    let end = rest.iter().position(|&byte| byte == b'\n' || byte == 0).unwrap_or(rest.len());
    let line = trimmed(rest.get(..end)?);
    let space = line.iter().position(|&byte| is_space(byte)).unwrap_or(line.len());
    let (interpreter, argument) = line.split_at(space);
    (!interpreter.is_empty()).then_some(Line { interpreter, argument: trimmed(argument) })
}

/// The carriage return of a file with DOS line ends is none: the kernel takes it for a letter of the name.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|&byte| !is_space(byte)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

impl<'a> Line<'a> {
    /// The program that env(1) will look up, if the interpreter is env and the line is plain enough to tell.
    pub fn behind_env(&self) -> Option<&'a [u8]> {
        if self.interpreter.rsplit(|&byte| byte == b'/').next() != Some(b"env") {
            return None;
        }
        let split =
            [&b"-S"[..], b"--split-string="].iter().find_map(|option| self.argument.strip_prefix(*option));
        // Without -S, the argument is one name, however many words it has.
        let Some(words) = split else {
            return Some(self.argument).filter(|word| !word.is_empty() && !word.starts_with(b"-"));
        };
        // Quotes, escapes and variables are env's own language.
        if words.iter().any(|byte| b"'\"\\$".contains(byte)) {
            return None;
        }
        let mut words = words.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.find(|word| !word.contains(&b'=')).filter(|word| !word.starts_with(b"-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_word_is_the_interpreter() {
        let line = |start: &'static [u8]| parse(start).map(|line| (line.interpreter, line.argument));
        assert_eq!(line(b"#!/bin/sh\necho"), Some((&b"/bin/sh"[..], &b""[..])));
        assert_eq!(line(b"#! \t/bin/awk  -f x \n"), Some((&b"/bin/awk"[..], &b"-f x"[..])));
        assert_eq!(line(b"#!\n/bin/sh"), None);
        assert_eq!(line(b"#! \t\n"), None);
        assert_eq!(line(b"#!/bin/sh\r\necho"), Some((&b"/bin/sh\r"[..], &b""[..])));
        assert_eq!(line(b"#"), None);
    }

    #[test]
    fn env_is_looked_through_where_it_is_plain() {
        let behind = |start: &'static [u8]| parse(start).and_then(|line| line.behind_env());
        assert_eq!(behind(b"#!/usr/bin/env python3\n"), Some(&b"python3"[..]));
        assert_eq!(behind(b"#!/usr/bin/env -S LANG=C python3 -u\n"), Some(&b"python3"[..]));
        assert_eq!(behind(b"#!/usr/bin/env python3 -u\n"), Some(&b"python3 -u"[..]));
        assert_eq!(behind(b"#!/usr/bin/env -S -i sh\n"), None);
        assert_eq!(behind(b"#!/usr/bin/env\n"), None);
        assert_eq!(behind(b"#!/bin/sh x\n"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_value(rest: Vec<u8>) {
            let _ = parse(&[b"#!", &rest[..]].concat()).map(|line| line.behind_env().map(<[u8]>::len));
            let _ = parse(&[b"#!/env -S", &rest[..]].concat()).map(|line| line.behind_env().map(<[u8]>::len));
        }
    }
}
