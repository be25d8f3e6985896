//! What suppressions silence and what they leave, and findings in the system's log.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the bans are for the library")]

mod command;

use command::{compiled, folder, library};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = folder("finds").join("finds");
        assert!(compiled(&program, include_str!("log/finds.c"), &["-O1"]));
        program
    })
}

struct Run {
    output: Output,
    findings: Vec<Value>,
}

impl Run {
    /// Lines of ours on stderr.
    fn said(&self) -> Vec<String> {
        let text = String::from_utf8(self.output.stderr.clone()).unwrap();
        text.lines().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect()
    }

    fn status(&self) -> Option<i32> {
        self.output.status.code()
    }
}

/// `finds` with these suppressions, in a folder of its own.
fn run(name: &str, arguments: [&str; 2], suppressions: impl AsRef<[u8]>, options: &str) -> Run {
    let folder = folder(name);
    let (file, log) = (folder.join("accepted"), folder.join("log"));
    fs::write(&file, suppressions).unwrap();
    run_with(&file, &log, arguments, options)
}

fn run_with(file: &Path, log: &Path, arguments: [&str; 2], options: &str) -> Run {
    let options = format!("suppressions={}:log_path={}:{options}", file.display(), log.display());
    let mut command = Command::new(program());
    command.args(arguments).env("LD_PRELOAD", library()).env("FORKPROOF_OPTIONS", options);
    let output = command.output().unwrap();
    let text = fs::read_to_string(log).unwrap_or_default();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    Run { output, findings: records.filter(|record| record["kind"] == "finding").collect() }
}

#[test]
fn a_suppressed_finding_is_mended_and_logged_and_not_said() {
    for (name, line) in [
        ("by call", "inherited-poller:^epoll_ctl$"),
        ("by part", "inherited-poller:poll_c"),
        ("by module", "inherited-poller:^finds$"),
        ("by any", "called_from_lib:finds"),
        ("by star", "  inherited-poller : ^epoll*ctl$  "),
    ] {
        let run = run(name, ["1", "0"], format!("# seen\n\n{line}\n"), "mode=strict");
        assert_eq!(run.said(), [""; 0], "{name}");
        assert_eq!(run.status(), Some(0), "{name}: it counts for a strict run");
        assert_eq!(run.findings.len(), 1);
        assert_eq!(run.findings[0]["suppressed"], line.trim());
        assert_eq!(run.findings[0]["outcome"], "repaired");
    }
}

#[test]
fn what_no_line_matches_is_said() {
    let lines = "lost-wait:*\ninherited-poller:^epoll$\ninherited-poller:libuv\n";
    let run = run("no match", ["1", "0"], lines, "mode=strict");
    assert_eq!(run.said().len(), 1);
    assert_eq!(run.status(), Some(66));
    assert_eq!((run.findings.len(), &run.findings[0]["suppressed"]), (1, &"".into()));
}

const SCRIPT: &str = "
import os, select

def make_the_loop():
    return select.epoll()

def use_it(poller):
    poller.register(os.pipe()[0], select.EPOLLIN)

poller = make_the_loop()
if os.fork() == 0:
    use_it(poller)
    os._exit(0)
os.wait()
";

#[test]
fn a_python_function_or_file_of_any_of_the_stacks_silences_with_a_log_or_without() {
    let folder = folder("python names");
    let script = folder.join("story.py");
    fs::write(&script, SCRIPT).unwrap();
    for (pattern, silenced) in
        [("^make_the_loop$", true), ("^use_it$", true), ("story.py$", true), ("^forked_by$", false)]
    {
        for log in ["", ":log_path=/dev/null"] {
            let file = folder.join("accepted");
            fs::write(&file, format!("inherited-poller:{pattern}\n")).unwrap();
            let options = format!("suppressions={}{log}", file.display());
            let mut python = Command::new("python3");
            python.arg(&script).env("LD_PRELOAD", library()).env("FORKPROOF_OPTIONS", options);
            let said = String::from_utf8(python.output().unwrap().stderr).unwrap();
            assert_eq!(said.contains("inherited-poller"), !silenced, "{pattern}{log}: {said}");
        }
    }
}

#[test]
fn an_end_is_always_said() {
    let run = run("end", ["1", "0"], "inherited-poller:*", "inherited-poller=die:exitcode=9");
    assert_eq!((run.said().len(), run.status()), (1, Some(9)));
    assert_eq!(run.findings[0]["suppressed"], "");
}

#[test]
fn the_suppressed_have_a_limit_of_their_own() {
    let run = run("limit", ["30", "5"], "inherited-poller:epoll_ctl", "inherited-poller=poison");
    assert_eq!(run.said().len(), 5);
    let suppressed = run.findings.iter().filter(|finding| finding["suppressed"] != "");
    let counts: Vec<_> = suppressed.map(|finding| finding["held_back"].as_u64().unwrap()).collect();
    assert_eq!(counts.len(), 21);
    assert_eq!(counts[20], 9);
    assert_eq!(run.findings.len(), 26);
}

#[test]
fn bad_lines_are_named_and_the_others_hold() {
    let lines = "inherited-poller\ninherited-polar:x\ninherited-poller:\ninherited-poller:epoll_ctl\n";
    let options = "exitcode=66";
    let bad = run("bad lines", ["1", "0"], lines, options);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad lines/accepted");
    let name = file.display();
    assert_eq!(
        bad.said(),
        [
            format!(
                "suppressions: {name} line 1: `inherited-poller` ignored: write SLUG:PATTERN, or called_from_lib:PATTERN"
            ),
            format!(
                "suppressions: {name} line 2: unknown type `inherited-polar` ignored: it is a hazard's slug, as findings name it, or called_from_lib"
            ),
            format!(
                "suppressions: {name} line 3: `inherited-poller:` ignored: no pattern; `*` matches everything"
            ),
        ]
    );
    assert_eq!(bad.findings[0]["suppressed"], "inherited-poller:epoll_ctl");
    assert_eq!(run("bad lines", ["1", "0"], lines, "mode=strict").status(), Some(2));

    let many = run("many bad lines", ["0", "0"], "x\n".repeat(300_000), options);
    assert_eq!(many.said().len(), 11);
    assert!(many.said()[10].ends_with(": 299990 more lines ignored"), "{}", many.said()[10]);
}

#[test]
fn a_file_that_cannot_be_read_is_one_line() {
    let folder = folder("no file");
    let log = folder.join("log");
    for (file, why) in [
        (folder.join("missing"), "cannot be read (ENOENT): nothing is suppressed"),
        (folder.clone(), "cannot be read (errno 21): nothing is suppressed"),
        (PathBuf::from("/dev/zero"), "is larger than 1048576 bytes: nothing is suppressed"),
    ] {
        let run = run_with(&file, &log, ["0", "0"], "");
        assert_eq!(run.said(), [format!("suppressions: {} {why}", file.display())]);
        assert_eq!(run.status(), Some(0));
        assert_eq!(run_with(&file, &log, ["0", "0"], "mode=strict").status(), Some(2));
    }
}

/// Listens where the system's log would be, in a mount namespace of its own, and runs a command.
const LISTENER: &str = r"
import os, socket, subprocess, sys
path = sys.argv[1]
os.makedirs(os.path.dirname(path), exist_ok=True)
there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
there.bind(path)
there.settimeout(10)
done = subprocess.run(sys.argv[2:], env=dict(os.environ, LD_PRELOAD=os.environ['LIBRARY']))
assert done.returncode == 0, done
sys.stdout.buffer.write(there.recv(65536))
there.setblocking(False)
try:
    print('another:', there.recv(65536))
except BlockingIOError:
    pass
";

/// What was sent to `path`, or why that cannot be tried here.
fn sent(path: &str, options: &str) -> Result<(Vec<u8>, String), String> {
    let below = Path::new(path).ancestors().nth(path.split('/').count() - 2).unwrap();
    let script = folder("listener").join("listen.py");
    fs::write(&script, LISTENER).unwrap();
    // A folder of our own in the place of /dev or /run; all of /dev that a program needs is /dev/null.
    let shell = format!(
        "mount -t tmpfs none {0} && if [ {0} = /dev ]; then : > /dev/null; fi && exec python3 \"$@\"",
        below.display()
    );
    let unshared = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.arg("-rm").args(arguments);
        command.env("LIBRARY", library()).env("FORKPROOF_OPTIONS", options);
        command.output()
    };
    let may = unshared(&["sh", "-c", "mount -t tmpfs none /mnt"]);
    match may {
        Err(error) => return Err(format!("no unshare: {error}")),
        Ok(output) if !output.status.success() => {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Ok(_) => {}
    }
    let (script, program) = (script.to_str().unwrap(), program().to_str().unwrap());
    let output = unshared(&["sh", "-c", &shell, "sh", script, path, program, "1", "0"]).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    Ok((output.stdout, stderr))
}

#[test]
fn a_finding_goes_to_syslog_as_one_datagram() {
    let (datagram, stderr) = match sent("/dev/log", "syslog=syslog") {
        Ok(sent) => sent,
        Err(why) => return eprintln!("SKIP: no mount namespace here: {why}"),
    };
    let text = String::from_utf8(datagram).unwrap();
    assert!(text.starts_with("<28>forkproof["), "{text}");
    assert!(text.contains("]: inherited-poller: epoll_ctl on "), "{text}");
    assert!(!text.contains("another"), "{text}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_finding_goes_to_the_journal_with_its_fields() {
    let (datagram, _) = match sent("/run/systemd/journal/socket", "syslog=journal") {
        Ok(sent) => sent,
        Err(why) => return eprintln!("SKIP: no mount namespace here: {why}"),
    };
    let text = String::from_utf8(datagram).unwrap();
    assert!(text.starts_with("MESSAGE=inherited-poller: "), "{text}");
    for line in [
        "PRIORITY=4",
        "SYSLOG_IDENTIFIER=forkproof",
        "FORKPROOF_SLUG=inherited-poller",
        "FORKPROOF_ACTION=repair",
        "FORKPROOF_OUTCOME=repaired",
        "FORKPROOF_CALL=epoll_ctl",
        "FORKPROOF_ERRNO=0",
    ] {
        assert!(text.lines().any(|there| there == line), "{line}: {text}");
    }
}

#[test]
fn what_the_system_log_does_not_take_is_counted() {
    // Two findings, so that the second can tell what became of the first.
    if Path::new("/run/systemd/journal/socket").exists() {
        return eprintln!("SKIP: this machine has a journal, which would take it");
    }
    let options = "syslog=journal:inherited-poller=poison";
    let run = run("no journal", ["2", "0"], "", options);
    assert_eq!(run.status(), Some(0));
    assert!(run.said()[1].ends_with("(lines that could not be written before: 1)"), "{:?}", run.said());
}
