//! The processes in the order of a tree: each below its parent, siblings by birth.

use crate::cli::history::{History, Process};

/// Rows that are drawn. A browser lays out so many at once without a pause that one would notice.
const ROWS_MAX: usize = 5000;

/// One process on the page.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its place in the history.
    pub process: usize,
    /// Row of its parent.
    pub parent: Option<usize>,
    /// From 1, as ARIA counts.
    pub level: usize,
    /// Whether rows follow that are below it.
    pub has_children: bool,
}

/// The rows, and how many processes have none.
pub fn rows(history: &History) -> (Vec<Row>, usize) {
    let processes = &history.processes;
    let kept = kept(processes);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); processes.len()];
    let mut waiting = Vec::new();
    for (place, process) in processes.iter().enumerate() {
        if !kept.get(place).copied().unwrap_or_default() {
            continue;
        }
        // A parent stands before its children, which also keeps hostile logs from making a ring.
        match process.parent.filter(|&parent| parent < place).and_then(|parent| children.get_mut(parent)) {
            Some(siblings) => siblings.push(place),
            None => waiting.push((place, None, 1)),
        }
    }
    let born = |place: usize| processes.get(place).map_or(0, |process| process.first_ns);
    waiting.sort_by_key(|&(place, ..)| born(place));
    waiting.reverse();
    let mut rows: Vec<Row> = Vec::new();
    while let Some((process, parent, level)) = waiting.pop() {
        let mut below = children.get_mut(process).map(std::mem::take).unwrap_or_default();
        below.sort_by_key(|&place| born(place));
        let row = rows.len();
        rows.push(Row { process, parent, level, has_children: !below.is_empty() });
        waiting.extend(below.into_iter().rev().map(|place| (place, Some(row), level + 1)));
    }
    let left_out = processes.len() - rows.len();
    (rows, left_out)
}

/// Which processes have a row: those with findings and all above them first, then the others in the log's order.
fn kept(processes: &[Process]) -> Vec<bool> {
    let mut kept = vec![processes.len() <= ROWS_MAX; processes.len()];
    let mut room = ROWS_MAX;
    if processes.len() <= ROWS_MAX {
        return kept;
    }
    let concerned =
        (0..processes.len()).filter(|&place| processes.get(place).is_some_and(|process| process.count > 0));
    for first in concerned.chain(0..processes.len()) {
        // A process without its parent would stand for a root: all of the line or nothing.
        let line = std::iter::successors(Some(first), |&place| {
            processes.get(place).and_then(|process| process.parent)
        });
        let line = line.take_while(|&place| !kept.get(place).copied().unwrap_or(true)).collect::<Vec<_>>();
        if line.len() > room {
            continue;
        }
        room -= line.len();
        for place in line {
            if let Some(kept) = kept.get_mut(place) {
                *kept = true;
            }
        }
        if room == 0 {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(parent: Option<usize>, first_ns: u64, count: u64) -> Process {
        Process { parent, first_ns, count, ..Process::default() }
    }

    #[test]
    fn children_stand_below_their_parent_by_birth() {
        let processes = vec![
            process(None, 1, 0),
            process(Some(0), 9, 0),
            process(Some(1), 10, 0),
            process(Some(0), 5, 0),
        ];
        let (rows, left_out) = rows(&History { processes, ..History::default() });
        let shape =
            rows.iter().map(|row| (row.process, row.parent, row.level, row.has_children)).collect::<Vec<_>>();
        assert_eq!(
            shape,
            [(0, None, 1, true), (3, Some(0), 2, false), (1, Some(0), 2, true), (2, Some(2), 3, false)]
        );
        assert_eq!(left_out, 0);
    }

    #[test]
    fn past_the_limit_those_with_findings_keep_their_rows() {
        let mut processes = vec![process(None, 1, 0)];
        processes.extend((0..ROWS_MAX + 10).map(|_| process(Some(0), 2, 0)));
        let last = processes.len() - 1;
        processes[last].count = 1;
        let (rows, left_out) = rows(&History { processes, ..History::default() });
        assert_eq!((rows.len(), left_out), (ROWS_MAX, 11));
        assert!(rows.iter().any(|row| row.process == last));
    }
}
