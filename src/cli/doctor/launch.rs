//! Check 8: what stands between the command line and the program: scripts, and programs that start others. Some of
//! those hand an environment of their own on, without `LD_PRELOAD`.

use super::diagnosis::{Check, Findings};
use super::subject::Subject;
use crate::cli::harmless;
use crate::cli::target::Step;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "fish"];
/// How much of a script is looked through.
const SCRIPT_MAX: u64 = 256 * 1024;

/// A program that starts another.
#[derive(Debug, PartialEq, Eq)]
pub struct Launcher<'a> {
    pub name: &'static str,
    /// What it starts, with its arguments. Empty where that cannot be told.
    pub rest: &'a [OsString],
    /// Why the library does not reach what it starts, and what to do.
    pub scrubs: Option<Scrub>,
}

/// Why `LD_PRELOAD` ends here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scrub {
    /// It is privileged: the loader itself takes the variable out (ld.so(8), secure-execution mode).
    Privileged,
    /// Asked to on the command line.
    Asked,
    /// Another process starts the program, with an environment of its own.
    Elsewhere,
    /// The loader looks for the library below another root.
    OtherRoot,
}

struct Rule {
    name: &'static str,
    /// Options that take the next word.
    with_value: &'static [&'static str],
    /// Words that stand before the program.
    before: usize,
    scrubs: Option<Scrub>,
}

const fn rule(
    name: &'static str,
    with_value: &'static [&'static str],
    before: usize,
    scrubs: Option<Scrub>,
) -> Rule {
    Rule { name, with_value, before, scrubs }
}

const RULES: [Rule; 31] = [
    rule("forkproof", &["-o", "--option", "--mode", "--log-file"], 0, None),
    rule("env", &["-u", "-C"], 0, None),
    rule("nohup", &[], 0, None),
    rule("setsid", &[], 0, None),
    rule("nice", &["-n"], 0, None),
    rule("ionice", &["-c", "-n", "-p"], 0, None),
    rule("timeout", &["-k", "-s"], 1, None),
    rule("stdbuf", &["-i", "-o", "-e"], 0, None),
    rule("taskset", &[], 1, None),
    rule("time", &["-f", "-o"], 0, None),
    rule("chrt", &["-T", "-P", "-D"], 1, None),
    rule("strace", &["-e", "-o", "-s", "-u", "-E", "-P", "-I", "-a", "-b", "-S", "-X"], 0, None),
    // The user comes first, and the environment is handed on.
    rule("gosu", &[], 1, None),
    rule("su-exec", &[], 1, None),
    rule(
        "setpriv",
        &["--reuid", "--regid", "--groups", "--inh-caps", "--ambient-caps", "--bounding-set", "--pdeathsig"],
        0,
        None,
    ),
    rule("tini", &["-p", "-e"], 0, None),
    rule("dumb-init", &["-r"], 0, None),
    rule(
        "sudo",
        &["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-r", "-t", "-T", "-U"],
        0,
        Some(Scrub::Privileged),
    ),
    rule("doas", &["-u", "-C"], 0, Some(Scrub::Privileged)),
    rule("pkexec", &["--user"], 0, Some(Scrub::Privileged)),
    rule("su", &[], usize::MAX, Some(Scrub::Privileged)),
    rule("chroot", &[], 1, Some(Scrub::OtherRoot)),
    rule("snap", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("flatpak", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("runuser", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("systemd-run", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("docker", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("podman", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("kubectl", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("ssh", &[], usize::MAX, Some(Scrub::Elsewhere)),
    rule("systemctl", &[], usize::MAX, Some(Scrub::Elsewhere)),
];

/// What this command line starts, if its first word is such a program.
pub fn read(words: &[OsString]) -> Option<Launcher<'_>> {
    let (first, mut rest) = words.split_first()?;
    let name = Path::new(first).file_name()?.to_str()?;
    let rule = RULES.iter().find(|rule| rule.name == name)?;
    let mut scrubs = rule.scrubs;
    let (mut options, mut before) = (true, rule.before);
    if rule.name == "forkproof" && rest.first().is_some_and(|word| word == "run") {
        rest = rest.get(1..).unwrap_or_default();
    }
    while let Some((word, after)) = rest.split_first() {
        let text = word.to_str().unwrap_or_default();
        let is_option = options && text.starts_with('-');
        let is_variable = rule.name == "env" && !text.starts_with('=') && text.contains('=') && !is_option;
        if rule.name == "env" {
            let value = after.first().and_then(|word| word.to_str());
            let emptied = is_option && matches!(text, "-" | "-i" | "--ignore-environment");
            let taken = is_option
                && (text == "-uLD_PRELOAD"
                    || text == "--unset=LD_PRELOAD"
                    || text == "-u" && value == Some("LD_PRELOAD"));
            if emptied || taken || is_variable && text.starts_with("LD_PRELOAD=") {
                scrubs = Some(Scrub::Asked);
            }
        }
        if is_option {
            options = text != "--";
            rest = if rule.with_value.contains(&text) { after.get(1..).unwrap_or_default() } else { after };
        } else if is_variable {
            rest = after;
        } else if before > 0 {
            (before, rest) = (before - 1, after);
        } else {
            break;
        }
    }
    Some(Launcher { name: rule.name, rest, scrubs })
}

/// Check 8.
pub fn check(subject: &Subject, findings: &mut Findings) {
    // A process that runs has been started already.
    let mut words = if subject.pid.is_some() { &[][..] } else { &subject.command[..] };
    while let Some(launcher) = read(words) {
        let name = launcher.name;
        let inner = launcher.rest.first().map(|word| harmless::path(Path::new(word)));
        let shown = inner.as_deref().unwrap_or("PROGRAM");
        match launcher.scrubs.filter(|_| !starts_forkproof(launcher.rest)) {
            None if launcher.scrubs.is_some() => {
                findings.ok(Check::Launch, format!("forkproof is started behind {name}"));
            }
            None => findings.ok(Check::Launch, format!("{name} hands its environment on to {shown}")),
            Some(Scrub::Privileged) => findings.problem(
                Check::Launch,
                format!("{name} runs with privileges, so the loader takes LD_PRELOAD out: {shown} does not get it"),
                format!("start forkproof behind it: {name} ... forkproof run -- {shown}"),
            ),
            Some(Scrub::Asked) => findings.problem(
                Check::Launch,
                format!("{name} is told to start {shown} without the LD_PRELOAD it was given"),
                format!("start forkproof behind it: {name} ... forkproof run -- {shown}"),
            ),
            Some(Scrub::Elsewhere) => elsewhere(name, findings),
            Some(Scrub::OtherRoot) => findings.problem(
                Check::Launch,
                format!("{name} changes the root, and the loader looks for the library below the new one"),
                format!(
                    "have forkproof in there too, and start it behind {name}: {name} ... forkproof run -- {shown}; \
                     `forkproof doctor --root DIR {shown}` examines it there"
                ),
            ),
        }
        words = launcher.rest;
    }
    let program = innermost(&subject.command);
    if subject.pid.is_none() && read(program).is_none() && is_a_snap(subject) {
        elsewhere("snap", findings);
    }
    let is_shell = program.first().is_some_and(|word| SHELLS.contains(&&*base_name(word)));
    if is_shell && program.get(1).is_some_and(|word| word == "-c") {
        findings.ok(Check::Launch, "a shell hands the library on; what its -c starts is not looked at");
    }
    for step in &subject.steps {
        if let Step::Script { path } = step {
            script(subject, path, findings);
        }
    }
    if !findings.has(Check::Launch) {
        findings.ok(Check::Launch, "the program is started directly");
    }
}

fn elsewhere(name: &str, findings: &mut Findings) {
    findings.problem(
        Check::Launch,
        format!("{name} has the program started with another environment, which LD_PRELOAD is not in"),
        "start forkproof there, as in `forkproof run -- PROGRAM`, or see `forkproof env --help` for the lines to put \
         there",
    );
}

/// The commands below /snap/bin are links to snap(1), which goes by the name that it is called by.
fn is_a_snap(subject: &Subject) -> bool {
    let file = subject.program().and_then(|program| fs::canonicalize(&program.file).ok());
    file.is_some_and(|file| file.file_name().is_some_and(|name| name == "snap"))
}

/// Does one of the launchers behind bring the library in anew?
fn starts_forkproof(words: &[OsString]) -> bool {
    let mut words = words;
    while let Some(launcher) = read(words) {
        if launcher.name == "forkproof" {
            return true;
        }
        words = launcher.rest;
    }
    false
}

/// A script that sets the variable itself undoes what its caller set.
fn script(subject: &Subject, path: &Path, findings: &mut Findings) {
    let name = harmless::path(path);
    let mut text = Vec::new();
    let file = subject.root.resolve(path).and_then(File::open);
    if file.and_then(|file| file.take(SCRIPT_MAX).read_to_end(&mut text)).is_err() {
        return;
    }
    let place = text.split(|&byte| byte == b'\n').position(undoes);
    match place {
        Some(place) => findings.note(
            Check::Launch,
            format!("{name}, line {}, changes LD_PRELOAD or empties the environment", place + 1),
            "see to it that what it starts there keeps the library, or start forkproof in that line",
        ),
        None => findings.ok(
            Check::Launch,
            format!("{name} is a script: its interpreter gets the library, and what that starts"),
        ),
    }
}

fn undoes(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    if line.starts_with(b"#") {
        return false;
    }
    let text = String::from_utf8_lossy(line);
    // Kept by `LD_PRELOAD=x:$LD_PRELOAD`.
    let set = text.split("LD_PRELOAD=").nth(1).is_some_and(|value| !value.contains("LD_PRELOAD"));
    set || text.contains("unset LD_PRELOAD") || text.contains("env -i ")
}

/// The words behind the launchers.
pub fn innermost(words: &[OsString]) -> &[OsString] {
    let mut words = words;
    while let Some(launcher) = read(words) {
        words = launcher.rest;
    }
    words
}

/// The last component of a word.
pub fn base_name(word: &OsString) -> String {
    let name = word.as_bytes().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn read_line(line: &str) -> Option<(String, Option<Scrub>)> {
        let words = words(line);
        read(&words).map(|launcher| {
            let rest = launcher.rest.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ");
            (rest, launcher.scrubs)
        })
    }

    #[test]
    fn what_is_started_is_found_behind_the_options() {
        let kept = |rest: &str| Some((rest.to_owned(), None));
        assert_eq!(read_line("/usr/bin/env -u X A=1 B=2 python3 -i"), kept("python3 -i"));
        assert_eq!(read_line("timeout -k 5 10 ./serve --x"), kept("./serve --x"));
        assert_eq!(read_line("nice -n 5 nohup ./serve"), kept("nohup ./serve"));
        assert_eq!(read_line("tini -- app"), kept("app"));
        assert_eq!(read_line("gosu www app -x"), kept("app -x"));
        assert_eq!(read_line("setpriv --reuid 9 --clear-groups app"), kept("app"));
        assert_eq!(
            read_line("chroot --userspec=9 /srv app"),
            Some(("app".to_owned(), Some(Scrub::OtherRoot)))
        );
        assert_eq!(read_line("python3 app.py"), None);
        assert_eq!(read_line("forkproof run -o limit=3 -- app"), kept("app"));
        assert!(starts_forkproof(&words("env -i forkproof app")) && !starts_forkproof(&words("env app")));
        assert_eq!(innermost(&words("nice -n 5 env A=1 ./serve x")), words("./serve x"));
    }

    #[test]
    fn an_environment_that_is_not_handed_on_is_seen() {
        let asked = |line: &str| read_line(line).unwrap().1 == Some(Scrub::Asked);
        assert!(asked("env -i app") && asked("env - app") && asked("env -u LD_PRELOAD app"));
        assert!(asked("env --unset=LD_PRELOAD app") && asked("env LD_PRELOAD= app"));
        assert!(!asked("env -u HOME app") && !asked("env X=LD_PRELOAD=1 app"));
        assert_eq!(read_line("sudo -u www app -i"), Some(("app -i".to_owned(), Some(Scrub::Privileged))));
        assert_eq!(read_line("docker run x"), Some((String::new(), Some(Scrub::Elsewhere))));
    }

    #[test]
    fn a_script_may_add_and_may_not_replace() {
        assert!(
            undoes(b"  unset LD_PRELOAD") && undoes(b"LD_PRELOAD=/x.so app") && undoes(b"exec env -i app")
        );
        assert!(!undoes(b"# unset LD_PRELOAD") && !undoes(b"export LD_PRELOAD=/x.so:$LD_PRELOAD"));
    }

    proptest! {
        #[test]
        fn any_words_are_a_value(line in "(env|sudo|timeout|su|x|-u|-i|--|A=1| ){0,12}") {
            let words = words(&line);
            prop_assert!(innermost(&words).len() <= words.len());
        }
    }
}
