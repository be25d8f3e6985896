//! What a suppression silenced is left out of what is shown, and counted: in the run, or by a file named afterwards.

use super::accepted::Accepted;
use super::history::History;

/// Takes out the findings that were silenced, or that a line of a file would have. Processes stay: they lived, whatever
/// was found in them.
pub fn left_out(mut history: History, accepted: &mut Accepted) -> History {
    let mut places = Vec::with_capacity(history.groups.len());
    let mut kept = Vec::with_capacity(history.groups.len());
    history.tally.suppressed = 0;
    for group in history.groups {
        if !group.first.suppressed.is_empty() || accepted.silences(&group) {
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
        let history = left_out(builder.finish(), &mut Accepted::default());
        let slugs = history.groups.iter().map(|group| &*group.first.slug).collect::<Vec<_>>();
        assert_eq!((slugs, history.tally.suppressed), (vec!["a", "c"], 2));
        let process = &history.processes[0];
        let places = process.findings.iter().map(|&(_, group)| group).collect::<Vec<_>>();
        assert_eq!((places, process.count), (vec![0, 1], 2));
    }
}
