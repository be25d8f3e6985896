//! Words of a command line that a reader types again.

use std::env;
use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::harmless;

/// This command, as the shell that started it finds it again.
pub fn own() -> String {
    let name = env::args_os().next().filter(|name| name.as_bytes().contains(&b'/'));
    name.map_or_else(|| "forkproof".to_owned(), |name| file(Path::new(&name)))
}

/// A file's name as one word, which is not taken for an option.
pub fn file(file: &Path) -> String {
    let name = file.as_os_str();
    let folder = if name.as_bytes().starts_with(b"-") { "./" } else { "" };
    format!("{folder}{}", word(name))
}

/// One word of sh, bash or zsh: bare where nothing in it is special. What would steer a terminal, and bytes that are no
/// text, are spelled in `$'...'` (POSIX.1-2024, 2.2.4).
pub fn word(word: &OsStr) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_/.,:=@%+-".contains(letter);
    let bytes = word.as_bytes();
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if !text.contains(harmless::steers) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => {
            let mut shown = "$'".to_owned();
            for &byte in bytes {
                // Three digits in octal: a fourth would not be taken for a part of it.
                let _ = match byte {
                    b'\'' | b'\\' => write!(shown, "\\{}", char::from(byte)),
                    b' '..=b'~' => write!(shown, "{}", char::from(byte)),
                    _ => write!(shown, "\\{byte:03o}"),
                };
            }
            shown + "'"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    #[test]
    fn what_is_special_is_quoted_and_nothing_else() {
        for (given, quoted) in [
            ("/srv/fork.log", "/srv/fork.log"),
            ("my log", "'my log'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("~/x", "'~/x'"),
            ("a\x1b[2J", r"$'a\033[2J'"),
        ] {
            assert_eq!(word(OsStr::new(given)), quoted);
        }
        assert_eq!(word(OsStr::from_bytes(b"caf\xe9")), r"$'caf\351'");
        assert_eq!(file(Path::new("-v")), "./-v");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn a_shell_reads_it_back(bytes in proptest::collection::vec(1..=255_u8, 0..20)) {
            let script = format!("printf %s {}", word(OsStr::from_bytes(&bytes)));
            let output = Command::new("bash").arg("-c").arg(script).output().unwrap();
            prop_assert_eq!(output.stdout, bytes);
        }
    }
}
