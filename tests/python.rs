//! Python frames in the log, against what each Python itself says at the same place.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod command;

use command::{folder, library};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs that are a Python: on PATH, in the folder of pyenv, Debian's. By version and file.
fn pythons() -> BTreeMap<(u8, PathBuf), String> {
    let mut names: Vec<PathBuf> = (8..=14).map(|minor| format!("python3.{minor}").into()).collect();
    names.extend(["python3".into(), "/usr/bin/python3".into()]);
    let pyenv = env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv/versions"));
    for version in pyenv.and_then(|folder| folder.read_dir().ok()).into_iter().flatten().flatten() {
        names.push(version.path().join("bin/python3"));
    }
    let mut found = BTreeMap::new();
    for name in names {
        let tell = "import os, sys; print(sys.version_info[1], os.path.realpath(sys.executable), sys.version.split()[0])";
        let Ok(output) = Command::new(&name).args(["-c", tell]).output() else { continue };
        let text = String::from_utf8(output.stdout).unwrap();
        // pyenv's shim of a version that is not in use answers nothing.
        let [minor, path, version] = text.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        found.insert((minor.parse().unwrap(), path.into()), version.to_owned());
    }
    assert!(!found.is_empty(), "a Python is needed: apt-get install python3");
    found
}

/// What a program printed, and the records it left in its log.
fn run(python: &Path, name: &str, arguments: &[&str]) -> (String, Vec<Value>) {
    let log = folder(&format!("python-{name}")).join("log");
    let output = Command::new(python)
        .args(arguments)
        .env("LD_PRELOAD", library())
        .env("FORKPROOF_OPTIONS", format!("limit=1000:log_path={}", log.display()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {} {errors}", python.display(), output.status);
    let records = fs::read_to_string(log).unwrap_or_default();
    let records = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (String::from_utf8(output.stdout).unwrap(), records)
}

/// The Python frames of one of the stacks that the finding refers to, and why there are none.
fn stack<'a>(records: &'a [Value], finding: &Value, which: &str) -> (&'a Value, &'a str) {
    let is_it = |record: &&Value| {
        record["kind"] == "stack" && record["pid"] == finding["pid"] && record["id"] == finding[which]
    };
    let stack = records.iter().find(is_it).unwrap_or_else(|| panic!("no {which}: {finding}"));
    (&stack["python"], stack["no_python"].as_str().unwrap())
}

#[test]
fn made_forked_and_used_are_where_python_says() {
    for ((minor, python), version) in pythons() {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/program.py");
        let old = "import os, select\npoller = select.epoll()\nif not os.fork(): poller.register(0)\nelse: os.wait()";
        if minor < 8 {
            let (_, records) = run(&python, &version, &["-c", old]);
            let finding = records.iter().find(|record| record["kind"] == "finding").unwrap();
            assert_eq!(stack(&records, finding, "used_stack").1, "CPython before 3.8 is not read");
            println!("{} {version}: refused", python.display());
            continue;
        }
        let (output, records) = run(&python, &version, &["-W", "ignore", program]);
        let findings: HashMap<i64, &Value> = records
            .iter()
            .filter(|record| record["slug"] == "inherited-poller")
            .map(|record| (record["pid"].as_i64().unwrap(), record))
            .collect();
        let mut compared = 0;
        for line in output.lines() {
            let [pid, expected @ ..] = &serde_json::from_str::<[Value; 4]>(line).unwrap();
            let finding = findings[&pid.as_i64().unwrap()];
            for (which, expected) in ["made_stack", "forked_stack", "used_stack"].iter().zip(expected) {
                // Only the thread that came out of the fork knows where that was.
                if *which == "forked_stack" && finding["tid"] != finding["pid"] {
                    continue;
                }
                let (found, why) = stack(&records, finding, which);
                assert_eq!((found, why), (expected, ""), "{version}, {which} of {line}");
                compared += 1;
            }
        }
        assert!(compared > 60, "{version}: {compared}");
        println!("{} {version}: {compared} stacks", python.display());
    }
}

const STORY: &str = "\
import os, select, signal
signal.alarm(60)
def serve(poller):
    if os.fork():
        os.wait()
    else:
        signal.alarm(30)
        poller.register(
            os.pipe()[0])
serve(select.epoll())
";

/// What each stack of [`STORY`] says of why it has no Python frames, and how many it has.
fn story(records: &[Value]) -> Vec<(usize, &str)> {
    let finding = records.iter().find(|record| record["kind"] == "finding").unwrap();
    let stacks = ["made_stack", "forked_stack", "used_stack"].map(|which| stack(records, finding, which));
    stacks.map(|(python, why)| (python.as_array().unwrap().len(), why)).to_vec()
}

#[test]
fn a_debug_build_is_refused_by_name() {
    let python = Path::new("/usr/bin/python3-dbg");
    if !python.exists() {
        println!("SKIP: no debug build here: apt-get install python3-dbg");
        return;
    }
    let (_, records) = run(python, "debug", &["-c", STORY]);
    assert_eq!(story(&records), [(0, "debug builds of CPython are not read"); 3]);
}

/// A program that loads an interpreter for itself, as servers do with their plugins.
#[test]
fn an_interpreter_that_comes_later_is_found() {
    let program = folder("python-late-program").join("late");
    let source = r#"
#include <dlfcn.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    void *python = dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL);
    if (!python) { puts(dlerror()); return 1; }
    ((void (*)(void)) dlsym(python, "Py_Initialize"))();
    int status = ((int (*)(const char *)) dlsym(python, "PyRun_SimpleString"))(arguments[2]);
    ((void (*)(void)) dlsym(python, "Py_Finalize"))();
    dlclose(python);
    /* It may be gone by now, with all that was known of it. */
    int poller = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    if (fork() == 0)
        _exit(epoll_ctl(poller, EPOLL_CTL_ADD, 0, &event) ? 1 : 0);
    int ended = 1;
    wait(&ended);
    return status || ended;
}
"#;
    assert!(command::compiled(&program, source, &["-ldl"]), "the C compiler refuses it");
    let tell = "import sysconfig as s, os, sys; print(next((p for p in (os.path.join(s.get_config_var('LIBDIR') or '', d, s.get_config_var('INSTSONAME') or '-') for d in ('', s.get_config_var('MULTIARCH') or '')) if '.so' in p and os.path.exists(p)), ''), sys.base_prefix)";
    let mut tried = 0;
    for ((minor, python), version) in pythons() {
        let output = Command::new(&python).args(["-c", tell]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let [library, home] = text.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        if minor < 8 {
            continue;
        }
        let log = folder(&format!("python-late-{version}")).join("log");
        let output = Command::new(&program)
            .args([library, STORY])
            .stdin(Stdio::piped())
            .env("PYTHONHOME", home)
            .env("LD_PRELOAD", command::library())
            .env("FORKPROOF_OPTIONS", format!("log_path={}", log.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{version}: {output:?}");
        let records = fs::read_to_string(&log).unwrap();
        let records: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(story(&records), [(1, ""), (2, ""), (2, "")], "{version}");
        tried += 1;
    }
    if tried == 0 {
        println!("SKIP: no libpython here: apt-get install libpython3-dev");
    }
}

/// Threads that nobody waits for go on making pollers while the interpreter goes away under them.
#[test]
fn the_end_of_the_interpreter_is_survived() {
    let program = "\
import select, signal, threading, time
signal.alarm(60)
def spin(n):
    if n: return spin(n - 1)
    while True: select.epoll().close()
for _ in range(3): threading.Thread(target=spin, args=[20], daemon=True).start()
time.sleep(0.02)
";
    for ((_, python), version) in pythons() {
        let (output, _) = run(&python, &format!("end-{version}"), &["-c", program]);
        assert_eq!(output, "", "{version}");
    }
}

/// The thread for which a fork waited: another one than the one that forks, inside of C code, without the GIL.
#[test]
fn the_thread_that_a_fork_waited_for_is_where_python_says() {
    let shim = folder("python-holder-shim").join("shim.so");
    // Stays in the resolver until the program has forked.
    let source = r#"
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    char byte = 1;
    if (write(atoi(getenv("TELL")), &byte, 1) != 1 || read(atoi(getenv("STAY")), &byte, 1) != 1)
        abort();
    return EAI_AGAIN;
}
"#;
    assert!(command::compiled(&shim, source, &["-shared", "-fPIC"]), "the C compiler refuses it");
    let program = "\
import os, signal, socket, threading
signal.alarm(60)
tell, stay = os.pipe(), os.pipe()
os.environ.update(TELL=str(tell[1]), STAY=str(stay[0]))
class Resolver:
    def look_up(self):
        try:
            socket.getaddrinfo(
                'x', 1)
        except OSError:
            pass
thread = threading.Thread(target=Resolver().look_up)
thread.start()
os.read(tell[0], 1)
if os.fork() == 0:
    os._exit(0)
os.write(stay[1], b'x')
thread.join()
os.wait()
";
    for ((minor, python), version) in pythons() {
        if minor < 8 {
            continue;
        }
        let log = folder(&format!("python-holder-{version}")).join("log");
        let output = Command::new(&python)
            .args(["-W", "ignore", "-c", program])
            .env("LD_PRELOAD", format!("{}:{}", library().display(), shim.display()))
            .env("FORKPROOF_OPTIONS", format!("log_path={}", log.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{version}: {output:?}");
        let records = fs::read_to_string(&log).unwrap();
        let records: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let finding = records.iter().find(|record| record["slug"] == "interrupted-resolver").unwrap();
        let (holder, _) = stack(&records, finding, "holder_stack");
        let name = if minor < 11 { "look_up" } else { "Resolver.look_up" };
        assert_eq!(holder[0][2], "getaddrinfo", "{version}: {holder}");
        assert_eq!(holder[1], serde_json::json!(["<string>", 8, name]), "{version}: {holder}");
    }
}

#[test]
fn valgrind_finds_nothing_wrong() {
    let log = folder("python-valgrind").join("log");
    // So that each object is memory of its own.
    let output = Command::new("valgrind")
        .args(["--quiet", "--error-exitcode=0", "/usr/bin/python3", "-c", STORY])
        .env("PYTHONMALLOC", "malloc")
        .env("LD_PRELOAD", library())
        .env("FORKPROOF_OPTIONS", format!("log_path={}", log.display()))
        .output();
    let Ok(output) = output else {
        return println!("SKIP: valgrind is not installed; scripts/setup test does that");
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !errors.contains("Invalid") && !errors.contains("ninitialised"),
        "{errors}"
    );
    let records = fs::read_to_string(&log).unwrap();
    let records: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(story(&records), [(1, ""), (2, ""), (2, "")], "{errors}");
}
