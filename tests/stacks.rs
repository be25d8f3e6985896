//! The three stacks of a finding: they name the program's own functions, and a strange stack ends where it stops making
//! sense.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod command;

use command::{compiled, folder, library};
use object::{Object, ObjectSymbol};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Story {
    folder: PathBuf,
    program: PathBuf,
}

/// One run's log.
struct Log {
    lines: Vec<Value>,
    output: Output,
}

impl Story {
    fn new(name: &str) -> Self {
        let folder = folder(name);
        let program = folder.join("story");
        let options = ["-O1", "-g", "-pthread", "-fno-optimize-sibling-calls", "-lutil"];
        assert!(compiled(&program, include_str!("stacks/story.c"), &options));
        Self { folder, program }
    }

    fn run(&self, arguments: &[&str], options: &str) -> Log {
        self.run_by(&mut Command::new(&self.program), arguments, options)
    }

    fn run_by(&self, command: &mut Command, arguments: &[&str], options: &str) -> Log {
        let log = self.folder.join("log");
        let _none_yet = fs::remove_file(&log);
        command.env("LD_PRELOAD", library());
        command.env("FORKPROOF_OPTIONS", format!("log_path={}:limit=0:{options}", log.display()));
        let output = command.args(arguments).output().unwrap();
        let text = fs::read_to_string(&log).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Log { lines, output }
    }
}

impl Log {
    fn findings(&self) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(|line| line["kind"] == "finding" && line["slug"] == "inherited-poller")
    }

    /// The functions of the stack that `finding` names so, innermost first; a bare address is `?`.
    fn functions(&self, finding: &Value, which: &str) -> Vec<String> {
        self.stack(finding, which).map_or(Vec::new(), names)
    }

    fn stack(&self, finding: &Value, which: &str) -> Option<&Value> {
        let id = finding[which].as_u64().unwrap();
        let before = self.lines.iter().take_while(|line| !std::ptr::eq(*line, finding));
        let mut stacks = before.filter(|line| {
            line["kind"] == "stack" && line["pid"] == finding["pid"] && line["id"].as_u64() == Some(id)
        });
        let found = stacks.next();
        assert!(id == 0 || found.is_some(), "{which} {id} of {finding} is not in the log before it");
        assert!(stacks.next().is_none(), "stack {id} is there twice");
        found
    }
}

fn names(stack: &Value) -> Vec<String> {
    let frame = |frame: &Value| {
        let place = usize::try_from(frame[0].as_i64().unwrap()).ok()?;
        let module = &stack["modules"][place];
        let data = fs::read(module[1].as_str().unwrap()).ok()?;
        let file = object::File::parse(&*data).ok()?;
        let written = module[2].as_str().unwrap();
        let id =
            (0..written.len()).step_by(2).map(|at| u8::from_str_radix(&written[at..at + 2], 16).unwrap());
        assert!(id.eq(file.build_id().ok()??.iter().copied()), "{module}");
        assert!(module[1].as_str().unwrap().ends_with(module[0].as_str().unwrap()));
        let address = frame[1].as_u64().unwrap() - 1;
        let has = |symbol: &object::Symbol<'_, '_>| {
            symbol.kind() == object::SymbolKind::Text
                && (symbol.address()..symbol.address() + symbol.size()).contains(&address)
        };
        let symbol = file.symbols().find(has)?;
        Some(symbol.name().ok()?.to_string())
    };
    let frames = stack["frames"].as_array().unwrap();
    frames.iter().map(|one| frame(one).unwrap_or_else(|| "?".to_string())).collect()
}

#[track_caller]
fn begins(found: &[String], with: &[&str]) {
    assert!(
        found.len() >= with.len() && found.iter().zip(with).all(|(one, other)| one == other),
        "{found:?}"
    );
}

#[test]
fn each_way_to_fork_has_three_stacks_and_a_raw_clone_two() {
    let story = Story::new("stacks-ways");
    for (how, options) in [
        ("fork", ""),
        ("fork", "mode=observe"),
        ("_Fork", ""),
        ("daemon", ""),
        ("forkpty", ""),
        ("clone", ""),
        ("small", ""),
    ] {
        let log = story.run(&[how], options);
        assert!(log.output.status.success(), "{how}: {:?}", log.output);
        let finding = log.findings().next().expect(how);
        begins(&log.functions(finding, "made_stack"), &["made_here", "story"]);
        begins(&log.functions(finding, "used_stack"), &["used_here", "uses", "story"]);
        let forked = log.functions(finding, "forked_stack");
        if how == "clone" {
            assert_eq!(forked, [""; 0]);
        } else {
            begins(&forked, &["forked_here", "story"]);
        }
        assert_eq!(finding["holder_stack"], 0);
    }
}

#[test]
fn a_strange_stack_ends_quietly_where_it_stops_making_sense() {
    let story = Story::new("stacks-strange");
    let used = |how: &str| {
        let log = story.run(&[how], "");
        assert!(log.output.status.success(), "{how}: {:?}", log.output);
        let finding = log.findings().next().expect(how);
        begins(&log.functions(finding, "made_stack"), &["made_here"]);
        log.functions(finding, "used_stack")
    };
    let deep = used("deep");
    assert_eq!(deep.len(), 16);
    begins(&deep, &["used_here", "deeper", "deeper"]);
    begins(&used("large"), &["used_here", "large_frame", "uses", "story", "main"]);
    for how in ["signal", "altstack"] {
        let found = used(how);
        begins(&found, &["used_here", "on_signal"]);
        assert!(
            found.iter().any(|name| name == "in_handler") && found.iter().any(|name| name == "main"),
            "{found:?}"
        );
    }
    begins(&used("coroutine"), &["used_here", "coroutine"]);
    if cfg!(target_arch = "x86_64") {
        assert_eq!(used("nothing"), ["used_here", "says_nothing"]);
        assert_eq!(used("below"), ["used_here", "below_the_stack"]);
        assert_eq!(used("above"), ["used_here", "above_the_stack"]);
        assert_eq!(used("generated"), ["used_here", "?"]);
    }
}

#[test]
fn forks_from_one_place_and_from_others_are_told_apart() {
    let story = Story::new("stacks-places");
    let places = "aabaaddbbad";
    let log = story.run(&["places", places], "");
    assert!(log.output.status.success(), "{:?}", log.output);
    let found: Vec<_> = log.findings().map(|finding| log.functions(finding, "forked_stack")).collect();
    assert_eq!(found.len(), places.len());
    for (place, stack) in places.chars().zip(&found) {
        let expected: &[&str] = match place {
            'a' => &["forks", "place_a", "main"],
            'b' => &["forks", "place_b", "main"],
            _ => &["forks", "place_a", "place_d", "place_d", "place_d", "place_d", "main"],
        };
        begins(stack, expected);
    }
}

#[test]
fn the_depth_is_what_was_asked_for_and_0_is_none() {
    let story = Story::new("stacks-depth");
    let log = story.run(&["fork"], "stack_depth=2");
    let finding = log.findings().next().unwrap();
    assert_eq!(log.functions(finding, "made_stack"), ["made_here", "story"]);
    assert_eq!(log.functions(finding, "forked_stack"), ["forked_here", "story"]);
    assert_eq!(log.functions(finding, "used_stack"), ["used_here", "uses"]);
    let log = story.run(&["deep"], "stack_depth=32");
    assert_eq!(log.functions(log.findings().next().unwrap(), "used_stack").len(), 32);
    let log = story.run(&["fork"], "stack_depth=0");
    assert!(log.lines.iter().all(|line| line["kind"] != "stack"));
    let finding = log.findings().next().unwrap();
    for which in ["made_stack", "forked_stack", "used_stack", "holder_stack"] {
        assert_eq!(finding[which], 0);
    }
}

#[test]
fn nothing_is_read_that_valgrind_would_not_read() {
    let story = Story::new("stacks-valgrind");
    if !Path::new("/usr/bin/valgrind").exists() {
        eprintln!("SKIP: valgrind is not installed; scripts/setup test does that");
        return;
    }
    for how in ["fork", "deep", "large", "signal", "coroutine"] {
        let mut valgrind = Command::new("/usr/bin/valgrind");
        valgrind.args(["-q", "--error-exitcode=9"]).arg(&story.program);
        let log = story.run_by(&mut valgrind, &[how], "");
        assert!(log.output.status.success(), "{how}: {:?}", log.output);
        begins(&log.functions(log.findings().next().unwrap(), "used_stack"), &["used_here"]);
    }
}

#[test]
fn a_fork_that_waited_names_the_python_of_the_thread_it_waited_for() {
    let story = Story::new("stacks-holder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/c-tests/real/resolver_fork.py");
    // Whether a fork meets a thread inside is chance: one in two does.
    for _ in 0..10 {
        let log = story.run_by(Command::new("python3").env("FORKS", "10"), &[script], "vanished-threads=off");
        let waited = |line: &&Value| line["call"] == "fork" && line["holder_at"] == "getaddrinfo";
        for finding in log.lines.iter().filter(waited) {
            let python =
                |which| log.stack(finding, which).map(|stack| stack["python"].clone()).unwrap_or_default();
            let (used, holder) = (python("used_stack"), python("holder_stack"));
            assert_eq!(used[0][2], "Children.fork", "{used}");
            if holder[0][2] == "getaddrinfo" {
                assert_eq!(holder[1][2], "resolve", "{holder}");
                assert!(holder[1][0].as_str().unwrap().ends_with("c-tests/real/resolving.py"), "{holder}");
                return;
            }
        }
    }
    panic!("no finding had the Python stack of the thread that was waited for");
}
