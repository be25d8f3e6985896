//! Checks 1 to 4 and 6: can the loader bring the library into this program at all? What `forkproof run` refuses is
//! asked of the same code, so that the two agree.

use super::diagnosis::{Check, Findings};
use super::subject::Subject;
use crate::cli::harmless;
use crate::cli::target::{Kind, Obstacle};
use std::fs;
use std::path::Path;

pub fn check(subject: &Subject, findings: &mut Findings) {
    if let Some(obstacle) = &subject.stop {
        refuse(obstacle, subject, findings);
    }
    for obstacle in &subject.obstacles() {
        refuse(obstacle, subject, findings);
    }
    if subject.command.is_empty() && subject.pid.is_none() {
        root_alone(subject, findings);
    }
    go(subject, findings);
    if let Some(program) = subject.program() {
        let name = harmless::path(&program.path);
        let loader = program.facts.interpreter.as_deref().map(harmless::bytes).unwrap_or_default();
        let fine: [(Check, String); 4] = [
            (Check::Program, format!("{name} is dynamically linked; its loader is {loader}")),
            (Check::Libc, "it is linked to glibc".to_owned()),
            (Check::Machine, format!("program and library are for {}", program.facts.machine)),
            (Check::Privileges, "not setuid, not setgid, no file capabilities".to_owned()),
        ];
        // What is in the way of the loader is in the way of the questions behind it.
        let loaded = program.facts.interpreter.is_some() && subject.stop.is_none();
        for (check, reason) in fine {
            if !findings.has(check) && (loaded || check != Check::Libc) {
                findings.ok(check, reason);
            }
        }
        security_modules(&program.path, findings);
    }
    sanitizer(subject, findings);
}

fn refuse(obstacle: &Obstacle, subject: &Subject, findings: &mut Findings) {
    let check = match obstacle.kind {
        Kind::File | Kind::Linkage => Check::Program,
        Kind::Libc => Check::Libc,
        Kind::Machine => Check::Machine,
        Kind::Privileges => Check::Privileges,
    };
    let mut reason = obstacle.reason.clone();
    let is_go = subject.image.as_ref().is_some_and(|image| image.has_section(".go.buildinfo"));
    let mut remedy = obstacle.remedy.clone();
    if obstacle.kind == Kind::Linkage && is_go {
        reason += ". It is a Go program, whose runtime makes its system calls itself";
        "nothing can be preloaded into it; Go starts other programs and does not fork without exec, so there is \
         little to mend"
            .clone_into(&mut remedy);
    }
    findings.problem(check, reason, remedy);
}

/// A Go program with cgo has a loader, and so has the library in it.
fn go(subject: &Subject, findings: &mut Findings) {
    let Some(image) = &subject.image else { return };
    if image.has_section(".go.buildinfo") && image.facts.interpreter.is_some() {
        findings.problem(
            Check::Program,
            "it is a Go program with cgo: the library comes in and sees what its C code does, but Go's runtime makes \
             its system calls itself, so the epoll instances, descriptors and forks of the Go code are not seen",
            "nothing can be done from outside; what its C code does is covered",
        );
    }
}

/// A file tree without a program: can any of its programs be entered?
fn root_alone(subject: &Subject, findings: &mut Findings) {
    let place = subject.root.place();
    if let Some((image, path)) = subject.libc() {
        findings.ok(Check::Libc, format!("the C library is glibc, {}{place}", harmless::path(&path)));
        findings.ok(Check::Machine, format!("root and library are for {}", image.facts.machine));
        return;
    }
    let musl = ["/lib", "/usr/lib"].iter().find_map(|folder| {
        let entries = fs::read_dir(subject.root.resolve(Path::new(folder)).ok()?).ok()?;
        entries.flatten().find(|entry| entry.file_name().to_string_lossy().starts_with("ld-musl"))
    });
    match musl {
        Some(_) => findings.problem(
            Check::Libc,
            format!("the C library{place} is musl, and libforkproof.so is built for glibc"),
            "use an image with glibc (Debian, Ubuntu, Fedora)",
        ),
        None => findings.problem(
            Check::Libc,
            format!("there is no libc.so.6 for {}{place}", subject.library.machine),
            "use an image with glibc for this machine, or name the right directory",
        ),
    }
}

/// What security modules would do is in their policies. What can be told is whether they have a say.
fn security_modules(path: &Path, findings: &mut Findings) {
    let profiles = fs::read_to_string("/sys/kernel/security/apparmor/profiles").unwrap_or_default();
    let name = path.to_string_lossy();
    if profiles.lines().any(|line| line.split(" (").next() == Some(&*name)) {
        findings.note(
            Check::Privileges,
            format!("AppArmor has a profile for {}", harmless::path(path)),
            "the profile must let it map the library (`/path/libforkproof.so mr,`) and append to the log, and must be \
             entered by a rule that keeps the environment (px, not Px)",
        );
    }
    if fs::read_to_string("/sys/fs/selinux/enforce").is_ok_and(|text| text.trim() == "1") {
        findings.note(
            Check::Privileges,
            "SELinux is enforcing: where the program enters a domain of its own, the loader ignores LD_PRELOAD unless \
             the policy says noatsecure",
            "start it, and ask again with its process id: then it shows",
        );
    }
}

/// Check 6.
fn sanitizer(subject: &Subject, findings: &mut Findings) {
    let Some(program) = subject.program() else { return };
    let needs = |name: &str| program.facts.needed.iter().any(|needed| needed.starts_with(name.as_bytes()));
    if let Some(runtime) = program.sanitizer() {
        let runtime = harmless::path(Path::new(&runtime));
        findings.note(
            Check::Sanitizer,
            format!("it was built with the address sanitizer, whose runtime ({runtime}) has to come before everything"),
            format!(
                "`forkproof run` puts it first; by hand: LD_PRELOAD={runtime}:{}",
                harmless::path(&subject.library.path)
            ),
        );
    } else if needs("libtsan.so") || needs("libclang_rt.tsan") {
        findings
            .ok(Check::Sanitizer, "it was built with the thread sanitizer, which gets on with the library");
    } else {
        findings.ok(Check::Sanitizer, "no sanitizer that has to come first");
    }
}
