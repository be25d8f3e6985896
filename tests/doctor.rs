//! `forkproof doctor`: each verdict beside the truth, which is what happens when the program runs with the library
//! preloaded.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod command;

use command::{compiled, executable, folder, forkproof, library, path, refused, run, set_mode};
use proptest::prelude::*;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Says whether the library is in it. Without a header, so that it also compiles for a machine whose headers are not there.
const TELLS: &str = r#"
int open(const char *, int, ...); long read(int, void *, unsigned long); int puts(const char *);
void *memmem(const void *, unsigned long, const void *, unsigned long);
static char text[1 << 18];
static int tell(void) {
    unsigned long have = 0; long got; int maps = open("/proc/self/maps", 0);
    while ((got = read(maps, text + have, sizeof text - have)) > 0) have += got;
    puts(memmem(text, have, "libforkproof.so", 15) ? "in" : "out");
    return 0;
}
"#;

fn tells(folder: &Path, options: &[&str]) -> Option<PathBuf> {
    let file = folder.join("program");
    compiled(&file, &format!("{TELLS}\nint main(void) {{ return tell(); }}\n"), options).then_some(file)
}

/// What the program says of itself with these libraries preloaded: `in`, `out`, or that it did not run.
fn truth(program: &mut Command, preload: impl AsRef<OsStr>) -> String {
    let output = program.env("LD_PRELOAD", preload).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        said
    } else {
        format!("it did not run: {}", String::from_utf8_lossy(&output.stderr))
    }
}

struct Answer {
    covered: bool,
    value: Value,
}

impl Answer {
    /// Reason and fix of the worst that a check has to say.
    fn of(&self, check: &str, verdict: &str) -> String {
        let checks = self.value["checks"].as_array().unwrap();
        let wanted = |one: &&Value| one["check"] == check && one["verdict"] == verdict;
        let texts = checks.iter().filter(wanted).map(|one| format!("{} -> {}", one["reason"], one["fix"]));
        let text = texts.collect::<Vec<_>>().join("\n");
        assert!(!text.is_empty(), "{check} has no {verdict}: {:#}", self.value);
        text
    }

    fn problem(&self, check: &str) -> String {
        assert!(!self.covered, "{:#}", self.value);
        self.of(check, "problem")
    }
}

fn answer(command: &mut assert_cmd::Command) -> Answer {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let value: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    let covered = value["covered"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(!covered)));
    let checks = value["checks"].as_array().unwrap();
    for check in [
        "program",
        "libc",
        "machine",
        "privileges",
        "libraries",
        "sanitizer",
        "preloads",
        "launch",
        "binding",
        "forks",
        "server",
        "process",
        "symbols",
        "system",
    ] {
        assert!(checks.iter().any(|one| one["check"] == check), "{check} has no verdict: {value:#}");
    }
    let has_problem = checks.iter().any(|one| one["verdict"] == "problem");
    assert_eq!(covered, !has_problem);
    Answer { covered, value }
}

fn doctor(words: &[impl AsRef<OsStr>]) -> Answer {
    answer(forkproof().args(["doctor", "--json", "--"]).args(words))
}

#[test]
fn an_ordinary_program_is_covered() {
    let program = tells(&folder("doctor-ordinary"), &[]).unwrap();
    assert!(doctor(&[&program]).covered);
    assert_eq!(truth(&mut Command::new(&program), library()), "in");
}

#[test]
fn a_static_program_is_not() {
    for options in [&["-static"][..], &["-static-pie"]] {
        let program =
            tells(&folder("doctor-static"), options).expect("a static C library: apt-get install libc6-dev");
        let text = doctor(&[&program]).problem("program");
        assert!(text.contains("statically linked") && text.contains("dynamically linked build"), "{text}");
        assert_eq!(truth(&mut Command::new(&program), library()), "out");
        refused(&mut run(&program), 126);
    }
}

#[test]
fn a_go_program_is_not_with_cgo_or_without() {
    let folder = folder("doctor-go");
    let main = |import: &str| {
        format!(
            "package main\n{import}\nimport (\"fmt\"; \"os\"; \"strings\")\nfunc main() {{\n\
             maps, _ := os.ReadFile(\"/proc/self/maps\")\n\
             if strings.Contains(string(maps), \"libforkproof.so\") {{ fmt.Println(\"in\") }} else {{ fmt.Println(\"out\") }}\n}}\n"
        )
    };
    let build = |cgo: &str, import: &str| {
        fs::write(folder.join("main.go"), main(import)).unwrap();
        let program = folder.join(format!("go-{cgo}"));
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(&program).arg("main.go").current_dir(&folder);
        go.env("CGO_ENABLED", cgo)
            .env("GOCACHE", folder.join("cache"))
            .env("GO111MODULE", "off")
            .env("GOFLAGS", "");
        let output = go.output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(program)
    };
    let Some(program) = build("0", "") else {
        return eprintln!("SKIP: there is no Go compiler (golang-go)");
    };
    let text = doctor(&[&program]).problem("program");
    assert!(text.contains("statically linked") && text.contains("Go program"), "{text}");
    assert_eq!(truth(&mut Command::new(&program), library()), "out");
    let program = build("1", "// #include <stdlib.h>\nimport \"C\"").unwrap();
    let text = doctor(&[&program]).problem("program");
    assert!(text.contains("cgo") && text.contains("makes its system calls itself"), "{text}");
    assert_eq!(truth(&mut Command::new(&program), library()), "in", "in, and blind for what Go does");
}

#[test]
fn a_setuid_copy_is_not() {
    let folder = folder("doctor-setuid");
    let program = tells(&folder, &[]).unwrap();
    let is_root = fs::metadata(&folder).unwrap().uid() == 0;
    if is_root {
        chown(&program, Some(65534), Some(65534)).unwrap();
    }
    set_mode(&program, 0o4755);
    let text = doctor(&[&program]).problem("privileges");
    assert!(text.contains("is setuid") && text.contains("run a copy without the bit"), "{text}");
    refused(&mut run(&program), 126);
    if is_root {
        assert_eq!(truth(&mut Command::new(&program), library()), "out");
    } else {
        eprintln!("SKIP: only root can make a program that is setuid to another user");
    }
    // The fix does what it says.
    let copy = folder.join("copy");
    fs::copy(&program, &copy).unwrap();
    set_mode(&copy, 0o755);
    assert!(doctor(&[&copy]).covered);
    assert_eq!(truth(&mut Command::new(&copy), library()), "in");
}

#[test]
fn a_script_is_what_runs_it() {
    let folder = folder("doctor-script");
    let program = tells(&folder, &[]).unwrap();
    let script = folder.join("script");
    executable(&script, format!("#!/bin/sh\nexec {}\n", program.display()));
    let answer = doctor(&[&script]);
    assert!(answer.covered && answer.of("launch", "ok").contains("is a script"));
    assert_eq!(truth(&mut Command::new(&script), library()), "in");

    let behind = folder.join("behind-env");
    executable(&behind, "#!/usr/bin/env -S A=1 python3 -u\n");
    assert!(doctor(&[&behind]).covered);

    let undoing = folder.join("undoing");
    executable(&undoing, format!("#!/bin/sh\nunset LD_PRELOAD\nexec {}\n", program.display()));
    let answer = doctor(&[&undoing]);
    assert!(answer.of("launch", "note").contains("line 2"), "{:#}", answer.value);
    assert_eq!(truth(&mut Command::new(&undoing), library()), "out");

    let of_static = folder.join("of-static");
    let still = tells(&command::folder("doctor-script-static"), &["-static"]).unwrap();
    executable(&of_static, format!("#!{}\n", still.display()));
    let text = doctor(&[&of_static]).problem("program");
    assert!(text.contains("of-static is a script: ") && text.contains("statically linked"), "{text}");
    assert_eq!(truth(&mut Command::new(&of_static), library()), "out");
}

#[test]
fn a_launcher_hands_the_library_on_or_not() {
    let program = tells(&folder("doctor-launch"), &[]).unwrap();
    let program = program.to_str().unwrap();
    for (words, expected) in [
        (vec!["env", "A=1", program], "in"),
        (vec!["nice", "-n", "1", "env", program], "in"),
        (vec!["timeout", "-k", "5", "20", program], "in"),
        (vec!["env", "-i", program], "out"),
        (vec!["env", "-u", "LD_PRELOAD", program], "out"),
        (vec!["timeout", "20", "env", "LD_PRELOAD=", program], "out"),
    ] {
        let answer = doctor(&words);
        assert_eq!(truth(Command::new(words[0]).args(&words[1..]), library()), expected, "{words:?}");
        assert_eq!(answer.covered, expected == "in", "{words:?}: {:#}", answer.value);
        if expected == "out" {
            assert!(answer.problem("launch").contains("forkproof run -- "), "{words:?}");
        }
    }
    let again = ["env", "-i", path().to_str().unwrap(), "run", "--", program];
    assert_eq!(truth(Command::new(again[0]).args(&again[1..]), library()), "in");
    assert!(doctor(&again).covered);
    let text = doctor(&["env", "A=1", "/no/such/program"][..2]);
    assert!(text.covered, "env alone prints its environment: {:#}", text.value);
}

#[test]
fn an_asan_program_is_with_the_right_order() {
    let Some(program) = tells(&folder("doctor-asan"), &["-fsanitize=address"]) else {
        return eprintln!("SKIP: this compiler has no address sanitizer");
    };
    let answer = doctor(&[&program]);
    let text = answer.of("sanitizer", "note");
    assert!(answer.covered && text.contains("has to come before everything"), "{text}");
    let wrong = truth(&mut Command::new(&program), library());
    assert!(wrong.contains("ASan runtime does not come first"), "{wrong}");
    let order = text.split("LD_PRELOAD=").nth(1).unwrap().trim_end_matches('"');
    assert_eq!(truth(&mut Command::new(&program), order), "in", "with LD_PRELOAD={order}");
    run(&program).assert().success().stdout("in\n");
}

#[test]
fn a_tsan_program_is() {
    let Some(program) = tells(&folder("doctor-tsan"), &["-fsanitize=thread"]) else {
        return eprintln!("SKIP: this compiler has no thread sanitizer");
    };
    let answer = doctor(&[&program]);
    assert!(answer.covered && answer.of("sanitizer", "ok").contains("gets on with the library"));
    match truth(&mut Command::new(&program), "").as_str() {
        "out" => assert_eq!(truth(&mut Command::new(&program), library()), "in"),
        said => eprintln!("SKIP: the thread sanitizer does not run on this kernel: {said}"),
    }
}

#[test]
fn musl_is_not() {
    let folder = folder("doctor-musl");
    let program = tells(&folder, &["-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1"]).unwrap();
    assert!(doctor(&[&program]).problem("libc").contains("linked to musl"));
    let root = folder.join("root");
    fs::create_dir_all(root.join("lib")).unwrap();
    fs::write(root.join("lib/ld-musl-x86_64.so.1"), "").unwrap();
    assert!(doctor_in(&root, &[]).problem("libc").contains("is musl"));
}

#[test]
fn another_preload_is_named_with_its_order() {
    let program = tells(&folder("doctor-jemalloc"), &[]).unwrap();
    let places =
        ["x86_64", "aarch64"].map(|machine| format!("/usr/lib/{machine}-linux-gnu/libjemalloc.so.2"));
    if let Some(jemalloc) = places.iter().find(|place| Path::new(place).exists()) {
        let answer = answer(forkproof().args(["doctor", "--json"]).arg(&program).env("LD_PRELOAD", jemalloc));
        let text = answer.of("preloads", "ok");
        let order = format!("LD_PRELOAD={}:{jemalloc}", library().display());
        assert!(answer.covered && text.contains("replaces malloc") && text.contains(&order), "{text}");
        run(&program).env("LD_PRELOAD", jemalloc).assert().success().stdout("in\n");
        let output = run("cat").arg("/proc/self/maps").env("LD_PRELOAD", jemalloc).output().unwrap();
        let maps = String::from_utf8(output.stdout).unwrap();
        assert!(maps.contains("libjemalloc") && maps.contains("libforkproof"), "{maps}");
    } else {
        eprintln!("SKIP: libjemalloc2 is not installed");
    }
    let hooks = folder("doctor-hooks").join("libhooks.so");
    assert!(compiled(&hooks, "int epoll_create1(int flags) { return -flags; }\n", &["-shared", "-fPIC"]));
    let answer_with =
        |list: &str| answer(forkproof().args(["doctor", "--json"]).arg(&program).env("LD_PRELOAD", list));
    assert!(answer_with(hooks.to_str().unwrap()).of("preloads", "note").contains("also hooks epoll_create1"));
    assert!(answer_with("/no/such/lib.so").of("preloads", "note").contains("does not find"));
}

#[test]
fn a_32_bit_program_is_not() {
    let folder = folder("doctor-narrow");
    let program = folder.join("program");
    let start = format!("{TELLS}\nvoid exit(int);\nvoid _start(void) {{ tell(); exit(0); }}\n");
    let real = Path::new("/lib32/libc.so.6").exists()
        && compiled(
            &program,
            &start.replace("unsigned long", "unsigned"),
            &["-m32", "-nostdlib", "/lib32/libc.so.6"],
        );
    if real {
        assert_eq!(truth(&mut Command::new(&program), library()), "out");
    } else {
        eprintln!("SKIP: no 32-bit C library (libc6-i386); a header alone is examined");
        let mut narrow = fs::read("/proc/self/exe").unwrap();
        narrow[4] = 1; // ELFCLASS32
        narrow[16..20].copy_from_slice(&[2, 0, 3, 0]);
        narrow[28..52].fill(0); // the header of ELF32 from its e_phoff on: no segments
        executable(&program, &narrow);
    }
    let text = doctor(&[&program]).problem("machine");
    assert!(text.contains("32-bit x86 program") && text.contains("for that machine"), "{text}");
    refused(&mut run(&program), 126);
}

/// A program that has said whether the library is in it, and stays until it is killed.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn running(program: &Path, variables: &[(&str, &OsStr)]) -> (Running, String) {
    let mut command = Command::new(program);
    command.env_remove("LD_PRELOAD").env_remove("FORKPROOF_OPTIONS").env_remove("FORKPROOF_DISABLE");
    command.envs(variables.iter().copied());
    started(command)
}

/// Once it has said a line.
fn started(mut command: Command) -> (Running, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Running(child), line.trim().to_owned())
}

#[test]
fn a_process_has_it_or_not() {
    let folder = folder("doctor-process");
    let program = folder.join("program");
    let source = format!(
        "{TELLS}\nint fflush(void *);\nint main(void) {{ char c; tell(); fflush(0); return (int)read(0, &c, 1); }}\n"
    );
    assert!(compiled(&program, &source, &[]));
    let library = library();
    let ask = |child: &Running| doctor(&[child.0.id().to_string()]);

    let (without, said) = running(&program, &[]);
    assert_eq!(said, "out");
    let text = ask(&without).problem("process");
    assert!(text.contains("started without LD_PRELOAD") && text.contains("forkproof run -- "), "{text}");

    let log = folder.join("log");
    let options = format!("mode=observe:log_path={}", log.display());
    let variables = [("LD_PRELOAD", library.as_os_str()), ("FORKPROOF_OPTIONS", OsStr::new(&options))];
    let (with, said) = running(&program, &variables);
    assert_eq!(said, "in");
    let answer = ask(&with);
    let text = answer.of("process", "ok");
    assert!(
        answer.covered && text.contains(library.to_str().unwrap()) && text.contains("mode observe"),
        "{text}"
    );
    assert!(text.contains("it has 1 thread"), "{text}");
    assert!(answer.of("system", "ok").contains("can be written"));

    let variables = [("LD_PRELOAD", library.as_os_str()), ("FORKPROOF_DISABLE", OsStr::new("1"))];
    let (disabled, said) = running(&program, &variables);
    assert_eq!(said, "in");
    assert!(ask(&disabled).problem("process").contains("does nothing"));

    let (lost, said) = running(&program, &[("LD_PRELOAD", OsStr::new("/gone/libforkproof.so"))]);
    assert_eq!(said, "out");
    assert!(ask(&lost).problem("process").contains("could not load it"));

    // Strict seccomp lets it read, and nothing else.
    let strict = folder.join("strict");
    let source = "#include <sys/prctl.h>\n#include <unistd.h>\nint main(void) { char c; prctl(PR_SET_SECCOMP, 1);\n\
        write(1, \"in\\n\", 3); return (int)read(0, &c, 1); }\n";
    assert!(compiled(&strict, source, &[]));
    let (strict, _) = running(&strict, &[("LD_PRELOAD", library.as_os_str())]);
    assert!(ask(&strict).problem("system").contains("strict mode"));

    // The file may be replaced while its process runs.
    let (removed, _) = running(&program, &[("LD_PRELOAD", library.as_os_str())]);
    fs::remove_file(&program).unwrap();
    assert!(ask(&removed).covered);
}

#[test]
fn what_may_not_be_looked_into_is_said() {
    assert!(refused(forkproof().args(["doctor", "4194305"]), 127).contains("no process 4194305"));
    if fs::metadata("/proc/self/exe").unwrap().uid() != 0 {
        assert!(refused(forkproof().args(["doctor", "1"]), 125).contains("as root"));
        return;
    }
    let own = std::process::id().to_string();
    // Where /proc hides other users' processes (hidepid=), they are not said to be gone.
    for (words, status) in [(&["doctor"][..], 125), (&["dump"], 126), (&["watch", "--for=9", "-p"], 125)] {
        let output = Command::new(path()).args(words).arg(&own).uid(65534).gid(65534).output();
        match output {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(status), "{words:?}: {text}");
                assert!(text.contains("user") && text.contains("or as root"), "{words:?}: {text}");
            }
            Err(error) => return eprintln!("SKIP: another user cannot start {}: {error}", path().display()),
        }
    }
}

#[test]
fn what_the_kernel_will_not_run_is_said_with_what_to_do() {
    let folder = folder("doctor-odd");
    let script = |name: &str, text: &str| {
        executable(&folder.join(name), text.as_bytes());
        folder.join(name)
    };
    let dos = doctor(&[script("dos", "#!/bin/sh\r\nexit 0\r\n").as_os_str()]).problem("program");
    assert!(dos.contains("/bin/sh\\\\r is not there") && dos.contains("DOS line ends"), "{dos}");
    let gone = doctor(&[script("gone", "#!/no/such/sh\n").as_os_str()]).problem("program");
    assert!(gone.contains("its interpreter /no/such/sh is not there"), "{gone}");
    refused(forkproof().arg("run").arg(folder.join("gone")), 126);
    assert!(refused(forkproof().args(["doctor", ""]), 127).contains("name of the program is empty"));
    assert!(refused(forkproof().args(["doctor", "/dev/null"]), 126).contains("not a regular file"));
}

#[test]
fn a_snap_is_known_by_what_its_name_leads_to() {
    let folder = folder("doctor-snap");
    let snap = tells(&folder, &[]).unwrap().with_file_name("snap");
    fs::rename(folder.join("program"), &snap).unwrap();
    symlink(&snap, folder.join("hello")).unwrap();
    let text = doctor(&[folder.join("hello").as_os_str()]).problem("launch");
    assert!(text.contains("snap has the program started with another environment"), "{text}");
}

#[test]
fn a_program_that_answers_for_libc_is_not_seen() {
    let program = folder("doctor-own").join("program");
    let source = "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdio.h>\n\
        int epoll_create1(int flags) { return -flags; }\n\
        int main(void) { Dl_info found; dladdr(dlsym(RTLD_DEFAULT, \"epoll_create1\"), &found);\n\
        puts(found.dli_fname); return 0; }\n";
    assert!(compiled(&program, source, &["-rdynamic", "-ldl"]));
    let text = doctor(&[&program]).problem("binding");
    assert!(text.contains("defines epoll_create1 itself") && text.contains("-fvisibility=hidden"), "{text}");
    assert_eq!(truth(&mut Command::new(&program), library()), program.to_str().unwrap());
    // The fix does what it says.
    assert!(compiled(&program, source, &["-rdynamic", "-ldl", "-fvisibility=hidden"]));
    assert!(doctor(&[&program]).covered);
    assert_eq!(truth(&mut Command::new(&program), library()), library().to_str().unwrap());
}

#[test]
fn a_library_that_calls_itself_is_named() {
    let folder = folder("doctor-symbolic");
    let shared = folder.join("libown.so");
    let source =
        "int epoll_create1(int flags) { return flags; }\nint call(void) { return epoll_create1(12345); }\n";
    assert!(compiled(&shared, source, &["-shared", "-fPIC", "-Wl,-Bsymbolic"]));
    let program = folder.join("program");
    let source = "int call(void); int puts(const char *);\nint main(void) { puts(call() == 12345 ? \"own\" : \"hooked\"); return 0; }\n";
    let beside = format!("-L{}", folder.display());
    assert!(compiled(&program, source, &[&beside, "-lown", "-Wl,-rpath,$ORIGIN"]));
    let answer = doctor(&[&program]);
    let text = answer.of("binding", "note");
    assert!(answer.covered && text.contains("libown.so is linked with -Bsymbolic"), "{text}");
    assert_eq!(truth(&mut Command::new(&program), library()), "own");
}

#[test]
fn rings_and_second_libcs_are_named() {
    let program = folder("doctor-rings").join("program");
    let source = "#define _GNU_SOURCE\n#include <dlfcn.h>\nint io_uring_queue_init(void) { return 0; }\n\
        int main(void) { return dlmopen(LM_ID_NEWLM, \"libm.so.6\", RTLD_NOW) == 0 && io_uring_queue_init(); }\n";
    assert!(compiled(&program, source, &["-ldl"]));
    let answer = doctor(&[&program]);
    assert!(answer.of("forks", "note").contains("io_uring"), "{:#}", answer.value);
    assert!(answer.of("binding", "note").contains("dlmopen(3)"), "{:#}", answer.value);
}

#[test]
fn ways_to_fork_that_are_seen_in_part_are_named() {
    let folder = folder("doctor-forks");
    let program = folder.join("program");
    let body = if cfg!(target_arch = "x86_64") {
        "long r; __asm__ volatile(\"mov $57, %%eax\\n syscall\" : \"=a\"(r) :: \"rcx\", \"r11\", \"memory\");"
    } else {
        "register long x0 __asm__(\"x0\") = 17; __asm__ volatile(\"mov x8, 220\\n svc #0\" : \"+r\"(x0) :: \"x8\", \"memory\");"
    };
    assert!(compiled(&program, &format!("int main(void) {{ {body} return 0; }}\n"), &["-O1"]));
    let answer = doctor(&[&program]);
    let name = if cfg!(target_arch = "x86_64") { "own for fork" } else { "own for clone" };
    assert!(answer.covered && answer.of("forks", "note").contains(name), "{:#}", answer.value);
    assert!(compiled(&program, "#include <unistd.h>\nint main(void) { return fork() < 0; }\n", &[]));
    assert!(doctor(&[&program]).of("forks", "ok").contains("fork is imported by the program"));
}

#[test]
fn servers_are_known_by_their_command_line() {
    let folder = folder("doctor-servers");
    for name in ["gunicorn", "celery", "uwsgi"] {
        executable(&folder.join(name), "#!/bin/sh\n");
    }
    fs::write(folder.join("gunicorn.conf.py"), "workers = 4\npreload_app = True\n").unwrap();
    fs::write(folder.join("app.ini"), "[uwsgi]\nenv = LD_PRELOAD=x\nlazy-apps = true\n").unwrap();
    fs::write(folder.join("work.py"), "import multiprocessing as m\nm.set_start_method('spawn')\n").unwrap();
    let ask = |words: &[&str]| {
        let mut command = forkproof();
        let search = format!("{}:/usr/bin:/bin", folder.display());
        answer(command.args(["doctor", "--json", "--"]).args(words).env("PATH", search).current_dir(&folder))
    };
    assert!(ask(&["gunicorn", "app:app"]).of("server", "note").contains("line 2"));
    assert!(ask(&["gunicorn", "-c", "none.py", "--preload", "x"]).of("server", "note").contains("--preload"));
    assert!(ask(&["gunicorn", "-c", "none.py", "x"]).of("server", "ok").contains("for itself"));
    assert!(ask(&["celery", "-A", "x", "worker"]).of("server", "note").contains("prefork"));
    assert!(ask(&["celery", "-A", "x", "worker", "-P", "gevent"]).of("server", "ok").contains("no workers"));
    assert!(ask(&["uwsgi", "app.ini"]).of("server", "note").contains("too late"));
    assert!(ask(&["uwsgi", "app.ini"]).of("server", "ok").contains("lazy-apps"));
    let text = ask(&["/usr/bin/python3", "work.py"]).of("server", "ok");
    assert!(text.contains("line 2") && text.contains("by spawn"), "{text}");
}

#[test]
fn a_log_that_cannot_be_written_is_a_problem() {
    let program = tells(&folder("doctor-log"), &[]).unwrap();
    let mut command = forkproof();
    command.args(["doctor", "--json"]).arg(&program).env("FORKPROOF_OPTIONS", "log_path=/no/such/folder/log");
    assert!(answer(&mut command).problem("system").contains("no directory /no/such/folder"));
}

/// The program's libraries, copied to where it asks for them, with symlinks of the kinds that images have.
fn image(name: &str, program: &Path) -> PathBuf {
    let root = folder(name);
    for folder in ["usr/lib", "usr/bin", "etc/ld.so.conf.d", "opt/lib"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for (link, target) in [("lib", "usr/lib"), ("lib64", "/usr/lib"), ("bin", "usr/bin")] {
        symlink(target, root.join(link)).unwrap();
    }
    let listed = Command::new("ldd").arg(program).output().unwrap();
    for word in String::from_utf8(listed.stdout)
        .unwrap()
        .split_ascii_whitespace()
        .filter(|word| word.starts_with('/'))
    {
        let file = Path::new(word);
        fs::copy(file, root.join("usr/lib").join(file.file_name().unwrap())).unwrap();
    }
    fs::copy(program, root.join("usr/bin/program")).unwrap();
    symlink("/usr/bin/program", root.join("usr/bin/absolute")).unwrap();
    root
}

fn doctor_in(root: &Path, words: &[&str]) -> Answer {
    answer(forkproof().args(["doctor", "--json", "--root"]).arg(root).args(words))
}

/// What the program says in the root; none for a user who may not change the root.
fn truth_in(root: &Path, words: &[&str]) -> Option<String> {
    fs::create_dir_all(root.join("opt")).unwrap();
    fs::copy(library(), root.join("opt/libforkproof.so")).unwrap();
    fs::create_dir_all(root.join("proc")).unwrap();
    if fs::metadata(root).unwrap().uid() != 0 {
        eprintln!("SKIP: only root may change the root");
        return None;
    }
    // Whether the library is in is asked of the loader: there is no /proc in there.
    let mut command = Command::new("chroot");
    command
        .arg(root)
        .args(words)
        .env("LD_PRELOAD", "/opt/libforkproof.so")
        .env("FORKPROOF_OPTIONS", "verbosity=1");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if said.contains("forkproof[") { "in".to_owned() } else { format!("out: {said}") })
}

#[test]
fn a_root_is_seen_from_inside() {
    let program = folder("doctor-for-image").join("program");
    let source = "int puts(const char *); int fflush(void *); long read(int, void *, unsigned long);\n\
        int main(void) { char c; puts(\"ready\"); fflush(0); return (int)read(0, &c, 1); }\n";
    assert!(compiled(&program, source, &[]));
    let root = image("doctor-image", &program);
    assert!(doctor_in(&root, &[]).of("libraries", "note").contains("set LD_PRELOAD="));
    assert!(doctor_in(&root, &[]).covered);
    for word in ["program", "/usr/bin/program", "/bin/absolute"] {
        assert!(doctor_in(&root, &[word]).covered, "{word}");
    }
    if let Some(said) = truth_in(&root, &["/bin/absolute"]) {
        assert_eq!(said, "in");
        // A process that has this root: its files are not those of the same name here.
        let mut inside = Command::new("chroot");
        inside.arg(&root).arg("/bin/absolute").env("LD_PRELOAD", "/opt/libforkproof.so");
        let (inside, _) = started(inside);
        let answer = doctor(&[inside.0.id().to_string()]);
        let text = answer.of("process", "ok");
        assert!(answer.covered && text.contains("/opt/libforkproof.so"), "{:#}", answer.value);
        assert!(answer.of("program", "ok").contains("/usr/bin/program is dynamically"), "{:#}", answer.value);
    }
    // The host has these; the image has not.
    refused(forkproof().args(["doctor", "--root"]).arg(&root).arg("sh"), 127);
    let library = root.join("usr/lib/libc.so.6");
    fs::rename(&library, root.join("opt/lib/libc.so.6")).unwrap();
    let text = doctor_in(&root, &["program"]).problem("libraries");
    assert!(text.contains("needs libc.so.6, which is nowhere"), "{text}");
    fs::write(root.join("etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n").unwrap();
    fs::write(root.join("etc/ld.so.conf.d/own.conf"), "# ours\n/opt/lib\n").unwrap();
    assert!(doctor_in(&root, &["program"]).covered);
    // A glibc that is too old has not got the versions that the library asks for.
    let old = root.join("opt/lib/libc.so.6");
    let mut bytes = fs::read(&old).unwrap();
    let mut place = 0;
    while let Some(found) = bytes[place..].windows(11).position(|name| name == b"GLIBC_2.34\0") {
        place += found;
        bytes[place..place + 10].copy_from_slice(b"GLIBC_9.99");
    }
    assert!(place > 0, "this system's glibc is older than 2.34");
    fs::write(&old, bytes).unwrap();
    let text = doctor_in(&root, &["program"]).problem("libraries");
    assert!(text.contains("GLIBC_2.34"), "{text}");
    refused(forkproof().args(["doctor", "--root", "/no/such/folder"]), 2);
}

/// A container's root as Debian makes one, kept for the next run: it takes two minutes and the network.
fn debian() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let root = target.join("doctor-root");
    if root.is_dir() {
        return Some(root);
    }
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or("stable");
    let new = target.join(format!("doctor-root-{}", std::process::id()));
    let mut made = Command::new("timeout");
    // The second stage would only configure what the first has unpacked.
    made.args(["300", "debootstrap", "--foreign", "--variant=minbase", suite]).arg(&new);
    let output = made.stdin(Stdio::null()).output().unwrap();
    if output.status.success() {
        fs::rename(&new, &root).unwrap();
        return Some(root);
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    eprintln!("SKIP: no root by debootstrap: {}", said.lines().last().unwrap_or_default());
    let _ = fs::remove_dir_all(&new);
    None
}

#[test]
fn a_root_made_by_debootstrap_is_covered() {
    let Some(root) = debian() else { return };
    let answer = doctor_in(&root, &["sh"]);
    assert!(answer.covered && answer.of("libraries", "ok").contains("glibc"), "{:#}", answer.value);
    assert!(doctor_in(&root, &[]).covered);
    for words in [&["sh", "-c", "exit"][..], &["perl", "-e", "1"]] {
        assert!(doctor_in(&root, words).covered, "{words:?}");
        assert_eq!(truth_in(&root, words).as_deref().unwrap_or("in"), "in", "{words:?}");
    }
    let text = doctor_in(&root, &["su"]);
    assert!(text.problem("launch").contains("runs with privileges"), "{:#}", text.value);
    assert!(doctor_in(&root, &["passwd"]).problem("privileges").contains("is setuid"));
    refused(forkproof().args(["doctor", "--root"]).arg(&root).arg("no-such-program"), 127);
}

#[test]
fn the_list_is_readable_and_ends_with_the_verdict() {
    let program = tells(&folder("doctor-list"), &["-static"]).unwrap();
    let output = forkproof().arg("doctor").arg(&program).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("problem  program"), "{text}");
    let long = text.lines().filter(|line| line.chars().count() > 80).collect::<Vec<_>>();
    assert!(long.iter().all(|line| line.contains(program.to_str().unwrap())), "{text}");
    assert!(text.contains("\nnot covered: "), "{text}");
    let output = forkproof().args(["doctor", "-v", "/bin/sh"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\u{1b}[32m") && text.ends_with("\ncovered\n"), "{text}");
    refused(forkproof().arg("doctor"), 2);
    assert!(refused(forkproof().args(["doctor", "no-such-program"]), 127).contains("no-such-program"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Half of the damage goes to the head, which decides nearly everything, and some to the tables at the end.
    #[test]
    fn a_damaged_program_always_has_a_verdict(
        places in prop::collection::vec((prop_oneof![0_usize..1024, 0_usize..20_000, 1_usize..4000], any::<bool>(), any::<u8>()), 1..12),
        cut in prop::option::weighted(0.2, 0_usize..20_000),
    ) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctor-damaged");
        fs::create_dir_all(&folder).unwrap();
        let whole = folder.join("whole");
        if !whole.exists() {
            assert!(compiled(&whole, "#include <unistd.h>\nint main(void) { return fork(); }\n", &["-g"]));
        }
        let mut bytes = fs::read(&whole).unwrap();
        for (place, from_end, value) in places {
            let place = place.min(bytes.len() - 1);
            let place = if from_end { bytes.len() - 1 - place } else { place };
            bytes[place] = value;
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        let file = folder.join("damaged");
        executable(&file, &bytes);
        let output = forkproof().args(["doctor", "--json"]).arg(&file).output().unwrap();
        let status = output.status.code();
        let text = String::from_utf8_lossy(&output.stderr);
        prop_assert!(status == Some(0) || status == Some(1), "{:?}: {}", status, text);
        prop_assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok());
    }
}
