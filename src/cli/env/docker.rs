//! Lines for a Dockerfile.

use super::Lines;
use std::fmt::Write;
use std::path::Path;

const THERE: &str = "/usr/local/lib/libforkproof.so";

pub fn lines(lines: &Lines) -> String {
    let library = Path::new(&lines.library);
    let folder = library.parent().unwrap_or(Path::new("/")).to_string_lossy();
    let mut text = format!(
        "# docker build --build-context forkproof={} .\n\
         # At the end of the Dockerfile: ENV also holds for every RUN behind it.\n\
         COPY --from=forkproof libforkproof.so {THERE}\n\
         ENV LD_PRELOAD=\"{THERE}${{LD_PRELOAD:+:$LD_PRELOAD}}\"\n",
        single(&folder)
    );
    if let Some(options) = &lines.options {
        let _ = writeln!(text, "ENV FORKPROOF_OPTIONS={}", single(options));
    }
    text
}

/// Between single quotes nothing is special but the quote itself, as in a shell.
fn single(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}
