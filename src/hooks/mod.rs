//! The functions a program calls instead of libc's. A hook is a declaration and one call.
//!
//! # Safety
//! Each hook is called by the program with the arguments libc's function would get, and passes them on.
#![allow(unsafe_code)]

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
/// - `again`: another name of a function above; the body is that one's.
/// - `unlisted`: the libc crate does not declare it, or declares it variadic, so the prototype is not checked.
/// - `optional`: not in every libc; `real!` is then an `Option`.
/// - `site`: the body gets its caller's return address as well.
/// - `routed`: as `passing`, for `syscall`: a table of bytes says which numbers go to the body.
/// - `passing`: notes that the process forks, and jumps: nothing of ours may stand on the stack.
macro_rules! hook {
    ($(#[$doc:meta])* unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* unlisted unsafe fn $name($($arg: $type),*) -> $answer => $body $code }
    };
    ($(#[$doc:meta])* unlisted unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        hook!(@bind $name Required (concat!(stringify!($name), "\0")) ($($type),*) -> $answer);
        hook!(@body $(#[$doc])* $body ($($arg: $type),*) -> $answer $code);
        hook!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* optional unsafe fn $name:ident ($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        const _: unsafe extern "C" fn($($type),*) -> $answer = libc::$name;
        hook! { $(#[$doc])* optional unlisted unsafe fn $name($($arg: $type),*) -> $answer => $body $code }
    };
    ($(#[$doc:meta])* optional unlisted unsafe fn $name:ident ($($arg:ident: $type:ty),*) -> $answer:ty
     => $body:ident $code:block) => {
        hook!(@bind $name Next (concat!(stringify!($name), "\0")) ($($type),*) -> $answer);
        hook!(@body $(#[$doc])* $body ($($arg: $type),*) -> $answer $code);
        hook!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* site unsafe fn $name:ident($($arg:ident: $type:ty)?) -> $answer:ty
     => $body:ident($site:ident) $code:block) => {
        hook!(@bind $name Required (concat!(stringify!($name), "\0")) ($($type)?) -> $answer);
        $(#[$doc])*
        unsafe extern "C-unwind" fn $body($($arg: $type,)? $site: usize) -> $answer { $code }
        hook!(@site $name $body ($($arg: $type)?) -> $answer);
    };
    ($(#[$doc:meta])* passing unsafe fn $name:ident) => {
        hook!(@bind $name Required (concat!(stringify!($name), "\0")) () -> libc::c_int);
        hook!(@pass $(#[$doc])* $name $name);
    };
    ($(#[$doc:meta])* again unsafe fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty => $body:ident) => {
        hook!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* again site unsafe fn $name:ident() -> $answer:ty => $body:ident) => {
        hook!(@site $name $body () -> $answer);
    };
    ($(#[$doc:meta])* again passing unsafe fn $name:ident => $next:ident) => {
        hook!(@pass $(#[$doc])* $name $next);
    };
    ($(#[$doc:meta])* routed unsafe fn $name:ident => $body:ident by $routes:ident) => {
        hook!(@bind $name Required (concat!(stringify!($name), "\0"))
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
                    forked = sym $crate::registry::forks::FORKED,
                    next = sym self::$name,
                    bind = sym $crate::sys::next::bind_required,
                )
            }
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };

    (@bind $name:ident $next:ident ($symbol:expr) ($($type:ty),*) -> $answer:ty) => {
        #[allow(non_upper_case_globals)]
        pub(super) static $name: $crate::sys::next::$next<unsafe extern "C-unwind" fn($($type),*) -> $answer> =
            $crate::sys::next::$next::new($symbol);
        const _: () = {
            extern "C" fn bind() {
                let _address = $name.bind();
            }
            #[used]
            #[cfg_attr(not(test), unsafe(link_section = ".init_array.00100"))]
            static BIND: extern "C" fn() = bind;
        };
    };
    (@body $(#[$doc:meta])* $body:ident ($($arg:ident: $type:ty),*) -> $answer:ty $code:block) => {
        $(#[$doc])*
        #[inline(always)]
        unsafe fn $body($($arg: $type),*) -> $answer { $code }
    };
    (@export $name:ident $body:ident ($($arg:ident: $type:ty),*) -> $answer:ty) => {
        const _: () = {
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name($($arg: $type),*) -> $answer {
                // SAFETY: the program calls us as it would call libc, with the same arguments.
                unsafe { $body($($arg),*) }
            }
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn($($type),*) -> $answer = $name;
        };
    };
    (@site $name:ident $body:ident () -> $answer:ty) => {
        hook!(@naked $name, "mov rdi, [rsp]", "mov x0, x30", $body);
    };
    (@site $name:ident $body:ident ($arg:ident: $type:ty) -> $answer:ty) => {
        hook!(@naked $name, "mov rsi, [rsp]", "mov x1, x30", $body);
    };
    // Puts the return address behind the last argument and jumps.
    (@naked $name:ident, $x86:literal, $arm:literal, $body:ident) => {
        const _: () = {
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                #[cfg(target_arch = "x86_64")]
                core::arch::naked_asm!($x86, "jmp {body}", body = sym $body);
                #[cfg(target_arch = "aarch64")]
                core::arch::naked_asm!($arm, "b {body}", body = sym $body);
            }
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    (@pass $(#[$doc:meta])* $name:ident $next:ident) => {
        const _: () = {
            $(#[$doc])*
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    PASS!(),
                    forked = sym $crate::registry::forks::FORKED,
                    next = sym self::$next,
                    bind = sym $crate::sys::next::bind_required,
                )
            }
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
}

/// Notes that the process forks and jumps to the real function, every argument register as it was.
///
/// The note is written only where it is not there yet: a store after a fork would copy the page.
#[cfg(target_arch = "x86_64")]
macro_rules! PASS {
    () => {
        "cmp byte ptr [rip + {forked}], 0
         jne 2f
         mov byte ptr [rip + {forked}], 1
         2:
         cmp qword ptr [rip + {next}], 0
         jne 3f
         push rax
         push rdi
         push rsi
         push rdx
         push rcx
         push r8
         push r9
         lea rdi, [rip + {next}]
         call {bind}
         pop r9
         pop r8
         pop rcx
         pop rdx
         pop rsi
         pop rdi
         pop rax
         3:
         jmp qword ptr [rip + {next}]"
    };
}

/// Notes that the process forks and jumps to the real function, every argument register as it was.
///
/// The note is written only where it is not there yet: a store after a fork would copy the page.
#[cfg(target_arch = "aarch64")]
macro_rules! PASS {
    () => {
        "adrp x16, {forked}
         add x16, x16, :lo12:{forked}
         ldrb w17, [x16]
         cbnz w17, 2f
         mov w17, 1
         strb w17, [x16]
         2:
         adrp x16, {next}
         add x16, x16, :lo12:{next}
         ldr x17, [x16]
         cbnz x17, 3f
         stp x29, x30, [sp, -80]!
         stp x0, x1, [sp, 16]
         stp x2, x3, [sp, 32]
         stp x4, x5, [sp, 48]
         stp x6, x8, [sp, 64]
         mov x0, x16
         bl {bind}
         mov x17, x0
         ldp x0, x1, [sp, 16]
         ldp x2, x3, [sp, 32]
         ldp x4, x5, [sp, 48]
         ldp x6, x8, [sp, 64]
         ldp x29, x30, [sp], 80
         3:
         br x17"
    };
}

/// Sends a call by number on: 0 jumps, 1 notes a fork and jumps, 2 goes to the body.
#[cfg(target_arch = "x86_64")]
macro_rules! ROUTE {
    () => {
        "cmp rdi, 512
         jae 2f
         lea rax, [rip + {routes}]
         movzx eax, byte ptr [rax + rdi]
         test eax, eax
         je 2f
         cmp eax, 1
         jne {body}"
    };
}

/// Sends a call by number on: 0 jumps, 1 notes a fork and jumps, 2 goes to the body.
#[cfg(target_arch = "aarch64")]
macro_rules! ROUTE {
    () => {
        "cmp x0, 512
         b.hs 4f
         adrp x16, {routes}
         add x16, x16, :lo12:{routes}
         ldrb w17, [x16, x0]
         cbz w17, 4f
         cmp w17, 1
         b.ne {body}
         b 5f
         4:
         adrp x16, {next}
         add x16, x16, :lo12:{next}
         ldr x17, [x16]
         br x17
         5:"
    };
}

/// The real function behind a hook.
macro_rules! real {
    ($name:ident) => {
        $name.get()
    };
}

mod descriptors;
mod epoll;
mod fork;
mod poll;
mod stdio;
mod syscall;

use crate::sys::call::Errno;
use core::ffi::c_int;

/// What a refused call answers.
fn refused(Errno(number): Errno) -> c_int {
    // SAFETY: libc's errno of this thread.
    unsafe { *libc::__errno_location() = number };
    -1
}
