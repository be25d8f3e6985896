use super::*;
use crate::cli::history::Builder;
use crate::cli::read::Lines;
use std::path::Path;

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
    let root = Root::new(Some(Path::new("/srv/app")));
    let logs = ["fork log", "-x"].map(PathBuf::from);
    let view = View { verbose, root: &root, logs: &logs };
    let text = anstream::adapter::strip_str(&text(&builder.finish(), &view)).to_string();
    text.replace(&shell::own(), "OWN")
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
  repaired 2 times in process 4711 (gunicorn); 4 more held back by `limit`
  epoll 7 was made by process 4690; this process now has its own

  made here:
  > app.py:12 in Server.start
    ... 3 frames of libc.so.6 and python3.11

  forked here:
    /usr/lib/python3.11/multiprocessing/popen_fork.py:66 in _launch
  > app.py:21 in main
    ... 2 frames of libc.so.6 and python3.11

  used here, in epoll_ctl:
    /usr/lib/python3.11/selectors.py:360 in EpollSelector.register
    ... 2 frames of Python's library
  > app.py:30 in worker
    app.py:40 in <module>
    ... 2 frames of libc.so.6 and python3.11

  what to change
    Make the event loop in the child, after the fork at app.py:21 in main. Now
    it is made before, at app.py:12 in Server.start; the child uses it at
    app.py:30 in worker.
    multiprocessing: `set_start_method(\"spawn\")` starts children that inherit
    none of this.
    The event loop was made before the fork, so parent and child change one
    interest list: each loses or gets the other's events. Make the loop in
    each child, after the fork; in C a child may instead begin with
    `event_reinit()` (libevent), `ev_loop_fork()` (libev) or `uv_loop_fork()`
    (libuv).

2 findings of 1 kind, 1 process in the log
4 findings more were counted and not written (`limit`)
`>` marks the innermost line of a stack that is the program's own

what it means, and what else to do:
  OWN explain inherited-poller
lines that accept these findings:
  OWN suppress 'fork log' ./-x
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
  forked here:
    server+0x40

  used here, in epoll_ctl:
    libc.so.6+0x10
    ... 2 frames of libc.so.6
  > server+0x40
    ... 3 frames of libc.so.6

  what to change
    Make the event loop in the child. Now it is made before the fork; the
    child uses it at server+0x40.
    server has no line numbers: build it with -g, or name the folder of its
    debug files with --debug-dir.
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

/// What a machine has above a package, a function's arguments, and libc's part of the way to main: nobody's to read.
#[test]
fn frames_keep_to_the_width_where_nothing_is_lost() {
    let long = "a_function_of_many_words_that_says_all_that_it_does_in_its_own_name_and_more";
    let installed = "/home/someone/projects/server/.venv/lib/python3.11/site-packages/tornado/ioloop.py";
    let used = format!(
        r#"["{installed}",863,"PollIOLoop.start"],["{installed}",1,"a"],["{installed}",2,"b"],["/srv/app/app.py",84,"{long}"]"#
    );
    let log = stack(3, &[LIBC], "[0,16]", &used) + &finding(r#","used_stack":3"#);
    let expected = format!(
        "    .../site-packages/tornado/ioloop.py:863 in PollIOLoop.start\n    ... 2 frames of tornado\n  > \
         app.py:84\n        in {long}\n"
    );
    let text = shown(&log, false);
    assert!(text.contains(&expected), "{text}");
    assert!(shown(&log, true).contains(&format!("    {installed}:863 in PollIOLoop.start\n")));
}

#[test]
fn who_calls_main_is_folded() {
    let mut builder = Builder::default();
    for line in Lines::new(
        (stack(3, &[LIBC, APP], "[1,16],[0,32],[1,48]", "") + &finding(r#","used_stack":3"#)).as_bytes(),
    ) {
        builder.add(line.unwrap().1.unwrap());
    }
    let mut history = builder.finish();
    let frames = &mut history.groups[0].used.as_mut().unwrap().frames;
    for (frame, function) in frames.iter_mut().zip(["work", "__libc_start_call_main", "_start+0x21"]) {
        frame.lines = vec![crate::cli::stack::Line { function: function.to_owned(), ..Default::default() }];
    }
    let view = View { verbose: false, root: &Root::new(None), logs: &[] };
    let text = anstream::adapter::strip_str(&text(&history, &view)).to_string();
    assert!(text.contains("  > work (server)\n    ... 2 frames of libc.so.6 and server\n"), "{text}");
}

#[test]
fn what_holds_of_all_of_a_slug_is_said_once() {
    let other = finding(r#","used_stack":3"#).replace("epoll_ctl", "epoll_wait");
    let log = stack(3, &[APP], "[0,16]", "") + &finding(r#","used_stack":3"#) + &other;
    let text = shown(&log, false);
    assert_eq!(text.matches("The event loop was made before the fork, so").count(), 1, "{text}");
    assert_eq!(text.matches("child uses it at server+0x10.").count(), 2, "{text}");
}

/// The thread for which a fork waits is as much a part of it as the fork.
#[test]
fn a_fork_during_a_lookup_names_both_places() {
    let log = stack(3, &[LIBC], "[0,16]", r#"["/srv/app/app.py",69,"fork"]"#)
        + &stack(4, &[LIBC], "[0,17]", r#"["/srv/app/names.py",36,"resolve"]"#)
        + &finding(r#","used_stack":3,"holder_stack":4,"holder":4712,"holder_name":"lookup","holder_at":"getaddrinfo""#)
            .replace("inherited-poller", "interrupted-resolver")
            .replace("\"epoll_ctl\"", "\"fork\"");
    let text = shown(&log, false);
    for expected in [
        "  another thread (4712 lookup) was here at the fork:\n  > names.py:36 in resolve\n",
        "  forked here:\n  > app.py:69 in fork\n",
        "    The fork at app.py:69 in fork comes while another thread is in\n    getaddrinfo, at names.py:36 in resolve.\n",
        "    Python: start children with `subprocess`",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}
