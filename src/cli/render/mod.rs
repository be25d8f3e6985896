//! Values made readable, one format a file. Nothing here reads.

pub mod change;
pub mod dump;
mod fingerprint;
mod frames;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod live;
pub mod object;
pub mod page;
pub mod perfetto;
pub mod prom;
pub mod report;
pub mod sarif;
mod severity;
pub mod source;
#[cfg(test)]
pub mod tests;
pub mod text;
pub mod words;
mod xml;

use super::{Trouble, exec, status};
use std::io::{self, Write};

/// Writes a finished text to standard output, in colour where the terminal and the user want it
/// (`NO_COLOR`, `CLICOLOR_FORCE`). A reader that has gone away has seen enough.
pub fn print(text: &str) -> Result<(), Trouble> {
    if !exec::has_output() {
        return Err(Trouble::new(status::TROUBLE, "cannot write to standard output: it is closed"));
    }
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Trouble::new(status::TROUBLE, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
