//! Processes and groups in the order in which they are shown.

use super::{Group, History, Process};
use crate::cli::tally::Tally;
use std::collections::HashMap;

/// Processes by when they began, a parent before its children; groups by their first finding.
pub fn history(mut processes: Vec<Process>, groups: Vec<Group>, tally: Tally) -> History {
    let parents = parents(&processes);
    let depths = depths(&parents);
    let parents = parents.into_iter().zip(&depths).map(|(parent, depth)| parent.filter(|_| *depth > 0));
    let parents = parents.collect::<Vec<_>>();

    // A child's first record may be older than its parent's: the deepest tell theirs first.
    let mut order = (0..processes.len()).collect::<Vec<_>>();
    let depth = |place: usize| depths.get(place).copied().unwrap_or_default();
    order.sort_by_key(|&place| std::cmp::Reverse(depth(place)));
    for &place in &order {
        let first_ns = processes.get(place).map_or(u64::MAX, |process| process.first_ns);
        let parent = parents.get(place).copied().flatten();
        if let Some(parent) = parent.and_then(|parent| processes.get_mut(parent)) {
            parent.first_ns = parent.first_ns.min(first_ns);
        }
    }
    order.sort_by_key(|&place| (processes.get(place).map(|process| process.first_ns), depth(place), place));
    let now = places(&order);

    let mut by_first = (0..groups.len()).collect::<Vec<_>>();
    by_first.sort_by_key(|&place| groups.get(place).map(|group| group.first.time_ns));
    let group_now = places(&by_first);

    let groups = arranged(groups, &by_first, |group| {
        let places = group.processes.iter().filter_map(|place| now.get(*place).copied()).collect();
        group.processes = places;
        group.processes.sort_unstable();
    });
    let mut place = 0..;
    let processes = arranged(processes, &order, |process| {
        let was = place.next().and_then(|place: usize| order.get(place)).copied();
        process.parent = was.and_then(|was| parents.get(was).copied().flatten());
        process.parent = process.parent.and_then(|parent| now.get(parent).copied());
        for (_, group) in &mut process.findings {
            *group = group_now.get(*group).copied().unwrap_or(*group);
        }
        process.findings.sort_unstable();
    });
    History { processes, groups, tally }
}

/// For each process the place of its parent: of those with that id the latest that had begun when it began.
fn parents(processes: &[Process]) -> Vec<Option<usize>> {
    let mut by_pid: HashMap<u32, Vec<usize>> = HashMap::new();
    for (place, process) in processes.iter().enumerate() {
        by_pid.entry(process.pid).or_default().push(place);
    }
    let first_ns = |place: &usize| processes.get(*place).map_or(0, |process| process.first_ns);
    for places in by_pid.values_mut() {
        places.sort_by_key(first_ns);
    }
    let parent = |process: &Process| {
        let same = by_pid.get(&process.ppid).filter(|_| process.ppid != 0 && process.ppid != process.pid)?;
        let begun = same.partition_point(|place| first_ns(place) <= process.first_ns);
        same.get(begun.saturating_sub(1)).copied()
    };
    processes.iter().map(parent).collect()
}

/// How many ancestors each has; 0 for one that would be its own ancestor, which only a forged log can say.
fn depths(parents: &[Option<usize>]) -> Vec<usize> {
    const UNKNOWN: usize = usize::MAX;
    let mut depths = vec![UNKNOWN; parents.len()];
    let mut way = Vec::new();
    for start in 0..parents.len() {
        let mut place = start;
        while depths.get(place) == Some(&UNKNOWN) {
            way.push(place);
            if let Some(depth) = depths.get_mut(place) {
                *depth = 0;
            }
            match parents.get(place).copied().flatten() {
                Some(parent) => place = parent,
                None => break,
            }
        }
        // What stopped the walk: a root that is on the way itself, or one whose depth is known.
        let stop = way.last().copied().filter(|last| parents.get(*last).copied().flatten().is_none());
        let cycle = stop.is_none() && way.contains(&place);
        let mut depth = match (stop, cycle) {
            (Some(_), _) | (_, true) => None,
            _ => depths.get(place).copied(),
        };
        while let Some(place) = way.pop() {
            let own = depth.map_or(0, |depth| depth + 1);
            if let Some(depth) = depths.get_mut(place) {
                *depth = own;
            }
            depth = Some(own);
        }
    }
    depths
}

/// For each old place the new one.
fn places(order: &[usize]) -> Vec<usize> {
    let mut now = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = now.get_mut(*old) {
            *place = new;
        }
    }
    now
}

fn arranged<T: Default>(mut items: Vec<T>, order: &[usize], mut each: impl FnMut(&mut T)) -> Vec<T> {
    let taken = order.iter().filter_map(|place| items.get_mut(*place).map(std::mem::take));
    taken
        .map(|mut item| {
            each(&mut item);
            item
        })
        .collect()
}
