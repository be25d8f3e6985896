//! Processes that move, end, lose their file or are no Python, and memory that leads nowhere.

use super::*;
use proptest::prelude::*;

/// Each frame is one that there is.
#[test]
fn a_process_that_moves_yields_no_nonsense() {
    let rest = "\
def leaf(n):
    return [str(n)] * n
def branch(n):
    return leaf(n) if n < 3 else [leaf(n - 1), (lambda: branch(n - 2))()]
print(os.getpid(), threading.get_native_id(), flush=True)
while True:
    branch(9)
";
    for python in pythons() {
        let program = Program::new(&python, rest);
        let mut whole = 0;
        for _ in 0..200 {
            let Ok(frames) = frames(program.pid, program.tid) else { continue };
            whole += usize::from(frames.last().is_some_and(|frame| frame.function == "<module>"));
            for frame in frames {
                let lines = match frame.function.as_str() {
                    "leaf" => LINES + 1..LINES + 3,
                    "branch" => LINES + 3..LINES + 5,
                    "branch.<locals>.<lambda>" => LINES + 4..LINES + 5,
                    "<module>" => LINES + 5..LINES + 8,
                    other => panic!("{python}: there is no {other}"),
                };
                // What carries `n` into the lambda is in no line.
                assert!(frame.line == 0 || lines.contains(&frame.line), "{python}: {frame:?}");
            }
        }
        assert!(whole > 0, "{python}");
    }
}

#[test]
fn one_that_ends_is_an_error() {
    let mut program = Program::new("python3", "wait()\n");
    program.waits_in("wait");
    program.child.kill().unwrap();
    // A zombie, and then nothing at all.
    let ended = (0..5000).map(|_| frames(program.pid, program.tid)).find(Result::is_err);
    assert!(ended.unwrap().is_err());
    program.child.wait().unwrap();
    assert!(frames(program.pid, program.tid).unwrap_err().contains("has ended"));
    assert!(frames(0, 0).is_err() && frames(u32::MAX, 1).is_err());
}

/// An upgrade replaces the file while the process runs the old one.
#[test]
fn a_program_whose_file_is_gone_is_read_all_the_same() {
    let places = "import os, sys; print(os.path.realpath(sys.executable), sys.base_prefix)";
    let places = Command::new("python3").args(["-c", places]).output().unwrap().stdout;
    let places = String::from_utf8(places).unwrap();
    let (program, home) = places.trim().split_once(' ').unwrap();
    let copy = env::temp_dir().join(format!("forkproof-python-{}", process::id()));
    std::fs::copy(program, &copy).unwrap();
    let run = format!("PYTHONHOME={home} exec {} \"$@\"", copy.display());
    let program = Program::from(Command::new("sh").args(["-c", &run, "sh"]), "Pond().frog()\n");
    std::fs::copy("/bin/sh", copy.with_extension("new")).unwrap();
    std::fs::rename(copy.with_extension("new"), &copy).unwrap();
    assert_eq!(brief(&program.waits_in("wait"))[..2], WAIT);
    std::fs::remove_file(copy).unwrap();
}

#[test]
fn what_is_no_python_is_said_to_be_none() {
    let fixed = env::temp_dir().join(format!("forkproof-static-{}", process::id()));
    let source = "int pause(void); int main(void) { return pause(); }";
    let cc = format!("echo '{source}' | cc -static -s -x c - -o {}", fixed.display());
    assert!(Command::new("sh").args(["-c", &cc]).status().unwrap().success());
    for (program, argument) in [("sleep", "100"), (fixed.to_str().unwrap(), "")] {
        let mut child = Command::new(program).arg(argument).spawn().unwrap();
        assert!(frames(child.id(), child.id()).unwrap_err().contains("no Python"), "{program}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    std::fs::remove_file(fixed).unwrap();
}

/// A process of which nothing is as it should be: ourselves, with `words` for a `_PyRuntime`.
fn read_nonsense(mut words: Vec<u64>, nonsense: &[(u8, u64)]) {
    let length = words.len() + nonsense.len();
    words.reserve_exact(nonsense.len());
    let start = words.as_ptr().addr() as u64;
    words.extend(nonsense.iter().map(|&(form, value)| match form {
        0..=3 => start + 8 * (value % length as u64),
        4 => value % 4096,
        5 => process::id().into(),
        _ => value,
    }));
    let memory = Memory::of(process::id()).unwrap();
    let maps = Maps::of(process::id()).unwrap();
    let wanted = Wanted::of(process::id(), process::id(), &maps, &memory).unwrap();
    for version in [Some((3, 11)), Some((3, 12)), None] {
        let image = image::Image { runtime: start, version };
        if let Ok(layout) = offsets::layout(&memory, &image) {
            let _ = stack(&memory, &layout, start, &wanted);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pointers_that_lead_anywhere_are_a_value(words in prop::collection::vec((0_u8..8, any::<u64>()), 256)) {
        read_nonsense(Vec::new(), &words);
    }

    #[test]
    fn a_description_may_say_anything(
        minor in 12_u64..16,
        words in prop::collection::vec((0_u8..8, any::<u64>()), 256),
        small in any::<bool>(),
    ) {
        let cookie = u64::from_ne_bytes(*b"xdebugpy");
        let words: Vec<_> = words.into_iter().map(|(form, value)| (if small { 4 } else { form }, value)).collect();
        read_nonsense(vec![cookie, 0x0300_00f0 | minor << 16, 0], &words);
    }
}
