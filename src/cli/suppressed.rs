//! What a suppression silenced is left out of what is shown, and counted: in the run, or by a file named afterwards.

use super::history::{Group, History};
use super::{Trouble, complain, harmless, status};
use crate::catalog;
use crate::suppressions::{Suppressions, module_of};
use std::fs;
use std::path::PathBuf;

/// A file of suppressions.
pub struct File(Vec<u8>);

/// Reads them; a line that says nothing is named on standard error.
pub fn read(files: &[PathBuf]) -> Result<Vec<File>, Trouble> {
    let slugs = catalog::ALL.each_ref().map(|entry| entry.slug);
    let file = |path: &PathBuf| {
        let name = harmless::path(path);
        let text =
            fs::read(path).map_err(|error| Trouble::new(status::TROUBLE, format!("{name}: {error}")))?;
        Suppressions::parse(&text, &slugs, |complaint| complain(&format!("{name}: {complaint}")));
        Ok(File(text))
    };
    files.iter().map(file).collect()
}

/// Takes out the findings that were silenced, or that one of the files would have. Processes stay: they lived, whatever
/// was found in them.
pub fn left_out(mut history: History, files: &[File]) -> History {
    let mut places = Vec::with_capacity(history.groups.len());
    let mut kept = Vec::with_capacity(history.groups.len());
    history.tally.suppressed = 0;
    for group in history.groups {
        if !group.first.suppressed.is_empty() || is_silenced(&group, files) {
            history.tally.suppressed = history.tally.suppressed.saturating_add(group.count);
            places.push(None);
        } else {
            places.push(Some(kept.len()));
            kept.push(group);
        }
    }
    history.groups = kept;
    for process in &mut history.processes {
        let before = process.findings.len();
        process.findings.retain_mut(|(_, group)| match places.get(*group).copied().flatten() {
            Some(place) => {
                *group = place;
                true
            }
            None => false,
        });
        let gone = u64::try_from(before - process.findings.len()).unwrap_or(u64::MAX);
        process.count = process.count.saturating_sub(gone);
    }
    history
}

/// By what the library matches too, and by what only symbols tell: C functions and their source.
fn is_silenced(group: &Group, files: &[File]) -> bool {
    let first = &group.first;
    let mut texts = vec![first.call.as_bytes(), first.comm.as_bytes()];
    texts.extend([&first.made_at, &first.forked_at, &first.lock].map(|place| module_of(place.as_bytes())));
    for stack in [&group.made, &group.forked, &group.used, &group.holder].into_iter().flatten() {
        texts.extend(stack.frames.iter().map(|frame| frame.module.as_bytes()));
        let lines = stack.frames.iter().flat_map(|frame| &frame.lines).chain(&stack.python);
        texts.extend(lines.flat_map(|line| [line.file.as_bytes(), line.function.as_bytes()]));
    }
    let is_in = |File(text): &File| {
        let file = Suppressions::parse(text, &[], |_| {});
        file.matching(&first.slug, texts.iter().copied()).is_some()
    };
    files.iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::history::Builder;
    use crate::cli::read::{Finding, Record};

    #[test]
    fn the_others_keep_their_places() {
        let mut builder = Builder::default();
        for (slug, suppressed) in [("a", ""), ("b", "b:*"), ("c", ""), ("b", "b:*")] {
            let (slug, suppressed) = (slug.to_owned(), suppressed.to_owned());
            builder.add(Record::Finding(Box::new(Finding {
                pid: 7,
                slug,
                suppressed,
                ..Finding::default()
            })));
        }
        let history = left_out(builder.finish(), &[]);
        let slugs = history.groups.iter().map(|group| &*group.first.slug).collect::<Vec<_>>();
        assert_eq!((slugs, history.tally.suppressed), (vec!["a", "c"], 2));
        let process = &history.processes[0];
        let places = process.findings.iter().map(|&(_, group)| group).collect::<Vec<_>>();
        assert_eq!((places, process.count), (vec![0, 1], 2));
    }

    #[test]
    fn a_file_silences_by_function_module_and_call() {
        use crate::cli::render::tests::sample;
        for (line, left) in [
            ("inherited-poller:^use$", 1),
            ("called_from_lib:libc.so*", 1),
            ("called_from_lib:epoll_ctl", 0),
            ("phantom-event:^use$", 2),
            ("stale-event:*", 2),
        ] {
            let history = left_out(sample(), &[File(line.as_bytes().to_vec())]);
            assert_eq!(history.groups.len(), left, "{line}");
        }
    }
}
