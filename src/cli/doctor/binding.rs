//! Check 9: calls that do not go where the loader would send them, so that the library does not see them.

use super::diagnosis::{Check, Findings};
use super::preloads::named;
use super::subject::Subject;
use crate::cli::harmless;
use crate::cli::image::Image;
use std::collections::BTreeSet;

/// The files of glibc itself, whose functions are those that we hook.
const GLIBC: [&str; 10] = [
    "libc.so",
    "ld-linux",
    "libpthread.so",
    "librt.so",
    "libdl.so",
    "libresolv.so",
    "libanl.so",
    "libm.so",
    "libutil.so",
    "libnss_",
];

/// Without these nothing is known of a program's forks and pollers.
const ESSENTIAL: [&str; 12] = [
    "fork",
    "_Fork",
    "__fork",
    "clone",
    "syscall",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "close",
    "dup2",
];

/// Projects that are linked into programs, by a function of each.
const PARTS: [(&str, &str); 4] = [
    ("uv_loop_init", "libuv"),
    ("ev_loop_new", "libev"),
    ("event_base_new", "libevent"),
    ("grpc_init", "gRPC"),
];

pub fn check(subject: &Subject, findings: &mut Findings) {
    let Some(image) = subject.image.as_ref().filter(|_| subject.is_entered()) else { return };
    own_definitions(subject, image, findings);
    for library in &subject.libraries.loaded {
        let own = overlap(&library.image, &subject.ours);
        let is_glibcs = GLIBC.iter().any(|start| library.name.starts_with(start.as_bytes()));
        if library.image.facts.symbolic && !is_glibcs && !own.is_empty() {
            findings.note(
                Check::Binding,
                format!(
                    "{} is linked with -Bsymbolic and has its own {}: its own calls of those are not seen",
                    harmless::bytes(&library.name),
                    named(&own)
                ),
                "",
            );
        }
    }
    let loaders = users(subject, image, "dlmopen");
    if !loaders.is_empty() {
        findings.note(
            Check::Binding,
            format!(
                "{} can load libraries by dlmopen(3), with a libc of their own: those are not seen",
                named(&loaders)
            ),
            "once it runs, ask again with its process id: a second libc shows there",
        );
    }
    let loaders = users(subject, image, "dlopen");
    if !loaders.is_empty() {
        findings.ok(
            Check::Binding,
            format!(
                "{} can load libraries by dlopen(3): what is loaded with RTLD_DEEPBIND calls libc directly, which \
                 cannot be told beforehand",
                named(&loaders)
            ),
        );
    }
    for (function, project) in PARTS {
        if image.known.contains(function.as_bytes()) {
            let through = image.imports("epoll_ctl") || image.imports("syscall");
            let reason = format!("{project} is linked into the program");
            if through {
                findings
                    .ok(Check::Binding, format!("{reason}, and calls epoll through libc, where it is seen"));
            } else {
                findings.ok(Check::Binding, format!("{reason}, and the program imports no epoll function"));
            }
        }
    }
    if !findings.has(Check::Binding) {
        findings
            .ok(Check::Binding, "its calls go through the loader; it defines nothing that the library hooks");
    }
}

/// The program stands before every preload where the loader looks for a function.
fn own_definitions(subject: &Subject, image: &Image, findings: &mut Findings) {
    let own = overlap(image, &subject.ours);
    if own.is_empty() {
        return;
    }
    let sanitizer = ["__asan_init", "__tsan_init"].iter().any(|name| image.known.contains(name.as_bytes()));
    let essential = own.iter().any(|name| ESSENTIAL.contains(&name.as_str()));
    let reason =
        format!("the program defines {} itself and exports it, so calls of it come there first", named(&own));
    if sanitizer {
        findings.note(
            Check::Binding,
            format!("{reason}; a sanitizer that is linked in hands them on to the library"),
            "",
        );
    } else if essential {
        findings.problem(
            Check::Binding,
            reason,
            "hide it (-fvisibility=hidden, or no -rdynamic), or have it call the next definition (dlsym(3), RTLD_NEXT)",
        );
    } else {
        findings.ok(Check::Binding, format!("{reason}; nothing that a fork or a poller depends on"));
    }
}

fn overlap(image: &Image, ours: &Image) -> Vec<String> {
    image.exports.intersection(&ours.exports).map(|name| harmless::bytes(name)).collect()
}

/// The files among the program and its libraries, glibc's own aside, that import a function.
pub fn users(subject: &Subject, image: &Image, function: &str) -> Vec<String> {
    let libraries = subject.libraries.loaded.iter();
    let libraries = libraries.filter(|library| {
        library.image.imports(function)
            && !GLIBC.iter().any(|start| library.name.starts_with(start.as_bytes()))
    });
    let program = image.imports(function).then(|| "the program".to_owned());
    let names = program.into_iter().chain(libraries.map(|library| harmless::bytes(&library.name)));
    names.collect::<BTreeSet<_>>().into_iter().collect()
}
