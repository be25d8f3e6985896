use super::*;
use crate::cli::read::{Life, Stack as Written};

const SECOND: u64 = 1_000_000_000;

fn fork(pid: u32, child: u32, time: u64) -> Record {
    let (kind, call) = ("fork".to_owned(), "fork".to_owned());
    Record::Life(Life { kind, pid, child, call, time_ns: time * SECOND, ..Life::default() })
}

fn reap(pid: u32, child: u32, time: u64, status: i32) -> Record {
    Record::Life(Life {
        kind: "reap".to_owned(),
        pid,
        child,
        status,
        time_ns: time * SECOND,
        ..Life::default()
    })
}

fn exit(pid: u32, time: u64, status: i32) -> Record {
    Record::Life(Life { kind: "exit".to_owned(), pid, status, time_ns: time * SECOND, ..Life::default() })
}

fn start(pid: u32, ppid: u32, time: u64, exe: &str) -> Record {
    let (kind, exe) = ("start".to_owned(), exe.to_owned());
    Record::Life(Life { kind, pid, ppid, exe, time_ns: time * SECOND, ..Life::default() })
}

fn finding(pid: u32, ppid: u32, time: u64) -> Record {
    let (slug, outcome) = ("lost-wait".to_owned(), "reported".to_owned());
    Record::Finding(Box::new(Finding {
        pid,
        ppid,
        time_ns: time * SECOND,
        slug,
        outcome,
        used_stack: 1,
        ..Finding::default()
    }))
}

fn stack(pid: u32, time: u64, offset: u64) -> Record {
    let frames = vec![(-1, offset)];
    Record::Stack(Written { pid, id: 1, frames, time_ns: time * SECOND, ..Written::default() })
}

fn history(records: impl IntoIterator<Item = Record>) -> History {
    let mut builder = Builder::default();
    records.into_iter().for_each(|record| builder.add(record));
    builder.finish()
}

/// Id, place of the parent, seconds of the first record, findings.
fn tree(history: &History) -> Vec<(u32, Option<usize>, u64, u64)> {
    let row = |process: &Process| (process.pid, process.parent, process.first_ns / SECOND, process.count);
    history.processes.iter().map(row).collect()
}

#[test]
fn an_id_that_was_free_again_is_another_process() {
    let history = history([
        fork(1, 5, 10),
        stack(5, 11, 100),
        finding(5, 1, 12),
        exit(5, 13, 0),
        reap(1, 5, 14, 0),
        fork(1, 5, 20),
        finding(5, 1, 21),
        reap(1, 5, 22, 9),
        start(5, 7, 30, "/bin/other"),
        finding(5, 7, 31),
    ]);
    assert_eq!(
        tree(&history),
        [(1, None, 10, 0), (5, Some(0), 10, 1), (5, Some(0), 20, 1), (5, None, 30, 1)]
    );
    assert_eq!(history.processes[1].end, Some((13 * SECOND, 0)));
    assert_eq!(history.processes[2].end, Some((22 * SECOND, 9)));
    assert_eq!(history.processes[3].exe, "/bin/other");
    // The stack 1 of the first is not that of the others.
    assert_eq!(history.groups.len(), 2);
    assert_eq!(history.tally.no_stack, 2);
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let parent = [start(1, 0, 9, "/bin/app"), fork(1, 5, 10), reap(1, 5, 14, 256), exit(1, 20, 0)];
    let child = [stack(5, 11, 100), finding(5, 1, 12), fork(5, 6, 12), exit(5, 13, 1)];
    let grandchild = [finding(6, 1, 15)];
    let orders =
        [[&parent[..], &child, &grandchild], [&grandchild, &child, &parent], [&child, &parent, &grandchild]];
    for order in orders {
        let history = history(order.into_iter().flatten().cloned());
        assert_eq!(tree(&history), [(1, None, 9, 0), (5, Some(0), 10, 1), (6, Some(1), 12, 1)]);
        assert_eq!(history.processes[1].end, Some((13 * SECOND, 256)));
        assert_eq!(history.groups.len(), 2);
        assert_eq!(history.groups[0].processes, [1]);
    }
}

#[test]
fn a_child_may_speak_before_its_parent_tells_of_it() {
    let mut early = vec![finding(5, 1, 10), exit(5, 10, 0)];
    early.extend([fork(1, 5, 11), reap(1, 5, 12, 0)]);
    let history = history(early);
    assert_eq!(tree(&history), [(1, None, 10, 0), (5, Some(0), 10, 1)]);
    assert_eq!(history.processes[1].made_by, "fork");
}

#[test]
fn nobody_is_their_own_ancestor() {
    let history = history([fork(1, 2, 1), fork(2, 3, 1), fork(3, 1, 1), fork(4, 4, 1), finding(9, 9, 1)]);
    assert_eq!(history.processes.len(), 5);
    for (place, process) in history.processes.iter().enumerate() {
        assert!(process.parent.is_none_or(|parent| parent < place));
    }
}

#[test]
fn an_exec_keeps_the_process_and_names_the_programs() {
    let exec = Record::Life(Life { kind: "exec".to_owned(), pid: 5, time_ns: 2 * SECOND, ..Life::default() });
    let history = history([start(5, 1, 1, "/bin/sh"), exec, start(5, 1, 3, "/bin/app")]);
    assert_eq!(history.processes.len(), 1);
    assert_eq!(history.processes[0].execs, [(2 * SECOND, "/bin/app".to_owned())]);
    assert_eq!(history.processes[0].exe, "/bin/app");
}

#[test]
fn what_is_past_the_bounds_is_counted() {
    let different = |number: u32| {
        let Record::Finding(mut finding) = finding(number, 1, number.into()) else { unreachable!() };
        finding.time_ns = number.into();
        [stack(number, 0, number.into()), Record::Finding(finding)]
    };
    let most = 2 * u32::try_from(GROUPS_MAX).unwrap();
    let history = history((1..=most).flat_map(different));
    let grouped = history.groups.iter().map(|group| group.count).sum::<u64>();
    assert_eq!(grouped, u64::from(most));
    assert_eq!(history.groups.len(), GROUPS_MAX + 1);
    assert_eq!(history.tally.stackless, grouped - GROUPS_MAX as u64);
    assert!(history.tally.gaps().iter().any(|gap| gap.contains("without their stacks")));
}

#[test]
fn processes_past_the_bounds_are_counted_and_their_findings_kept() {
    let history = history((1..100_001).map(|pid| finding(pid, 0, 1)));
    assert_eq!(history.groups.len(), 1);
    assert_eq!(history.groups[0].count, 100_000);
    assert_eq!(history.processes.len(), 60_000);
    assert_eq!(history.tally.no_process, 40_000);
}

#[test]
fn the_rest_that_limit_kept_back_belongs_to_what_it_is_more_of() {
    let Record::Finding(mut rest) = finding(7, 1, 30) else { panic!() };
    rest.text = wire::REST.to_owned();
    rest.call = "exit".to_owned();
    rest.held_back = 4;
    let history = history([finding(7, 1, 10), finding(7, 1, 20), Record::Finding(rest)]);
    assert_eq!(history.groups.len(), 1);
    assert_eq!((history.groups[0].count, history.groups[0].held_back), (2, 5));
    assert_eq!((history.tally.read, history.tally.held_back), (2, 5));
}
