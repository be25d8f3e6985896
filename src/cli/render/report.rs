//! For people: findings that are alike as one, with their stacks and what to change.

use super::change::change;
use super::frames;
use super::text::{HEADING, style};
use crate::catalog;
use crate::cli::harmless;
use crate::cli::history::{Group, History};
use std::fmt::Write;

/// Columns of prose; places in source are never broken, so that terminals can link them.
const WIDTH: usize = 78;

/// Blocks that are shown: a reader acts on the first, and is told of the rest.
const BLOCKS_MAX: usize = 100;

/// Processes that are named in a block.
const PROCESSES_MAX: usize = 4;

/// One block a group, and a summary; `verbose` shows every group and frame. Symbols are looked up before, by
/// [`Symbols::history`](crate::cli::symbols::Symbols::history). Not for those that a suppression silenced.
#[allow(dead_code)]
pub fn text(history: &History, verbose: bool) -> String {
    let mut text = String::new();
    let most = if verbose { usize::MAX } else { BLOCKS_MAX };
    let shown = history.groups.iter().filter(|group| group.first.suppressed.is_empty());
    for group in shown.clone().take(most) {
        text.push_str(&block(history, group, verbose));
        text.push('\n');
    }
    let groups = shown.clone().count();
    if groups > most {
        let _ = writeln!(text, "{} more kinds of findings; -v shows them\n", groups - most);
    }
    let findings = shown.clone().fold(0_u64, |sum, group| sum.saturating_add(group.count));
    let _ = write!(text, "{} of {}", counted(findings, "finding"), counted(groups as u64, "kind"));
    let _ = write!(text, ", {} in the log", counted(history.processes.len() as u64, "process"));
    if history.tally.suppressed > 0 {
        let _ = write!(text, "; {} suppressed", history.tally.suppressed);
    }
    text.push('\n');
    for gap in history.tally.gaps() {
        let _ = writeln!(text, "{gap}");
    }
    if let Some(group) = shown.clone().next() {
        let explain = format!("forkproof explain {}", harmless::text(&group.first.slug));
        let width = explain.chars().count().max("forkproof suppress LOG".len());
        let _ = writeln!(text, "\n{explain:width$}   what it means, what else to do");
        let _ = writeln!(text, "{:width$}   lines that accept these findings", "forkproof suppress LOG");
    }
    text
}

/// One group: what happened, where, what to change.
pub fn block(history: &History, group: &Group, verbose: bool) -> String {
    let first = &group.first;
    let mut text = String::new();
    let title = catalog::ALL.iter().find(|entry| entry.slug == first.slug).map_or("", |entry| entry.title);
    let slug = harmless::text(&first.slug);
    let colon = if title.is_empty() { "" } else { ": " };
    let head = wrapped(&format!("{slug}{colon}{title}"), 0);
    for (number, line) in head.lines().enumerate() {
        let line = if number == 0 { line.to_owned() } else { format!("  {line}") };
        let _ = writeln!(text, "{HEADING}{line}{HEADING:#}");
    }
    let outcome = harmless::text(&first.outcome);
    let colour = style(&first.outcome);
    let _ = writeln!(text, "  {colour}{outcome}{colour:#} {}", met(history, group));
    if !first.text.is_empty() {
        text.push_str(&wrapped(&harmless::text(&first.text), 2));
    }
    let stacks = [
        ("used here", &group.used, ""),
        ("forked here", &group.forked, &*first.forked_at),
        ("made here", &group.made, &*first.made_at),
        ("held here", &group.holder, &*first.holder_at),
    ];
    for (what, stack, place) in stacks {
        let who = match what {
            "used here" if !first.call.is_empty() => format!(" ({})", harmless::text(&first.call)),
            "held here" if first.holder != 0 => {
                let name = harmless::text(&first.holder_name);
                format!(" (thread {}{}{name})", first.holder, if name.is_empty() { "" } else { " " })
            }
            _ => String::new(),
        };
        match stack {
            Some(stack) => {
                let _ = writeln!(text, "\n  {what}{who}:");
                text.push_str(&frames::stack(stack, verbose));
            }
            None if !place.is_empty() => {
                let _ = writeln!(text, "\n  {what}{who}:\n    {}", harmless::text(place));
            }
            None => {}
        }
    }
    let change = change(group);
    if !change.is_empty() {
        let _ = writeln!(text, "\n  {HEADING}what to change{HEADING:#}");
        change.iter().for_each(|sentence| text.push_str(&wrapped(&frames::harmless_all(sentence), 4)));
    }
    text
}

/// How often, and where.
fn met(history: &History, group: &Group) -> String {
    let mut text = match group.count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    let names = group.processes.iter().filter_map(|place| history.processes.get(*place));
    let names = names.take(PROCESSES_MAX).map(|process| {
        let name = harmless::text(&process.comm);
        format!("{}{}{name}", process.pid, if name.is_empty() { "" } else { " " })
    });
    let names = names.collect::<Vec<_>>().join(", ");
    if !names.is_empty() {
        let _ = write!(text, " in {names}");
    }
    if group.processes.len() > PROCESSES_MAX {
        let _ =
            write!(text, " and {}", counted((group.processes.len() - PROCESSES_MAX) as u64, "more process"));
    }
    if group.held_back > 0 {
        let _ = write!(text, "; {} more held back by `limit`", group.held_back);
    }
    text
}

fn counted(count: u64, what: &str) -> String {
    let ending = match (count, what.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        _ => "s",
    };
    format!("{count} {what}{ending}")
}

/// Lines of prose that begin with `indent` spaces; a word that is longer than a line is left whole.
fn wrapped(text: &str, indent: usize) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            lines.push('\n');
            column = 0;
        }
        if column == 0 {
            lines.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
    }
    if column > 0 {
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
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
        let forked = r#"["/usr/lib/python3.11/multiprocessing/popen_fork.py",66,"_launch"],["/srv/app/app.py",21,"main"]"#;
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
        let log =
            stack(3, &[LIBC, APP], frames, "") + &finding(r#","used_stack":3,"forked_at":"server+0x40""#);
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
            text.contains(
                "    ... 4 frames of libc.so.6\n    no Python frames: the interpreter is not known\n"
            ),
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
        for slug in crate::catalog::SLUGS {
            let log = finding("").replace("inherited-poller", slug);
            let text = shown(&log, false);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(text.contains("  what to change\n"), "{text}");
        }
    }
}
