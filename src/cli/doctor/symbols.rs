//! Check 13: what turns the addresses of a finding into functions and source lines.

use super::diagnosis::{Check, Findings};
use super::subject::Subject;
use crate::cli::image::Image;
use std::path::{Path, PathBuf};

pub fn check(subject: &Subject, findings: &mut Findings) {
    let Some(image) = subject.image.as_ref().filter(|_| subject.is_entered()) else { return };
    if !image.has_section(".eh_frame") && !image.has_section(".debug_frame") {
        findings.note(
            Check::Symbols,
            "the program has no unwind tables (.eh_frame): its stacks end where it is entered",
            "build it with -fasynchronous-unwind-tables, or with -fno-omit-frame-pointer",
        );
    }
    let separate = separate(subject, image);
    if image.has_section(".debug_info") || image.has_section(".zdebug_info") {
        findings.ok(Check::Symbols, "the program has its debug information: findings name its source lines");
    } else if let Some(path) = separate {
        findings.ok(Check::Symbols, format!("its debug information is in {}", path.display()));
    } else {
        let names =
            if image.has_section(".symtab") { "functions" } else { "exported functions, where it has any" };
        let (known, fix) = match &image.build_id {
            Some(id) => (
                format!("build id {id}"),
                "build it with -g, or install its debug package (-dbgsym, -debuginfo)".to_owned(),
            ),
            None => ("no build id either".to_owned(), "build it with -g and -Wl,--build-id".to_owned()),
        };
        // Not worth a note: what most programs of a distribution are like, and Python frames need none of it.
        findings.ok(
            Check::Symbols,
            format!("the program has no debug information ({known}): findings name its {names}; {fix}"),
        );
    }
}

/// Where debug packages put it (gdb's "Debugging Information in Separate Files").
fn separate(subject: &Subject, image: &Image) -> Option<PathBuf> {
    let id = image.build_id.as_ref()?;
    let (folder, file) = id.split_at_checked(2)?;
    let path = Path::new("/usr/lib/debug/.build-id").join(folder).join(format!("{file}.debug"));
    subject.root.file(&path).map(|_| path)
}
