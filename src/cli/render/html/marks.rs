//! Findings as marks on a line: those that would fall on the same spot are one, with their count.

use super::clock::{PARTS, Span};
use crate::cli::history::Process;
use std::collections::HashMap;

/// Marks that a page carries at most. Past it, its finest spot is made coarser.
const MARKS_MAX: usize = 20_000;
/// Spots that are tried, in parts of the run.
const SPOTS: [u32; 5] = [PARTS / 1_000_000, PARTS / 20_000, PARTS / 4000, PARTS / 800, PARTS / 100];

/// Findings of one group in one process, near each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Place of the first of them in the run.
    pub at: u32,
    /// Place in the history's groups.
    pub group: usize,
    pub count: u64,
}

/// Marks that are drawn as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub at: u32,
    pub count: u64,
    /// The gravest group among them, and every group with its count.
    pub group: usize,
    pub groups: Vec<(usize, u64)>,
}

/// The marks of each process, at the finest spot that keeps them few enough, and that spot.
pub fn of(processes: &[&Process], span: Span) -> (Vec<Vec<Mark>>, u32) {
    let mut marks = Vec::new();
    let mut used = 0;
    for spot in SPOTS {
        marks = processes.iter().map(|process| merged(&process.findings, span, spot)).collect::<Vec<_>>();
        used = spot;
        if marks.iter().map(Vec::len).sum::<usize>() <= MARKS_MAX {
            break;
        }
    }
    (marks, used)
}

/// Findings of one group within `spot` of the first of them become one mark.
fn merged(findings: &[(u64, usize)], span: Span, spot: u32) -> Vec<Mark> {
    let mut places = findings.iter().map(|&(at, group)| (span.place(at), group)).collect::<Vec<_>>();
    places.sort_unstable();
    let mut marks: Vec<Mark> = Vec::new();
    let mut last: HashMap<usize, usize> = HashMap::new();
    for (at, group) in places {
        match last.get(&group).and_then(|&place| marks.get_mut(place)) {
            Some(mark) if at - mark.at < spot => mark.count += 1,
            _ => {
                last.insert(group, marks.len());
                marks.push(Mark { at, group, count: 1 });
            }
        }
    }
    marks
}

/// Marks nearer than `distance` drawn as one. `rank` says which group is graver: the lower.
pub fn clusters(marks: &[Mark], distance: u32, rank: impl Fn(usize) -> usize) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for mark in marks {
        match clusters.last_mut() {
            Some(cluster) if mark.at - cluster.at < distance => {
                cluster.count += mark.count;
                if rank(mark.group) < rank(cluster.group) {
                    cluster.group = mark.group;
                }
                match cluster.groups.iter_mut().find(|(group, _)| *group == mark.group) {
                    Some((_, count)) => *count += mark.count,
                    None => cluster.groups.push((mark.group, mark.count)),
                }
            }
            _ => clusters.push(Cluster {
                at: mark.at,
                count: mark.count,
                group: mark.group,
                groups: vec![(mark.group, mark.count)],
            }),
        }
    }
    for cluster in &mut clusters {
        cluster.groups.sort_by_key(|&(group, _)| rank(group));
    }
    clusters
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_gravest_stands_for_a_cluster() {
        let marks = [(0, 5, 2), (10, 3, 1), (90, 5, 1)].map(|(at, group, count)| Mark { at, group, count });
        let clusters = clusters(&marks, 50, |group| group);
        assert_eq!(
            clusters,
            [
                Cluster { at: 0, count: 3, group: 3, groups: vec![(3, 1), (5, 2)] },
                Cluster { at: 90, count: 1, group: 5, groups: vec![(5, 1)] },
            ]
        );
    }

    #[test]
    fn a_page_never_carries_too_many() {
        let process = Process { findings: (0..200_000).map(|at| (at, 0)).collect(), ..Process::default() };
        let (marks, spot) = of(&[&process], Span { from: 0, until: 200_000 });
        assert!(marks[0].len() <= MARKS_MAX && spot > SPOTS[0], "{} at {spot}", marks[0].len());
    }

    proptest! {
        #[test]
        fn no_finding_is_lost(findings: Vec<(u64, u8)>, spot in 1..PARTS, distance in 1..PARTS) {
            let findings = findings.into_iter().map(|(at, group)| (at, usize::from(group))).collect::<Vec<_>>();
            let marks = merged(&findings, Span { from: 1000, until: u64::MAX / 2 }, spot);
            let count = u64::try_from(findings.len()).unwrap();
            prop_assert_eq!(marks.iter().map(|mark| mark.count).sum::<u64>(), count);
            let clusters = clusters(&marks, distance, |group| group);
            prop_assert_eq!(clusters.iter().map(|cluster| cluster.count).sum::<u64>(), count);
            for cluster in clusters {
                prop_assert_eq!(cluster.groups.iter().map(|(_, count)| count).sum::<u64>(), cluster.count);
            }
        }
    }
}
