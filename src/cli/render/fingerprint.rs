//! A number that a finding keeps over runs and small edits, so that a server knows it again.

use super::source::{self, Root};
use crate::cli::history::Group;

/// Of the hazard, the call, and for each stack the user's own function; not of ids, addresses, times, line numbers or
/// what was done. Without a source line, of where in its module the innermost frame is.
pub fn of(group: &Group, root: &Root) -> u64 {
    let mut hash = Fnv::new();
    hash.add(&group.first.slug);
    hash.add(&group.first.call);
    for (what, stack) in source::stacks(group) {
        hash.add(what);
        if let Some(place) = source::own(stack) {
            hash.add(root.relative(place.file).unwrap_or(place.file));
            hash.add(place.function);
        } else if let Some(frame) = stack.frames.iter().find(|frame| !frame.module.is_empty()) {
            hash.add(&frame.module);
            hash.add(&frame.offset.to_string());
        }
    }
    if source::stacks(group).next().is_none() {
        hash.add(&group.first.made_at);
    }
    hash.0
}

/// FNV-1a of 64 bits. The standard library's hash may change with its version.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// A text and its end, so that two texts are not one.
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::sample;

    #[test]
    fn another_run_has_the_same_and_another_function_has_not() {
        let (root, mut history) = (Root::new(None), sample());
        let before = of(&history.groups[1], &root);
        history.groups[1].first.pid = 99;
        let used = history.groups[1].used.as_mut().unwrap();
        used.python[0].line = 40;
        used.frames[0].offset = 1;
        assert_eq!(of(&history.groups[1], &root), before);
        history.groups[1].used.as_mut().unwrap().python[0].function = "other".to_owned();
        assert_ne!(of(&history.groups[1], &root), before);
    }
}
