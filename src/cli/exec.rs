//! The system calls that std has no faithful word for.
//!
//! # Safety
//! Every call hands libc pointers to C strings and arrays that live in the calling function.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsString, c_char};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::ptr;

/// Becomes the program, in the same process. Returns only if the kernel refuses.
///
/// Not `CommandExt::exec`: it empties the signal mask and resets SIGPIPE, and the program would not start
/// with what its caller (systemd ignores SIGPIPE) gave it.
pub fn replace(path: &Path, arguments: &[OsString], environment: &[(OsString, OsString)]) -> io::Error {
    let variable = |(name, value): &(OsString, OsString)| {
        let mut both = name.clone();
        both.push("=");
        both.push(value);
        CString::new(both.into_vec())
    };
    let path = CString::new(path.as_os_str().as_bytes());
    let arguments =
        arguments.iter().map(|argument| CString::new(argument.as_bytes())).collect::<Result<Vec<_>, _>>();
    let environment = environment.iter().map(variable).collect::<Result<Vec<_>, _>>();
    let (Ok(path), Ok(arguments), Ok(environment)) = (path, arguments, environment) else {
        return io::ErrorKind::InvalidInput.into();
    };
    let (arguments, environment) = (pointers(&arguments), pointers(&environment));
    // SAFETY: `path` is a C string, both arrays end in NULL and point into vectors that outlive the call.
    unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

/// Whether the kernel lets this process execute the file, as execvp(3) would find out.
pub fn may_execute(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: `path` is a C string.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::X_OK, libc::AT_EACCESS) == 0 }
}

/// Whether this process could write to the file, or make files in the folder.
pub fn may_write(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: `path` is a C string.
    unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK, libc::AT_EACCESS) == 0 }
}

/// Whether the file carries capabilities(7).
pub fn has_capabilities(path: &Path) -> bool {
    const NAME: &CStr = c"security.capability";
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: two C strings, and a size of 0 asks for the length alone (getxattr(2)).
    unsafe { libc::getxattr(path.as_ptr(), NAME.as_ptr(), ptr::null_mut(), 0) > 0 }
}

/// Makes a reader that goes away (`| head`) an error of `write` instead of a signal. Only for commands that
/// do not exec: an ignored signal stays ignored across it (execve(2)).
pub fn ignore_broken_pipes() {
    // SAFETY: SIG_IGN needs no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// Whether there is a standard output that can be written to: std takes a closed one for an empty one, and says nothing.
pub fn has_output() -> bool {
    // SAFETY: plain numbers.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFL) };
    flags >= 0 && flags & libc::O_ACCMODE != libc::O_RDONLY
}
