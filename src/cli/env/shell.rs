//! For shells to evaluate. Evaluated twice, the library is still named once.

use super::Lines;
use std::fmt::Write;

/// sh, bash, zsh.
pub fn sh(lines: &Lines) -> String {
    let library = single(&lines.library);
    let mut text = format!(
        "# eval \"$(forkproof env --shell)\"\n\
         case \":${{LD_PRELOAD-}}:\" in\n\
         *:{library}:*) ;;\n\
         *) LD_PRELOAD={library}\"${{LD_PRELOAD:+:$LD_PRELOAD}}\" ;;\n\
         esac\n\
         export LD_PRELOAD\n"
    );
    if let Some(options) = &lines.options {
        let options = single(options);
        let _ = write!(
            text,
            "FORKPROOF_OPTIONS=\"${{FORKPROOF_OPTIONS:+$FORKPROOF_OPTIONS:}}\"{options}\nexport FORKPROOF_OPTIONS\n"
        );
    }
    text
}

/// Nothing is special between single quotes but the quote itself.
fn single(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

pub fn fish(lines: &Lines) -> String {
    let library = fish_single(&lines.library);
    let mut text = format!(
        "# forkproof env --shell=fish | source\n\
         if not set -q LD_PRELOAD; or test -z \"$LD_PRELOAD\"\n    set -gx LD_PRELOAD {library}\n\
         else if not contains -- {library} (string split -- : \"$LD_PRELOAD\")\n    \
         set -gx LD_PRELOAD {library}:\"$LD_PRELOAD\"\nend\n"
    );
    if let Some(options) = &lines.options {
        let options = fish_single(options);
        let _ = write!(
            text,
            "if not set -q FORKPROOF_OPTIONS; or test -z \"$FORKPROOF_OPTIONS\"\n    \
             set -gx FORKPROOF_OPTIONS {options}\nelse\n    \
             set -gx FORKPROOF_OPTIONS \"$FORKPROOF_OPTIONS\":{options}\nend\n"
        );
    }
    text
}

/// Between fish's single quotes, a backslash escapes itself and the quote.
fn fish_single(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}
