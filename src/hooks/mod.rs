//! The functions a program calls instead of libc's. A hook is a declaration and one call.
//!
//! # Safety
//! Each hook is called by the program with the arguments libc's function would get, and passes them on.
#![allow(unsafe_code)]

#[macro_use]
mod assembly;
#[macro_use]
mod expansion;

/// Declares, binds, checks and exports one function.
///
/// ```text
/// hook! {
///     /// Why we look.
///     unsafe fn epoll_wait(poller: c_int, ...) -> c_int => my_epoll_wait { ... real!(epoll_wait)(...) ... }
/// }
/// ```
///
/// The surface is redhook's. What differs is what a preload may not do: the body runs once and is
/// never followed by a second real call, cancellation and `pthread_exit` unwind through it
/// (`C-unwind`, and no value with a Drop alive across the real call), nothing waits on a `Once`, and
/// everything is bound in `.init_array.00100`, before threads exist.
///
/// In unit tests nothing is exported, or the test program would hook itself; a static keeps each body alive.
///
/// - `again`: another name of a function above; the body is that one's.
/// - `unlisted`: the libc crate does not declare it, or declares it variadic, so the prototype is not checked.
/// - `optional`: not in every libc; `real!` is then an `Option`.
/// - `site`: the body gets its caller's return address as well.
/// - `late`: of a library that may come later; the body finds the real function itself.
/// - `marking`: for `dup`: marks both numbers in ten instructions, and tells the body of a poller.
/// - `routed`: as `passing`, for `syscall`: a table of bytes says which numbers go to the body.
/// - `passing`: notes that the process forks, and jumps: nothing of ours may stand on the stack.
/// - `in_copy`: three instructions where nobody forked; the body is for copies.
/// - `since`: of that version of the symbol.
/// - `still`: three instructions where reads and waits are nothing to look at; `still(word)`: by that word (`ident::page`).
/// - `by`: a few instructions more decide in a copy too.
/// - `waiting`: for waits on a poller; the body is for those there is something to be looked at.
/// - `sorted`: one body for each operation.
/// - `marked`: three instructions for a semaphore that is not known to be a lock. `by SPENT`: the body also gets, in a
///   copy, those that are at zero.
/// - `entering`: of a library that may come later, whatever the arguments: the body, given the third of them and the return
///   address, finds the real function.
/// - `probing`: as `in_copy`, and the body, given the name, ends before the real function begins.
/// - `noting`: tells the body, which may look at the first argument, and jumps. `named`: the body also gets the name.
/// - `resolving`: of the resolver family (`hazards::interrupted_resolver`), with the answer of a refused call.
macro_rules! hook {
    ($(#[$doc:meta])* unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* unlisted unsafe fn $name($($arg: $type),*) -> $answer => $body $code }
    };
    ($(#[$doc:meta])* unlisted unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        expand!(@bind $name ($($type),*) -> $answer);
        expand!(@body $(#[$doc])* $body ($($arg: $type),*) -> $answer $code);
        expand!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* since $version:literal unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        expand!(@bind_new $name ($($type),*) -> $answer, versioned, concat!($version, "\0"));
        expand!(@body $(#[$doc])* $body ($($arg: $type),*) -> $answer $code);
        expand!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* optional unsafe fn $name:ident ($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* optional unlisted unsafe fn $name($($arg: $type),*) -> $answer => $body $code }
    };
    ($(#[$doc:meta])* optional unlisted unsafe fn $name:ident ($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        expand!(@bind_optional $name ($($type),*) -> $answer);
        expand!(@body $(#[$doc])* $body ($($arg: $type),*) -> $answer $code);
        expand!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* optional since $version:literal unsafe fn $name:ident ($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        expand!(@bind_optional_new $name ($($type),*) -> $answer, versioned, concat!($version, "\0"));
        expand!(@body $(#[$doc])* $body ($($arg: $type),*) -> $answer $code);
        expand!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* site unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident($site:ident) $code:block) => {
        expand!(@bind $name ($($type),*) -> $answer);
        $(#[$doc])*
        #[cfg_attr(not(test), unsafe(link_section = ".text_fork"))]
        unsafe extern "C-unwind" fn $body($($arg: $type,)* $site: usize) -> $answer { $code }
        expand!(@site $name $body ($($arg)*));
    };
    ($(#[$doc:meta])* optional late site unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident($site:ident) $code:block) => {
        $(#[$doc])*
        unsafe extern "C-unwind" fn $body($($arg: $type,)* $site: usize) -> $answer { $code }
        expand!(@site $name $body ($($arg)*));
    };
    ($(#[$doc:meta])* late entering $enter:ident: $(optional unsafe fn $name:ident;)+) => {
        $( expand!(@entering $name $enter); )+
    };
    ($(#[$doc:meta])* passing unsafe fn $name:ident) => {
        expand!(@bind $name () -> libc::c_int);
        expand!(@pass $(#[$doc])* $name $name);
    };
    ($(#[$doc:meta])* again unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty => $body:ident) => {
        expand!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* again site unsafe fn $name:ident($($arg:ident),*) => $body:ident) => {
        expand!(@site $name $body ($($arg)*));
    };
    ($(#[$doc:meta])* again passing unsafe fn $name:ident => $next:ident) => {
        expand!(@pass $(#[$doc])* $name $next);
    };
    ($(#[$doc:meta])* marking unsafe fn $name:ident => $body:ident) => {
        expand!(@bind $name (libc::c_int) -> libc::c_int);
        const _: () = {
            $(#[$doc])*
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    MARK!(),
                    next = sym self::$name,
                    marks = sym $crate::registry::marks::MARKS,
                    poller = sym $body,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    ($(#[$doc:meta])* routed unsafe fn $name:ident => $body:ident by $routes:ident) => {
        expand!(@bind $name
            (core::ffi::c_long, usize, usize, usize, usize, usize, usize) -> core::ffi::c_long);
        const _: () = {
            $(#[$doc])*
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    ROUTE!(),
                    PASS!(),
                    routes = sym $routes,
                    body = sym $body,
                    expect = sym $crate::hazards::trampoline::expect_visitor,
                    next = sym self::$name,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };

    ($(#[$doc:meta])* in_copy unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* in_copy unlisted unsafe fn $name($($arg: $type),*) -> $answer => $body $code }
    };
    ($(#[$doc:meta])* in_copy unlisted unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        expand!(@bind $name ($($type),*) -> $answer);
        expand!(@in_copy $(#[$doc])* $name $name $body ($($arg: $type),*) -> $answer $code);
    };
    ($(#[$doc:meta])* in_copy since $version:literal unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* in_copy unlisted since $version
            unsafe fn $name($($arg: $type),*) -> $answer => $body $code }
    };
    ($(#[$doc:meta])* in_copy unlisted since $version:literal
     unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty => $body:ident $code:block) => {
        expand!(@bind_new $name ($($type),*) -> $answer, versioned, concat!($version, "\0"));
        expand!(@in_copy $(#[$doc])* $name $name $body ($($arg: $type),*) -> $answer $code);
    };
    ($(#[$doc:meta])* again in_copy unsafe fn $name:ident => $body:ident of $next:ident) => {
        expand!(@jump_in_copy $name $next $body);
    };
    ($(#[$doc:meta])* still unsafe fn $($rest:tt)*) => {
        hook! { $(#[$doc])* still(still) unsafe fn $($rest)* }
    };
    ($(#[$doc:meta])* still unlisted unsafe fn $($rest:tt)*) => {
        hook! { $(#[$doc])* still(still) unlisted unsafe fn $($rest)* }
    };
    ($(#[$doc:meta])* again still unsafe fn $($rest:tt)*) => {
        hook! { $(#[$doc])* again still(still) unsafe fn $($rest)* }
    };
    ($(#[$doc:meta])* still($word:ident) unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* still($word) unlisted unsafe fn $name($($arg: $type),*) -> $answer => $body $code }
    };
    ($(#[$doc:meta])* still($word:ident) unlisted unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        expand!(@bind $name ($($type),*) -> $answer);
        $(#[$doc])*
        unsafe extern "C-unwind" fn $body($($arg: $type),*) -> $answer { $code }
        expand!(@still $word $name $name $body);
    };
    ($(#[$doc:meta])* again still($word:ident) unsafe fn $name:ident => $body:ident of $next:ident) => {
        expand!(@still $word $name $next $body);
    };
    ($(#[$doc:meta])* in_copy by $quick:ident unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        expand!(@bind $name ($($type),*) -> $answer);
        $(#[$doc])*
        unsafe extern "C-unwind" fn $body($($arg: $type),*) -> $answer { $code }
        expand!(@quick $quick $name $name $body);
    };
    ($(#[$doc:meta])* again in_copy by $quick:ident unsafe fn $name:ident => $body:ident of $next:ident) => {
        expand!(@quick $quick $name $next $body);
    };
    ($(#[$doc:meta])* waiting unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        expand!(@bind $name ($($type),*) -> $answer);
        $(#[$doc])*
        unsafe extern "C-unwind" fn $body($($arg: $type),*) -> $answer { $code }
        expand!(@wait $name $body);
    };
    ($(#[$doc:meta])* sorted unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => ($modify:ident, $add:ident, $remove:ident)) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        expand!(@bind $name ($($type),*) -> $answer);
        const _: () = {
            $(#[$doc])*
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    SORT!(),
                    modifies = const libc::EPOLL_CTL_MOD,
                    add = const libc::EPOLL_CTL_ADD,
                    del = const libc::EPOLL_CTL_DEL,
                    modify = sym $modify,
                    adds = sym $add,
                    remove = sym $remove,
                    next = sym self::$name,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    ($(#[$doc:meta])* marked unsafe fn $($rest:tt)*) => {
        hook! { $(#[$doc])* marked by MARKED unsafe fn $($rest)* }
    };
    ($(#[$doc:meta])* marked by $quick:ident unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        expand!(@bind $name ($($type),*) -> $answer);
        $(#[$doc])*
        unsafe extern "C-unwind" fn $body($($arg: $type),*) -> $answer { $code }
        const _: () = {
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    $quick!(),
                    page = sym $crate::ident::page::PAGE,
                    at = const $crate::sys::pthread::MARK_AT,
                    mark = const $crate::sys::pthread::MARK,
                    body = sym $body,
                    next = sym self::$name,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    ($(#[$doc:meta])* probing $probe:ident: $(unsafe fn $name:ident;)+) => {
        $(
            expand!(@bind $name () -> libc::c_int);
            expand!(@probe $name $name $probe);
        )+
    };
    ($(#[$doc:meta])* noting $note:ident: $(unsafe fn $name:ident;)+) => {
        $(
            expand!(@bind $name () -> libc::c_int);
            const _: () = {
                #[unsafe(naked)]
                #[cfg_attr(not(test), unsafe(no_mangle))]
                unsafe extern "C-unwind" fn $name() {
                    core::arch::naked_asm!(PASS!(), expect = sym $note, next = sym self::$name)
                }
                #[cfg(test)]
                #[used]
                static EXPORT: unsafe extern "C-unwind" fn() = $name;
            };
        )+
    };
    ($(#[$doc:meta])* noting $note:ident, named: $(unsafe fn $name:ident;)+) => {
        $(
            expand!(@bind $name () -> libc::c_int);
            const _: () = {
                extern "C" fn named(first: usize) {
                    $note(stringify!($name), first);
                }
                #[unsafe(naked)]
                #[cfg_attr(not(test), unsafe(no_mangle))]
                unsafe extern "C-unwind" fn $name() {
                    core::arch::naked_asm!(PASS!(), expect = sym named, next = sym self::$name)
                }
                #[cfg(test)]
                #[used]
                static EXPORT: unsafe extern "C-unwind" fn() = $name;
            };
        )+
    };
    ($(#[$doc:meta])* again probing $probe:ident: $(unsafe fn $name:ident => $next:ident;)+) => {
        $( expand!(@probe $name $next $probe); )+
    };
    ($(#[$doc:meta])* resolving unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty, refused $refused:expr) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* resolving unlisted unsafe fn $name($($arg: $type),*) -> $answer, refused $refused }
    };
    ($(#[$doc:meta])* resolving unlisted unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty,
     refused $refused:expr) => {
        expand!(@bind $name ($($type),*) -> $answer);
        const _: () = {
            expand!(@body $(#[$doc])* resolve ($($arg: $type),*) -> $answer {
                static FUNCTION: $crate::registry::function::Function =
                    $crate::registry::function::Function { name: stringify!($name) };
                let refused = || {
                    let _minus_one = $crate::hooks::refused($crate::sys::call::Errno(libc::EDEADLK));
                    $refused
                };
                $crate::hazards::interrupted_resolver::inside(&FUNCTION, refused, move || {
                    // SAFETY: the program's own arguments.
                    unsafe { real!($name)($($arg),*) }
                })
            });
            expand!(@export $name resolve ($($arg: $type),*) -> $answer);
        };
    };
    ($(#[$doc:meta])* again resolving unsafe fn $name:ident => $next:ident) => {
        const _: () = {
            $(#[$doc])*
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                #[cfg(target_arch = "x86_64")]
                core::arch::naked_asm!("jmp {next}", next = sym $next);
                #[cfg(target_arch = "aarch64")]
                core::arch::naked_asm!("b {next}", next = sym $next);
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
}

/// The real function behind a hook.
macro_rules! real {
    ($name:ident) => {
        $name.get()
    };
}

mod aio;
mod cxxabi;
mod descriptors;
mod dlfcn;
mod epoll;
mod exec;
mod fork;
mod getaddrinfo_a;
mod gomp;
mod inotify;
mod locale;
mod mman;
mod mqueue;
mod netdb;
mod pairs;
mod poll;
mod prctl;
mod pthread;
mod read;
mod resolv;
mod rights;
mod rings;
mod rwlock;
mod semaphore;
mod setjmp;
mod sigmask;
mod signal;
mod signalfd;
mod sleep;
mod socket;
mod stdio;
mod stdlib;
mod syscall;
mod syslog;
mod threads;
mod time;
mod timerfd;
mod timers;
mod users;
mod wait;
mod write;

use crate::sys::call::Errno;
use crate::sys::memory;
use core::ffi::c_int;

/// What a refused call answers.
fn refused(Errno(number): Errno) -> c_int {
    // SAFETY: libc's errno of this thread.
    unsafe { *libc::__errno_location() = number };
    -1
}

/// What a wait answers that a signal has ended.
fn interrupted() -> c_int {
    refused(Errno(libc::EINTR))
}

/// Has a wait a time limit other than zero, or none? Read through the kernel: for an address that is none the call is to
/// answer EFAULT.
fn lasts(limit: *const libc::timespec) -> bool {
    let mut words = [0; 2];
    limit.is_null() || memory::words(limit.addr(), &mut words).is_some() && words != [0; 2]
}
