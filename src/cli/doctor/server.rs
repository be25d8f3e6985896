//! Check 11: Python and how its multiprocessing starts processes, and the servers that are known to fork, recognised by
//! the command line and by the configuration it names.

use super::diagnosis::{Check, Findings};
use super::launch;
use super::subject::Subject;
use crate::cli::harmless;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of a program's text is looked through.
const TEXT_MAX: u64 = 1 << 20;

pub fn check(subject: &Subject, findings: &mut Findings) {
    let words = launch::innermost(&subject.command);
    let version = python(subject);
    if let Some(version) = version {
        start_method(subject, words, version, findings);
    }
    match name(words).as_deref() {
        Some("gunicorn") => gunicorn(subject, words, findings),
        Some("uwsgi") => uwsgi(subject, words, findings),
        Some("celery") => celery(words, findings),
        _ => {}
    }
    if !findings.has(Check::Server) && (subject.image.is_some() || subject.stop.is_some()) {
        findings.ok(Check::Server, "neither Python nor a server that is known to fork");
    }
}

/// Major and minor number, from the name of the interpreter's file or of its library.
fn python(subject: &Subject) -> Option<(u32, u32)> {
    let program = subject.program()?;
    let real = fs::canonicalize(&program.file).unwrap_or_else(|_| program.file.clone());
    let name = real.file_name()?.to_string_lossy().into_owned();
    let libraries = subject.libraries.loaded.iter();
    let libraries = libraries.map(|library| String::from_utf8_lossy(&library.name).into_owned());
    let names = [name].into_iter().chain(libraries);
    names.into_iter().find_map(|name| version(&name))
}

/// `python3.11`, `libpython3.11.so.1.0`.
fn version(name: &str) -> Option<(u32, u32)> {
    let (major, rest) = name.strip_prefix("lib").unwrap_or(name).strip_prefix("python")?.split_once('.')?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    Some((major.parse().ok()?, digits.parse().ok()?))
}

/// The program's own word for itself: its file, the script that the interpreter runs, or the module.
fn name(words: &[OsString]) -> Option<String> {
    let first = launch::base_name(words.first()?);
    if !first.starts_with("python") {
        return Some(first);
    }
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        match word.to_str().unwrap_or_default() {
            "-m" => return Some(rest.next()?.to_string_lossy().into_owned()),
            "-c" => return None,
            "-W" | "-X" => drop(rest.next()),
            option if option.starts_with('-') => {}
            _ => return Some(launch::base_name(word)),
        }
    }
    None
}

/// Where the program's folder is, seen from here.
fn folder(subject: &Subject) -> PathBuf {
    match subject.pid {
        Some(pid) => PathBuf::from(format!("/proc/{pid}/cwd")),
        None if subject.root.is_host() => PathBuf::new(),
        None => subject.root.resolve(Path::new("/")).unwrap_or_default(),
    }
}

fn text(subject: &Subject, file: &Path) -> Option<String> {
    let path = if file.is_absolute() { subject.root.resolve(file).ok()? } else { folder(subject).join(file) };
    let mut text = Vec::new();
    let open = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|found| found.is_file()))?;
    open.take(TEXT_MAX).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn start_method(subject: &Subject, words: &[OsString], (major, minor): (u32, u32), findings: &mut Findings) {
    let forkserver = (major, minor) >= (3, 14);
    let usual = if forkserver { "forkserver" } else { "fork" };
    let script = words.iter().skip(1).find(|word| !word.to_string_lossy().starts_with('-'));
    let script = script.and_then(|script| Some((script, text(subject, Path::new(script))?)));
    let set = script.as_ref().and_then(|(script, text)| Some((script, chosen(text)?)));
    let Some((script, (method, line))) = set else {
        return findings.ok(
            Check::Server,
            format!("Python {major}.{minor}: multiprocessing starts processes by {usual}, unless the program says otherwise"),
        );
    };
    let script = harmless::path(Path::new(script));
    let said = format!(
        "Python {major}.{minor}; {script}, line {line}, has multiprocessing start processes by {method}"
    );
    match method {
        "fork" => findings.ok(Check::Server, format!("{said}: they inherit what the library looks after")),
        "spawn" => {
            findings
                .ok(Check::Server, format!("{said}: they inherit nothing, and the library by LD_PRELOAD"));
        }
        _ => findings.ok(
            Check::Server,
            format!("{said}: a server process with the library in it forks them, and they inherit from that"),
        ),
    }
}

/// What a program sets, and in which line.
fn chosen(text: &str) -> Option<(&'static str, usize)> {
    let set = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        let place = line.find("set_start_method(").or_else(|| line.find("get_context("))?;
        let rest = line.get(place..)?;
        ["forkserver", "fork", "spawn"].into_iter().find(|method| {
            [format!("\"{method}\""), format!("'{method}'")].iter().any(|quoted| rest.contains(quoted))
        })
    };
    text.lines().enumerate().find_map(|(place, line)| Some((set(line)?, place + 1)))
}

/// The word behind an option, in either way to write it.
fn option<'a>(words: &'a [OsString], names: &[&str]) -> Option<&'a str> {
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        for name in names {
            if word == *name {
                return words.next();
            }
            if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                return Some(value);
            }
        }
    }
    None
}

fn gunicorn(subject: &Subject, words: &[OsString], findings: &mut Findings) {
    let named = option(words, &["-c", "--config"]).map(|file| file.trim_start_matches("file:"));
    let file = named.unwrap_or("gunicorn.conf.py");
    let configuration = text(subject, Path::new(file));
    let in_file = configuration.as_deref().and_then(|text| {
        let is_set = |line: &str| {
            let line = line.split('#').next().unwrap_or_default().replace(' ', "");
            line == "preload_app=True"
        };
        text.lines().position(is_set).map(|place| place + 1)
    });
    let asked = words.iter().any(|word| word == "--preload");
    let fix =
        "forkproof run -- gunicorn ... is the place; gunicorn's own raw_env comes too late for LD_PRELOAD";
    match (asked, in_file) {
        (true, _) => findings.note(
            Check::Server,
            "gunicorn with --preload: the workers inherit what the application made while it was loaded",
            fix,
        ),
        (false, Some(line)) => findings.note(
            Check::Server,
            format!("gunicorn with preload_app in {}, line {line}: the workers inherit what the application made while \
                     it was loaded", harmless::text(file)),
            fix,
        ),
        (false, None) => findings.ok(
            Check::Server,
            "gunicorn without preload_app: each worker loads the application for itself, after the fork",
        ),
    }
}

fn uwsgi(subject: &Subject, words: &[OsString], findings: &mut Findings) {
    let ini = option(words, &["--ini"]).or_else(|| {
        words
            .iter()
            .skip(1)
            .filter_map(|word| word.to_str())
            .find(|word| Path::new(word).extension().is_some_and(|extension| extension == "ini"))
    });
    let configuration = ini.and_then(|file| text(subject, Path::new(file))).unwrap_or_default();
    let says = |key: &str| {
        let flag = |word: &OsString| word.to_str().is_some_and(|word| word.trim_start_matches('-') == key);
        let line = |line: &str| {
            let line = line.replace(' ', "");
            line.strip_prefix(key)
                .and_then(|rest| rest.strip_prefix('='))
                .is_some_and(|value| matches!(value, "true" | "1" | "yes" | "on"))
        };
        words.iter().any(flag) || configuration.lines().any(line)
    };
    let too_late = configuration.lines().any(|line| line.replace(' ', "").starts_with("env=LD_PRELOAD"));
    if too_late {
        findings.note(
            Check::Server,
            "uWSGI's configuration sets LD_PRELOAD (env=), which is too late: the loader has read it by then",
            "put it before uWSGI: forkproof run -- uwsgi ...",
        );
    }
    if says("lazy-apps") || says("lazy") {
        findings.ok(Check::Server, "uWSGI with lazy-apps: each worker loads the application after the fork");
    } else {
        findings.note(
            Check::Server,
            "uWSGI loads the application before it forks: the workers inherit what it made",
            "forkproof run -- uwsgi ... looks after it; lazy-apps=true avoids it",
        );
    }
}

fn celery(words: &[OsString], findings: &mut Findings) {
    match option(words, &["-P", "--pool"]) {
        None | Some("prefork" | "processes") => findings.note(
            Check::Server,
            "celery with its prefork pool: its workers are forked from a process that has loaded the application",
            "forkproof run -- celery ... looks after it",
        ),
        Some(pool) => {
            findings.ok(Check::Server, format!("celery with the pool {}: it forks no workers", harmless::text(pool)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_version_is_in_the_files_name() {
        assert_eq!(version("python3.11"), Some((3, 11)));
        assert_eq!(version("libpython3.14.so.1.0"), Some((3, 14)));
        assert_eq!(version("python3"), None);
        assert_eq!(version("pythonista.so"), None);
    }

    #[test]
    fn a_server_is_known_by_its_name_or_its_module() {
        assert_eq!(name(&words("/x/gunicorn app:app")).as_deref(), Some("gunicorn"));
        assert_eq!(name(&words("python3 -X dev -m celery -A x worker")).as_deref(), Some("celery"));
        assert_eq!(name(&words("python3 -u /venv/bin/gunicorn x")).as_deref(), Some("gunicorn"));
        assert_eq!(name(&words("python3 -c pass")), None);
        assert_eq!(option(&words("celery --pool=gevent"), &["-P", "--pool"]), Some("gevent"));
        assert_eq!(option(&words("celery -P solo"), &["-P", "--pool"]), Some("solo"));
    }

    #[test]
    fn the_start_method_is_read_from_the_program() {
        let text = "import multiprocessing\n# set_start_method('fork')\nmultiprocessing.set_start_method( 'spawn')\n";
        assert_eq!(chosen(text), Some(("spawn", 3)));
        assert_eq!(chosen("ctx = mp.get_context(\"forkserver\")"), Some(("forkserver", 1)));
        assert_eq!(chosen("fork"), None);
    }
}
