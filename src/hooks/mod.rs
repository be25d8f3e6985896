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
/// - `marking`: for `dup`: marks both numbers in ten instructions, and tells the body of a poller.
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
        hook!(@bind $name ($($type),*) -> $answer);
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
        hook!(@bind_optional $name ($($type),*) -> $answer);
        hook!(@body $(#[$doc])* $body ($($arg: $type),*) -> $answer $code);
        hook!(@export $name $body ($($arg: $type),*) -> $answer);
    };
    ($(#[$doc:meta])* site unsafe fn $name:ident($($arg:ident: $type:ty)?) -> $answer:ty
     => $body:ident($site:ident) $code:block) => {
        hook!(@bind $name ($($type)?) -> $answer);
        $(#[$doc])*
        #[cfg_attr(not(test), unsafe(link_section = ".text_fork"))]
        unsafe extern "C-unwind" fn $body($($arg: $type,)? $site: usize) -> $answer { $code }
        hook!(@site $name $body ($($arg: $type)?) -> $answer);
    };
    ($(#[$doc:meta])* passing unsafe fn $name:ident) => {
        hook!(@bind $name () -> libc::c_int);
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
    ($(#[$doc:meta])* marking unsafe fn $name:ident => $body:ident) => {
        hook!(@bind $name (libc::c_int) -> libc::c_int);
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
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    ($(#[$doc:meta])* routed unsafe fn $name:ident => $body:ident by $routes:ident) => {
        hook!(@bind $name
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
                    expect = sym $crate::registry::forks::expect_visitor,
                    next = sym self::$name,
                )
            }
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };

    (@bind $name:ident ($($type:ty),*) -> $answer:ty) => {
        #[allow(non_upper_case_globals)]
        pub(super) static $name: $crate::sys::next::Required<unsafe extern "C-unwind" fn($($type),*) -> $answer> = {
            #[unsafe(naked)]
            unsafe extern "C-unwind" fn first_call() {
                core::arch::naked_asm!(
                    FIRST_CALL!(),
                    next = sym self::$name,
                    bind = sym $crate::sys::next::bind_required,
                )
            }
            $crate::sys::next::Required::new(concat!(stringify!($name), "\0"), first_call)
        };
        hook!(@bind_early $name);
    };
    (@bind_optional $name:ident ($($type:ty),*) -> $answer:ty) => {
        #[allow(non_upper_case_globals)]
        pub(super) static $name: $crate::sys::next::Next<unsafe extern "C-unwind" fn($($type),*) -> $answer> =
            $crate::sys::next::Next::new(concat!(stringify!($name), "\0"));
        hook!(@bind_early $name);
    };
    (@bind_early $name:ident) => {
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
            #[allow(non_snake_case)]
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
                    expect = sym $crate::registry::forks::expect_visitor,
                    next = sym self::$next,
                )
            }
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
}

/// Binds a function that is called before the constructors have, and jumps there, every argument as it was.
#[cfg(target_arch = "x86_64")]
macro_rules! FIRST_CALL {
    () => {
        "push rax
         push rdi
         push rsi
         push rdx
         push rcx
         push r8
         push r9
         lea rdi, [rip + {next}]
         call {bind}
         mov r11, rax
         pop r9
         pop r8
         pop rcx
         pop rdx
         pop rsi
         pop rdi
         pop rax
         jmp r11"
    };
}

/// Binds a function that is called before the constructors have, and jumps there, every argument as it was.
#[cfg(target_arch = "aarch64")]
macro_rules! FIRST_CALL {
    () => {
        "stp x29, x30, [sp, -80]!
         stp x0, x1, [sp, 16]
         stp x2, x3, [sp, 32]
         stp x4, x5, [sp, 48]
         stp x6, x8, [sp, 64]
         adrp x0, {next}
         add x0, x0, :lo12:{next}
         bl {bind}
         mov x17, x0
         ldp x0, x1, [sp, 16]
         ldp x2, x3, [sp, 32]
         ldp x4, x5, [sp, 48]
         ldp x6, x8, [sp, 64]
         ldp x29, x30, [sp], 80
         br x17"
    };
}

/// Notes that the process forks and that a child may come to work in this memory, and jumps to the real
/// function, every argument register as it was and nothing left on the stack.
#[cfg(target_arch = "x86_64")]
macro_rules! PASS {
    () => {
        "push rax
         push rdi
         push rsi
         push rdx
         push rcx
         push r8
         push r9
         call {expect}
         pop r9
         pop r8
         pop rcx
         pop rdx
         pop rsi
         pop rdi
         pop rax
         2:
         jmp qword ptr [rip + {next}]"
    };
}

/// Notes that the process forks and that a child may come to work in this memory, and jumps to the real
/// function, every argument register as it was and nothing left on the stack.
#[cfg(target_arch = "aarch64")]
macro_rules! PASS {
    () => {
        "stp x29, x30, [sp, -80]!
         stp x0, x1, [sp, 16]
         stp x2, x3, [sp, 32]
         stp x4, x5, [sp, 48]
         stp x6, x8, [sp, 64]
         bl {expect}
         ldp x0, x1, [sp, 16]
         ldp x2, x3, [sp, 32]
         ldp x4, x5, [sp, 48]
         ldp x6, x8, [sp, 64]
         ldp x29, x30, [sp], 80
         2:
         adrp x16, {next}
         ldr x17, [x16, :lo12:{next}]
         br x17"
    };
}

/// Calls the real dup and marks both numbers (`registry::marks`: why 16 bits, and why the sign).
///
/// The plain `or` may lose a mark that another thread sets in the same byte at the same moment: that
/// takes two calls on one number at once, one of which has just been given it.
#[cfg(target_arch = "x86_64")]
macro_rules! MARK {
    () => {
        ".cfi_startproc
         push rdi
         .cfi_adjust_cfa_offset 8
         call qword ptr [rip + {next}]
         pop rdi
         .cfi_adjust_cfa_offset -8
         lea rcx, [rip + {marks}]
         movzx edx, ax
         or byte ptr [rcx + rdx], 1
         movzx edx, di
         or byte ptr [rcx + rdx], 1
         js 2f
         ret
         2:
         mov esi, eax
         jmp {poller}
         .cfi_endproc"
    };
}

/// Calls the real dup and marks both numbers (`registry::marks`: why 16 bits, and why the sign).
#[cfg(target_arch = "aarch64")]
macro_rules! MARK {
    () => {
        "stp x29, x30, [sp, -32]!
         str x0, [sp, 16]
         adrp x16, {next}
         ldr x16, [x16, :lo12:{next}]
         blr x16
         ldr x2, [sp, 16]
         adrp x3, {marks}
         add x3, x3, :lo12:{marks}
         and x4, x0, 0xffff
         ldrb w5, [x3, x4]
         orr w5, w5, 1
         strb w5, [x3, x4]
         and x4, x2, 0xffff
         ldrb w5, [x3, x4]
         orr w5, w5, 1
         strb w5, [x3, x4]
         ldp x29, x30, [sp], 32
         tbz w5, 7, 2f
         mov w1, w0
         mov w0, w2
         b {poller}
         2:
         ret"
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
         b.hs 2f
         adrp x16, {routes}
         add x16, x16, :lo12:{routes}
         ldrb w17, [x16, x0]
         cbz w17, 2f
         cmp w17, 1
         b.ne {body}"
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
