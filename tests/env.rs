//! `forkproof env`: each place's own parser reads the lines, and a program has the library by them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod command;

use command::{folder, forkproof, library, path, printed, refused};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What every place would mangle if it were not quoted: spaces, colons, variables, specifiers, quotes, backslashes.
const LOG: &str = "/tmp/a b:$HOME $(x) %p 'c\\d";
const OPTION: &str = "log_path=/tmp/a b:$HOME $(x) %p 'c\\d";

fn options() -> String {
    format!("log_path=\"{LOG}\":limit=3")
}

fn lines(place: &str) -> String {
    printed(forkproof().args(["env", place, "-o", OPTION, "-o", "limit=3"]))
}

/// What a program started by this shell has of the two variables, and whether the library is in it.
fn shell(name: &str, script: &str, preload: Option<&str>) -> Option<String> {
    let report = "printf '%s\\n' \"$LD_PRELOAD\" \"$FORKPROOF_OPTIONS\"; grep -c '^[^ ]* r-xp .*/libforkproof.so$' /proc/self/maps";
    let inner = folder(&format!("env-{name}-{}", preload.is_some())).join("report");
    command::executable(&inner, format!("#!/bin/sh\n{report}\n"));
    let mut command = Command::new(name);
    command.arg("-c").arg(format!("{script}\n{}", inner.display()));
    command
        .env("FORKPROOF", path())
        .env("OPTION", OPTION)
        .env_remove("FORKPROOF_OPTIONS")
        .env_remove("LD_PRELOAD");
    // For fish.
    command.env("HOME", inner.parent().unwrap());
    if let Some(preload) = preload {
        command.env("LD_PRELOAD", preload).env("FORKPROOF_OPTIONS", "verify=1");
    }
    let output = command.output().ok()?;
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn shells_evaluate_the_lines() {
    let library = library().into_os_string().into_string().unwrap();
    let sh = "eval \"$(\"$FORKPROOF\" env --shell -o \"$OPTION\" -o limit=3)\"";
    let fish = "$FORKPROOF env --shell=fish -o $OPTION -o limit=3 | source";
    for (name, script) in [("sh", sh), ("bash", sh), ("zsh", sh), ("fish", fish)] {
        let Some(said) = shell(name, script, None) else {
            eprintln!("SKIP: there is no {name}");
            continue;
        };
        assert_eq!(said, format!("{library}\n{}\n1\n", options()), "{name}");
        let said = shell(name, script, Some("libm.so.6")).unwrap();
        assert_eq!(said, format!("{library}:libm.so.6\nverify=1:{}\n1\n", options()), "{name}");
        let twice = format!("{script}\n{script}");
        let said = shell(name, &twice, None).unwrap();
        assert!(said.starts_with(&format!("{library}\n")), "{name}: named twice: {said}");
    }
}

#[test]
fn systemd_reads_the_drop_in() {
    let text = lines("--systemd");
    let folder = folder("env-systemd");
    fs::write(folder.join("app.service"), "[Unit]\nDescription=app\n[Service]\nExecStart=/bin/true\n")
        .unwrap();
    let drop_ins = folder.join("app.service.d");
    fs::create_dir(&drop_ins).unwrap();
    fs::write(drop_ins.join("forkproof.conf"), &text).unwrap();
    match Command::new("systemd-analyze").arg("verify").arg(folder.join("app.service")).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !said.contains("forkproof.conf"), "{said}");
        }
        Err(_) => eprintln!("SKIP: there is no systemd-analyze"),
    }
    // systemd.syntax(7): in double quotes a backslash escapes; %% is a percent sign.
    let values = text.lines().filter_map(|line| line.strip_prefix("Environment=\"")?.strip_suffix('"'));
    let mut values = values.map(|value| value.replace("\\\"", "\"").replace("\\\\", "\\").replace("%%", "%"));
    assert_eq!(values.next().unwrap(), format!("LD_PRELOAD={}", library().display()));
    assert_eq!(values.next().unwrap(), format!("FORKPROOF_OPTIONS={}", options()));
}

/// A virtual environment with the two parsers, kept for the next run.
fn python() -> Option<&'static PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(make_python).as_ref()
}

fn make_python() -> Option<PathBuf> {
    const PARSERS: [&str; 2] = ["dockerfile-parse==2.0.1", "pyyaml==6.0.2"];
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let venv = target.join("env-venv");
    let python = venv.join("bin/python");
    if venv.join("whole").exists() {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv).output().ok()?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PARSERS);
    if !made.status.success() || !pip.output().ok()?.status.success() {
        eprintln!("SKIP: {} cannot be had from PyPI", PARSERS.join(" and "));
        return None;
    }
    fs::write(venv.join("whole"), "").unwrap();
    Some(python)
}

fn parsed(name: &str, text: &str, script: &str) -> Option<String> {
    let file = folder(name).join("Dockerfile");
    fs::write(&file, text).unwrap();
    let output = Command::new(python()?).args(["-c", script]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_dockerfile_takes_the_lines() {
    let text = lines("--docker");
    let source = library().parent().unwrap().display().to_string();
    assert!(text.contains(&format!("--build-context forkproof='{source}'")), "{text}");
    let script = "import sys, json, dockerfile_parse as d\n\
        p = d.DockerfileParser(path=sys.argv[1])\n\
        print(json.dumps([[s['instruction'] for s in p.structure], p.envs]))";
    let Some(said) = parsed("env-docker", &format!("FROM scratch\n{text}"), script) else { return };
    let value: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(value[0], serde_json::json!(["FROM", "COMMENT", "COMMENT", "COPY", "ENV", "ENV"]));
    assert_eq!(value[1]["FORKPROOF_OPTIONS"], options(), "{said}");
    // The parser does not know `${NAME:+...}`, which Docker has from sh: so sh is asked.
    let preload = text.lines().find_map(|line| line.strip_prefix("ENV LD_PRELOAD=")).unwrap();
    for (has, wanted) in [("", ""), ("/x/libm.so.6", ":/x/libm.so.6")] {
        let script = format!("LD_PRELOAD={has}; printf %s {preload}");
        let output = Command::new("sh").args(["-c", &script]).env_remove("LD_PRELOAD").output().unwrap();
        let value = String::from_utf8(output.stdout).unwrap();
        assert_eq!(value, format!("/usr/local/lib/libforkproof.so{wanted}"));
    }
}

#[test]
fn kubernetes_takes_the_patch() {
    let text = lines("--k8s");
    let script = "import sys, json, yaml\nprint(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let Some(said) = parsed("env-k8s", &text, script) else { return };
    let value: serde_json::Value = serde_json::from_str(&said).unwrap();
    let pod = &value["spec"]["template"]["spec"];
    let (first, app) = (&pod["initContainers"][0], &pod["containers"][0]);
    assert_eq!(first["command"][1], library().to_str().unwrap());
    assert_eq!(pod["volumes"][0]["emptyDir"], serde_json::json!({}));
    for container in [first, app] {
        assert_eq!(container["volumeMounts"][0]["name"], pod["volumes"][0]["name"]);
    }
    let folder = app["volumeMounts"][0]["mountPath"].as_str().unwrap();
    assert_eq!(app["env"][0]["value"], format!("{folder}/libforkproof.so"));
    assert_eq!(first["command"][2], app["env"][0]["value"]);
    // `$$` is a dollar to Kubernetes, and `$(x)` would be a variable.
    assert_eq!(app["env"][1]["value"], options().replace('$', "$$"));
}

#[test]
fn a_library_that_a_service_could_not_read_is_named() {
    let folder = folder("env-private");
    for (name, file) in [("forkproof", path()), ("libforkproof.so", &library())] {
        fs::copy(file, folder.join(name)).unwrap();
    }
    let warned = || {
        let output = Command::new(folder.join("forkproof")).args(["env", "--systemd"]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap().contains("a service with User= does not get it")
    };
    command::set_mode(&folder, 0o700);
    assert!(warned());
    command::set_mode(&folder, 0o755);
    // The folders above are this machine's.
    let others = folder.ancestors().skip(1).all(|above| fs::metadata(above).unwrap().mode() & 1 != 0);
    assert_eq!(warned(), !others);
}

#[test]
fn what_cannot_be_written_down_is_refused() {
    refused(forkproof().args(["env", "--systemd", "-o", "log_path=/tmp/a\nb"]), 2);
    let output = forkproof().arg("env").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = forkproof().args(["env", "--shell", "--docker"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = forkproof().args(["env", "--shell", "-o", "mode=repiar"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

/// `forkproof env` was once the program env(1) under forkproof: who still means that reads what to type.
#[test]
fn a_program_that_is_called_like_a_command_stands_behind_dashes() {
    // clap's own words stand before it.
    let said = |words: &[&str]| {
        let output = forkproof().args(words).output().unwrap();
        assert_eq!((output.status.code(), &*output.stdout), (Some(2), &b""[..]), "{words:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let text = said(&["env", "A=1", "true"]);
    let last = "\nforkproof: env is a command of forkproof's; the program: forkproof -- env ...\n";
    assert!(text.ends_with(last), "{text}");
    for words in [&["--", "env"][..], &["run", "--", "env"], &["run", "env"]] {
        let text = printed(forkproof().args(words).env("MARK", "of env(1)"));
        assert!(text.lines().any(|line| line == "MARK=of env(1)"), "{words:?}: {text}");
    }
    // No program is called like that, and so none can have been meant.
    assert!(!said(&["explain", "--no-such"]).contains("is a command of"));
    // Commands for packages are not offered.
    let said = refused(forkproof().arg("no-such-program"), 127);
    assert!(said.contains("forkproof's own commands are run,") && !said.contains("pages"), "{said}");
}
