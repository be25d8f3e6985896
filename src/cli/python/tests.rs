//! Real interpreters that wait where we know.
//!
//! `PYTHONS=/opt/3.12/bin/python3:...` has the same done with further interpreters.

mod nonsense;

use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use std::{env, process};

/// What every program begins with. Its standard input stays open until the test is over: `wait` waits for that.
const START: &str = "\
import asyncio, ctypes, os, sys, threading
def wait():
    print(os.getpid(), threading.get_native_id(), flush=True)
    os.read(0, 1)
class Pond:
    def frog(self):
        return [
            len('x'),
            wait(),
        ]
";
const LINES: u32 = 10;

struct Program {
    child: Child,
    pid: u32,
    tid: u32,
}

impl Program {
    /// Runs [`START`] and `rest`, until it has said which thread waits.
    fn new(python: &str, rest: &str) -> Self {
        Self::from(&mut Command::new(python), rest)
    }

    fn from(python: &mut Command, rest: &str) -> Self {
        let mut child = python
            .args(["-W", "ignore", "-c", &format!("{START}{rest}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let (pid, tid) = line.trim().split_once(' ').unwrap();
        Self { pid: pid.parse().unwrap(), tid: tid.parse().unwrap(), child }
    }

    /// Its frames once the innermost is `function`: it said that it would wait, and may not be there yet.
    fn waits_in(&self, function: &str) -> Vec<Frame> {
        frames_once(self.pid, self.tid, |frames| frames[0].function == function && frames[0].line != 3)
    }
}

/// The frames once they are as they should be, or else as they are.
fn frames_once(pid: u32, tid: u32, right: impl Fn(&[Frame]) -> bool) -> Vec<Frame> {
    for _ in 0..5000 {
        match frames(pid, tid) {
            Ok(frames) if right(&frames) => return frames,
            _ => sleep(Duration::from_millis(1)),
        }
    }
    frames(pid, tid).unwrap()
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pythons() -> Vec<String> {
    let more = env::var("PYTHONS").unwrap_or_default();
    let more = more.split(':').filter(|path| !path.is_empty());
    ["python3"].into_iter().chain(more).map(str::to_owned).collect()
}

/// Functions with their lines: those of `rest` are counted from its own first line.
fn brief(frames: &[Frame]) -> Vec<(&str, u32)> {
    frames.iter().map(|frame| (frame.function.as_str(), frame.line)).collect()
}

const WAIT: [(&str, u32); 2] = [("wait", 4), ("Pond.frog", 9)];

#[test]
fn nested_calls_are_named_with_their_lines() {
    for python in pythons() {
        let program = Program::new(&python, "def pond(key):\n    Pond().frog()\nsorted([1], key=pond)\n");
        let frames = program.waits_in("wait");
        let expected = [WAIT[0], WAIT[1], ("pond", LINES + 2), ("<module>", LINES + 3)];
        assert_eq!(brief(&frames), expected, "{python}");
        assert!(frames.iter().all(|frame| frame.file == "<string>"));
    }
}

#[test]
fn a_generator_and_a_comprehension_are_frames_of_their_own() {
    for python in pythons() {
        let program =
            Program::new(&python, "def some():\n    yield Pond().frog()\nnext(x for x in some())\n");
        let frames = program.waits_in("wait");
        let expected =
            [WAIT[0], WAIT[1], ("some", LINES + 2), ("<genexpr>", LINES + 3), ("<module>", LINES + 3)];
        assert_eq!(brief(&frames), expected, "{python}");
    }
}

#[test]
fn each_thread_has_its_own_frames() {
    let rest = "\
threading.Thread(target=Pond().frog, daemon=True).start()
os.read(0, 1)
";
    for python in pythons() {
        let program = Program::new(&python, rest);
        assert_ne!(program.pid, program.tid);
        let frames = program.waits_in("wait");
        assert_eq!(brief(&frames)[..3], [WAIT[0], WAIT[1], ("Thread.run", frames[2].line)], "{python}");
        assert!(frames[2].file.ends_with("/threading.py"));
        let main = frames_once(program.pid, program.pid, |frames| frames[0].function == "<module>");
        assert_eq!(brief(&main), [("<module>", main[0].line)], "{python}");
        assert!(super::frames(program.pid, process::id()).unwrap_err().contains("has no thread"));
    }
}

#[test]
fn a_loop_waits_in_its_selector() {
    let rest = "\
async def forever():
    print(os.getpid(), threading.get_native_id(), flush=True)
    await asyncio.Event().wait()
asyncio.run(forever())
";
    for python in pythons() {
        let program = Program::new(&python, rest);
        let frames = program.waits_in("EpollSelector.select");
        assert!(frames.iter().any(|frame| frame.function == "BaseEventLoop.run_forever"), "{python}");
        assert_eq!(brief(&frames).last(), Some(&("<module>", LINES + 4)), "{python}");
    }
}

#[test]
fn a_coroutine_that_blocks_its_loop_is_named() {
    let rest = "\
async def inner():
    Pond().frog()
async def outer():
    await inner()
asyncio.run(outer())
";
    for python in pythons() {
        let frames = Program::new(&python, rest).waits_in("wait");
        assert_eq!(brief(&frames)[..4], [WAIT[0], WAIT[1], ("inner", LINES + 2), ("outer", LINES + 4)]);
    }
}

/// `os.fork` from the main thread and from another; C code that forks a threaded process without telling Python.
#[test]
fn a_forked_child_is_where_it_waits() {
    let fork = "\
def fork(how):
    child = how()
    if child == 0:
        Pond().frog()
        os._exit(0)
    os.waitpid(child, 0)
";
    let calls = [
        "fork(os.fork)\n",
        "thread = threading.Thread(target=fork, args=[os.fork])\nthread.start()\nthread.join()\n",
        "threading.Thread(target=os.read, args=(0, 1), daemon=True).start()\nfork(ctypes.PyDLL(None).fork)\n",
    ];
    for python in pythons() {
        for call in calls {
            let program = Program::new(&python, &format!("{fork}{call}"));
            assert_ne!(program.pid, program.child.id());
            let frames = program.waits_in("wait");
            assert_eq!(brief(&frames)[..3], [WAIT[0], WAIT[1], ("fork", LINES + 4)], "{python}, {call}");
        }
    }
}

/// One, two and four bytes a character; a name that is not UTF-8 has half surrogates.
#[test]
fn names_may_have_any_letters() {
    let names =
        [("'é.py'", "é.py"), ("'пруд.py'", "пруд.py"), ("'🐸.py'", "🐸.py"), ("'\\udcff'", "\u{fffd}")];
    for python in pythons() {
        for (literal, name) in names {
            let rest = format!("exec(compile('def żaba(): wait()\\nżaba()', {literal}, 'exec'))\n");
            let frames = Program::new(&python, &rest).waits_in("wait");
            assert_eq!(brief(&frames)[1], ("żaba", 1), "{python}");
            assert_eq!(frames[1].file, name, "{python}");
        }
    }
}

#[test]
fn a_deep_stack_is_cut() {
    for python in pythons() {
        let program = Program::new(&python, "def down(n):\n    down(n - 1) if n else wait()\ndown(500)\n");
        let frames = program.waits_in("wait");
        assert_eq!(frames.len(), FRAMES_MAX);
        assert!(frames.iter().skip(1).all(|frame| frame.function == "down" && frame.line == LINES + 2));
    }
}
