//! Check 5: is there what the program needs, and what our library asks of the C library?

use super::diagnosis::{Check, Findings};
use super::subject::Subject;
use crate::cli::harmless;
use std::collections::BTreeSet;
use std::path::Path;

/// Where programs of a root would be told to find the library.
const THERE: &str = "/usr/local/lib/libforkproof.so";

/// Check 5.
pub fn check(subject: &Subject, findings: &mut Findings) {
    let is_image = subject.pid.is_none() && !subject.root.is_host();
    if is_image && subject.root.file(Path::new(THERE)).is_none() {
        findings.note(
            Check::Libraries,
            format!("the library is not in the root yet, or not as {THERE}"),
            format!(
                "copy {} to that place, and set LD_PRELOAD={THERE}",
                harmless::path(&subject.library.path)
            ),
        );
    }
    let libraries = &subject.libraries;
    for (name, asker) in libraries.missing.iter().take(5) {
        findings.problem(
            Check::Libraries,
            format!(
                "{} needs {}, which is nowhere in the loader's folders{}: it does not start, with or without the library",
                harmless::path(asker),
                harmless::bytes(name),
                subject.root.place()
            ),
            "install the library, or name its folder in LD_LIBRARY_PATH",
        );
    }
    let Some((libc, path)) = subject.libc() else { return };
    if libc.facts.machine != subject.library.machine {
        return;
    }
    let has = libc.versions.iter().map(Vec::as_slice).collect::<BTreeSet<_>>();
    if has.is_empty() {
        return findings.note(
            Check::Libraries,
            format!("{} does not say which versions of glibc it offers", harmless::path(&path)),
            "",
        );
    }
    let lacking = subject.ours.requires.iter().filter(|needed| needed.library == b"libc.so.6");
    let lacking = lacking.filter(|needed| !has.contains(needed.name.as_slice()));
    let lacking = lacking.map(|needed| harmless::bytes(&needed.name)).collect::<Vec<_>>();
    let highest = |names: &BTreeSet<&[u8]>| {
        let numbers = names.iter().filter_map(|name| version(name)).max();
        numbers.map_or_else(|| "unknown".to_owned(), |(major, minor)| format!("{major}.{minor}"))
    };
    let needs = subject.ours.requires.iter().map(|needed| needed.name.as_slice()).collect();
    let (offered, needed) = (highest(&has), highest(&needs));
    if lacking.is_empty() {
        let count = libraries.loaded.len();
        findings.ok(
            Check::Libraries,
            format!(
                "glibc {offered}, the library needs {needed}; all {count} libraries of the program are there"
            ),
        );
    } else {
        findings.problem(
            Check::Libraries,
            format!(
                "{} is glibc {offered}, and libforkproof.so needs {needed} ({})",
                harmless::path(&path),
                lacking.join(", ")
            ),
            format!("use a libforkproof.so that was built for glibc {offered} or older"),
        );
    }
}

/// `GLIBC_2.34` as numbers.
fn version(name: &[u8]) -> Option<(u32, u32)> {
    let text = str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version(b"GLIBC_2.34"), Some((2, 34)));
        assert_eq!(version(b"GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(version(b"GLIBC_PRIVATE"), None);
    }
}
