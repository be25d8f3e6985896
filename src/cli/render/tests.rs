//! Histories that every format is tried on.

use crate::cli::history::{Builder, History};
use crate::cli::read::{Finding, Life, Record, Stack};
use crate::wire;

/// A process without findings, its child with two: one with Python stacks, and one that was mended, without any.
pub fn sample() -> History {
    let mut builder = Builder::default();
    let life = |kind: &str, time_ns, pid, ppid| Life {
        kind: kind.to_owned(),
        time_ns,
        pid,
        ppid,
        ..Life::default()
    };
    let exe = "/usr/bin/python3".to_owned();
    builder.add(Record::Life(Life { exe, comm: "python3".to_owned(), ..life(wire::START, 1000, 10, 1) }));
    builder.add(Record::Life(Life { call: "fork".to_owned(), child: 11, ..life(wire::FORK, 2000, 10, 1) }));
    for (id, line, function) in [(1, 5, "make"), (2, 9, "serve"), (3, 12, "use")] {
        let python = vec![
            ("src/loop.py".to_owned(), line, function.to_owned()),
            ("/usr/lib/python3.11/runpy.py".to_owned(), 1, "<module>".to_owned()),
        ];
        let modules = vec![("libc.so.6".to_owned(), "/usr/lib/libc.so.6".to_owned(), String::new())];
        builder.add(Record::Stack(Stack {
            time_ns: 2200,
            pid: 11,
            id,
            modules,
            frames: vec![(0, 4096)],
            python,
            ..Stack::default()
        }));
    }
    let finding = |time_ns, slug: &str, outcome: &str| Finding {
        kind: wire::FINDING.to_owned(),
        time_ns,
        pid: 11,
        ppid: 10,
        comm: "worker".to_owned(),
        slug: slug.to_owned(),
        outcome: outcome.to_owned(),
        call: "epoll_ctl".to_owned(),
        text: "epoll 7 was made by process 10".to_owned(),
        ..Finding::default()
    };
    let used = Finding {
        made_stack: 1,
        forked_stack: 2,
        used_stack: 3,
        ..finding(3000, "inherited-poller", "reported")
    };
    builder.add(Record::Finding(Box::new(finding(2500, "phantom-event", "repaired"))));
    builder.add(Record::Finding(Box::new(used.clone())));
    builder.add(Record::Finding(Box::new(Finding { time_ns: 3500, held_back: 7, ..used })));
    builder.add(Record::Life(Life { call: "execve".to_owned(), ..life(wire::EXEC, 3600, 11, 10) }));
    builder.add(Record::Life(Life { child: 11, status: 3 << 8, ..life(wire::REAP, 4000, 10, 1) }));
    builder.finish()
}

/// One finding, with `text` wherever a program's words can stand.
pub fn hostile(text: &str) -> History {
    let mut builder = Builder::default();
    let word = || text.to_owned();
    builder.add(Record::Life(Life {
        kind: wire::START.to_owned(),
        pid: 1,
        comm: word(),
        exe: word(),
        argv: vec![word()],
        ..Life::default()
    }));
    builder.add(Record::Stack(Stack {
        pid: 1,
        id: 1,
        modules: vec![(word(), word(), word())],
        frames: vec![(0, u64::MAX), (-1, 1)],
        python: vec![(word(), u32::MAX, word())],
        no_python: word(),
        ..Stack::default()
    }));
    builder.add(Record::Finding(Box::new(Finding {
        time_ns: u64::MAX,
        pid: 1,
        comm: word(),
        slug: word(),
        outcome: word(),
        call: word(),
        made_at: word(),
        text: word(),
        held_back: 1,
        used_stack: 1,
        ..Finding::default()
    })));
    builder.finish()
}
