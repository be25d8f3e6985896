//! Check 10: ways to fork, and to do input and output, that the library's hooks see in part or not at all.

use super::binding::users;
use super::diagnosis::{Check, Findings};
use super::preloads::named;
use super::subject::Subject;
use super::system_calls;

pub fn check(subject: &Subject, findings: &mut Findings) {
    let Some(image) = subject.image.as_ref().filter(|_| subject.is_entered()) else { return };
    let is_go = image.has_section(".go.buildinfo");
    if let (Some(program), false) = (subject.program(), is_go) {
        match system_calls::made(&program.file, image) {
            Ok(names) if !names.is_empty() => findings.note(
                Check::Forks,
                format!(
                    "the program has instructions of its own for {}: children that it makes like that are recognised, \
                     the rest is not seen",
                    named(&names)
                ),
                "let it call libc's functions, or libc's syscall(), which is hooked",
            ),
            Ok(_) => {}
            Err(error) => findings.note(Check::Forks, format!("its instructions could not be read: {error}"), ""),
        }
    }
    let direct = [("clone", "a raw clone"), ("syscall", "system calls by number")];
    for (function, what) in direct {
        let names = users(subject, image, function);
        if !names.is_empty() {
            findings.ok(
                Check::Forks,
                format!("{} can make {what} through libc's {function}(), which is hooked", named(&names)),
            );
        }
    }
    let linked =
        ["io_uring_queue_init", "io_uring_setup"].iter().any(|name| image.known.contains(name.as_bytes()));
    let ring = subject.libraries.loaded.iter().any(|library| library.name.starts_with(b"liburing"));
    if ring || linked {
        findings.note(
            Check::Forks,
            "it uses io_uring: what is opened, closed or waited for in a ring is not seen",
            "keep epoll descriptors, and what is registered with them, out of the ring",
        );
    }
    let names = users(subject, image, "fork");
    let spawn = users(subject, image, "posix_spawn");
    findings.ok(
        Check::Forks,
        match (&names[..], &spawn[..]) {
            ([], []) => "nothing in it imports fork; what it loads later may".to_owned(),
            ([], spawn) => format!("{} starts programs by posix_spawn, which share nothing", named(spawn)),
            (names, _) => format!("fork is imported by {}", named(names)),
        },
    );
}
