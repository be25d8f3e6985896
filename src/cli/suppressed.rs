//! What a suppression silenced is left out of what is shown, and counted.

use super::history::{Group, History};

/// Takes out the groups that `is_silenced` picks. Processes stay: they lived, whatever was found in them.
pub fn left_out(mut history: History, is_silenced: impl Fn(&Group) -> bool) -> History {
    let mut places = Vec::with_capacity(history.groups.len());
    let mut kept = Vec::with_capacity(history.groups.len());
    for group in history.groups {
        if is_silenced(&group) {
            history.tally.suppressed += group.count.saturating_add(group.held_back);
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
        let history = left_out(builder.finish(), |group| !group.first.suppressed.is_empty());
        let slugs = history.groups.iter().map(|group| &*group.first.slug).collect::<Vec<_>>();
        assert_eq!((slugs, history.tally.suppressed), (vec!["a", "c"], 2));
        let process = &history.processes[0];
        let places = process.findings.iter().map(|&(_, group)| group).collect::<Vec<_>>();
        assert_eq!((places, process.count), (vec![0, 1], 2));
    }
}
