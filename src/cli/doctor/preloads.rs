//! Check 7: what else is preloaded, by `LD_PRELOAD` and by /etc/ld.so.preload, in which order, and what it hooks that
//! we hook too.

use super::diagnosis::{Check, Findings};
use super::search::Search;
use super::subject::Subject;
use crate::cli::image::Image;
use crate::cli::{harmless, preload};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const FILE: &str = "/etc/ld.so.preload";

/// What people preload, and what is known about us beside it.
const KNOWN: [(&str, &str); 8] = [
    ("libjemalloc", "jemalloc replaces malloc, which the library does not touch"),
    ("libtcmalloc", "tcmalloc replaces malloc, which the library does not touch"),
    ("libmimalloc", "mimalloc replaces malloc, which the library does not touch"),
    (
        "libfaketime",
        "libfaketime changes the times that waits are given; the library waits by the real clock",
    ),
    ("libeatmydata", "eatmydata switches fsync off, which the library does not touch"),
    ("launcher.preload", "Datadog's injector; it works when the program starts, before there is a fork"),
    ("libotelinject", "OpenTelemetry's injector; it works when the program starts, before there is a fork"),
    ("libasan", "the address sanitizer's runtime has to come first"),
];

pub fn check(subject: &Subject, findings: &mut Findings) {
    let Some(program) = subject.program() else { return };
    let search = Search::new(&subject.root, program.facts.machine, subject.variable("LD_LIBRARY_PATH"));
    let list = subject.variable("LD_PRELOAD").unwrap_or_default();
    let file = subject.root.file(Path::new(FILE)).and_then(|file| fs::read(file).ok()).unwrap_or_default();
    let mut count = 0;
    for (source, text) in [("LD_PRELOAD", list.as_bytes()), (FILE, &file[..])] {
        for entry in preload::entries(text) {
            count += 1;
            one(subject, &search, source, entry, findings);
        }
    }
    let runtime = program.sanitizer();
    let composed = preload::compose(Some(list), subject.library.path.as_os_str(), runtime.as_deref());
    let order = harmless::path(Path::new(&composed.value));
    if count == 0 {
        findings.ok(Check::Preloads, "nothing else is preloaded");
    } else if subject.pid.is_none() {
        findings.ok(Check::Preloads, format!("`forkproof run` sets LD_PRELOAD={order}"));
    }
}

fn one(subject: &Subject, search: &Search<'_>, source: &str, entry: &[u8], findings: &mut Findings) {
    let name = harmless::bytes(entry);
    let base = entry.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    if base == b"libforkproof.so" {
        let ours = subject.library.path.as_os_str().as_bytes() == entry;
        return if ours || subject.pid.is_some() || !subject.root.is_host() {
            findings.ok(Check::Preloads, format!("{source} names the library: {name}"));
        } else {
            findings.note(
                Check::Preloads,
                format!("{source} names another copy of the library, {name}"),
                "`forkproof run` puts its own in that one's place",
            );
        };
    }
    let Some((_, image)) = search.find(entry, None) else {
        return findings.note(
            Check::Preloads,
            format!("{source} names {name}, which the loader does not find for this program and passes over"),
            format!("take it out of {source}, or put a file for this machine there"),
        );
    };
    let base = String::from_utf8_lossy(base);
    let known = KNOWN.iter().find(|(start, _)| base.starts_with(start)).map(|(_, text)| *text);
    let both = both(&image, &subject.ours);
    let order = if source == FILE {
        "it comes after LD_PRELOAD, so after the library"
    } else {
        "the library comes before it"
    };
    match (known, &both[..]) {
        (Some(known), []) => findings.ok(Check::Preloads, format!("{name}: {known}; {order}")),
        (None, []) => {
            findings.ok(Check::Preloads, format!("{name} hooks nothing that the library hooks; {order}"));
        }
        (known, both) => findings.note(
            Check::Preloads,
            format!(
                "{name} also hooks {}: {order}, and calls {}",
                named(both),
                known.map_or_else(|| "it in turn".to_owned(), |known| format!("it in turn ({known})"))
            ),
            "",
        ),
    }
}

/// What both define.
fn both(image: &Image, ours: &Image) -> Vec<String> {
    image.exports.intersection(&ours.exports).map(|name| harmless::bytes(name)).collect()
}

/// A few names, and how many more.
pub fn named(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Is our library in this list?
pub fn names_ours(list: &OsStr) -> bool {
    preload::entries(list.as_bytes()).any(|entry| entry.ends_with(b"libforkproof.so"))
}
