use super::*;
use crate::cli::history::Builder;
use crate::cli::read::Lines;

const LIBC: &str = r#"["libc.so.6","/usr/lib/x86_64-linux-gnu/libc.so.6","00"]"#;
const PYTHON: &str = r#"["python3.11","/usr/bin/python3.11","01"]"#;
const APP: &str = r#"["server","/srv/app/server","02"]"#;

fn stack(id: u32, modules: &[&str], frames: &str, python: &str) -> String {
    let modules = modules.join(",");
    format!(
        r#"{{"v":1,"kind":"stack","pid":4711,"id":{id},"modules":[{modules}],"frames":[{frames}],"python":[{python}]}}"#
    ) + "\n"
}

fn finding(more: &str) -> String {
    format!(
        r#"{{"v":1,"kind":"finding","time_ns":9,"pid":4711,"ppid":4690,"tid":4711,"comm":"gunicorn","slug":"inherited-poller","outcome":"repaired","call":"epoll_ctl","fd":7,"text":"epoll 7 was made by process 4690; this process now has its own"{more}}}"#
    ) + "\n"
}

fn shown(log: &str, verbose: bool) -> String {
    let mut builder = Builder::default();
    for line in Lines::new(log.as_bytes()) {
        builder.add(line.unwrap().1.unwrap());
    }
    anstream::adapter::strip_str(&text(&builder.finish(), verbose)).to_string()
}

fn python_log() -> String {
    let used = r#"["/usr/lib/python3.11/selectors.py",360,"EpollSelector.register"],["/usr/lib/python3.11/asyncio/selector_events.py",258,"add_reader"],["/usr/lib/python3.11/asyncio/x.py",1,"a"],["/srv/app/app.py",30,"worker"],["/srv/app/app.py",40,"<module>"]"#;
    let made = r#"["/srv/app/app.py",12,"Server.start"]"#;
    let forked =
        r#"["/usr/lib/python3.11/multiprocessing/popen_fork.py",66,"_launch"],["/srv/app/app.py",21,"main"]"#;
    [
        stack(1, &[LIBC, PYTHON], "[0,16],[1,32],[1,48]", made),
        stack(2, &[LIBC, PYTHON], "[0,17],[1,32]", forked),
        stack(3, &[LIBC, PYTHON], "[0,18],[1,32]", used),
        finding(r#","made_stack":1,"forked_stack":2,"used_stack":3"#),
        finding(r#","made_stack":1,"forked_stack":2,"used_stack":3,"held_back":4"#),
    ]
    .concat()
}

#[test]
fn a_stranger_is_told_what_happened_where_and_what_to_change() {
    let expected = "\
inherited-poller: a forked child uses its parent's epoll instance
  repaired 2 times in 4711 gunicorn; 4 more held back by `limit`
  epoll 7 was made by process 4690; this process now has its own

  used here (epoll_ctl):
    /usr/lib/python3.11/selectors.py:360 in EpollSelector.register
    ... 2 frames of Python's own files
  > /srv/app/app.py:30 in worker
    /srv/app/app.py:40 in <module>
    ... 2 frames of libc.so.6 and 1 more

  forked here:
    /usr/lib/python3.11/multiprocessing/popen_fork.py:66 in _launch
  > /srv/app/app.py:21 in main
    ... 2 frames of libc.so.6 and 1 more

  made here:
  > /srv/app/app.py:12 in Server.start
    ... 3 frames of libc.so.6 and 1 more

  what to change
    Made at /srv/app/app.py:12 in Server.start, before the fork at
    /srv/app/app.py:21 in main: make it in the child, after that fork; the
    child uses it at /srv/app/app.py:30 in worker.
    The event loop was made before the fork, so parent and child change one
    interest list: each loses or gets the other's events. Make the loop in
    each child, after the fork; or call `event_reinit()`, `ev_loop_fork()` or
    `uv_loop_fork()` first thing in the child.

2 findings of 1 kind, 1 process in the log
4 findings more were counted and not written (`limit`)

forkproof explain inherited-poller   what it means, what else to do
forkproof suppress LOG               lines that accept these findings
";
    assert_eq!(shown(&python_log(), false), expected);
}

#[test]
fn every_frame_is_there_on_request() {
    let text = shown(&python_log(), true);
    for frame in
        ["    /usr/lib/python3.11/asyncio/x.py:1 in a\n", "    libc.so.6+0x12\n", "    python3.11+0x20\n"]
    {
        assert!(text.contains(frame), "{frame}: {text}");
    }
    assert!(!text.contains("..."), "{text}");
}

#[test]
fn a_program_without_python_has_its_own_frames_marked() {
    let frames = "[0,16],[0,32],[0,48],[1,64],[0,80],[0,96],[0,112]";
    let log = stack(3, &[LIBC, APP], frames, "") + &finding(r#","used_stack":3,"forked_at":"server+0x40""#);
    let expected = "\
  used here (epoll_ctl):
    libc.so.6+0x10
    ... 2 frames of libc.so.6
  > server+0x40
    libc.so.6+0x50
    ... 2 frames of libc.so.6

  forked here:
    server+0x40

  what to change
    Used at server+0x40.
";
    let text = shown(&log, false);
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_stack_without_anything_of_the_users_is_cut_short_and_says_so() {
    let frames = (0..10).map(|frame| format!("[0,{}]", 16 + frame)).collect::<Vec<_>>().join(",");
    let log = stack(3, &[LIBC], &frames, "")
        .replace("\"python\":[]", "\"python\":[],\"no_python\":\"the interpreter is not known\"")
        + &finding(r#","used_stack":3"#);
    let text = shown(&log, false);
    assert!(
        text.contains("    ... 4 frames of libc.so.6\n    no Python frames: the interpreter is not known\n"),
        "{text}"
    );
}

#[test]
fn what_was_silenced_is_only_counted() {
    let text = shown(&finding(r#","suppressed":"inherited-poller:x""#), false);
    assert_eq!(text, "0 findings of 0 kinds, 1 process in the log; 1 suppressed\n");
    assert_eq!(shown("", false), "0 findings of 0 kinds, 0 processes in the log\n");
}

#[test]
fn prose_keeps_to_the_width() {
    for slug in catalog::SLUGS {
        let log = finding("").replace("inherited-poller", slug);
        let text = shown(&log, false);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("  what to change\n"), "{text}");
    }
}
