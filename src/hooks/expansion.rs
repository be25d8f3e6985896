//! What a `hook!` becomes: how the real function is bound, and what is exported.

/// The parts of a hook. Only `hook!` names them.
///
/// - `bind`, `bind_optional`, `bind_early`: the static behind `real!`, and its place among the constructors.
/// - `body`, `export`: the function in Rust, and the symbol that calls it.
/// - `site`, `naked`, `pass`: symbols in assembly that hand over their caller's address, or leave nothing on the stack.
/// - `wait`: a wait on a poller, in assembly as far as there is nothing to look at.
/// - `in_copy`, `jump_in_copy`, `still`, `quick`, `probe`: symbols that decide by the wiped page.
/// - `entering`: a symbol that asks its body where to jump.
macro_rules! expand {
    (@in_copy $(#[$doc:meta])* $name:ident $next:ident $body:ident ($($arg:ident: $type:ty),*) -> $answer:ty
     $code:block) => {
        $(#[$doc])*
        unsafe extern "C-unwind" fn $body($($arg: $type),*) -> $answer { $code }
        expand!(@jump_in_copy $name $next $body);
    };
    (@jump_in_copy $name:ident $next:ident $body:ident) => {
        const _: () = {
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    IN_COPY!(),
                    page = sym $crate::ident::page::PAGE,
                    body = sym $body,
                    next = sym self::$next,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    (@still $word:ident $name:ident $next:ident $body:ident) => {
        const _: () = {
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    STILL!(),
                    page = sym $crate::ident::page::PAGE,
                    word = const core::mem::offset_of!($crate::ident::page::Page, $word),
                    body = sym $body,
                    next = sym self::$next,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    (@quick $quick:ident $name:ident $next:ident $body:ident) => {
        const _: () = {
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    $quick!(),
                    page = sym $crate::ident::page::PAGE,
                    told = const core::mem::offset_of!($crate::ident::page::Page, told),
                    body = sym $body,
                    next = sym self::$next,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    (@wait $name:ident $body:ident) => {
        const _: () = {
            /// The wait is over, and something was removed meanwhile.
            unsafe extern "C-unwind" fn returned(
                poller: libc::c_int,
                events: *mut libc::epoll_event,
                count: libc::c_int,
                before: u64,
            ) -> libc::c_int {
                // SAFETY: the kernel has just filled so many.
                unsafe { $crate::hooks::epoll::returned(stringify!($name), poller, events, count, before) }
            }
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    WAIT!(),
                    tables = sym $crate::registry::table::LAYOUT,
                    capacity = const $crate::registry::table::Layout::CAPACITY,
                    fds = const $crate::registry::table::Layout::FDS,
                    page = sym $crate::ident::page::PAGE,
                    passes = const core::mem::offset_of!($crate::ident::page::Page, passes),
                    removals = sym $crate::registry::removals::COUNT,
                    next = sym self::$name,
                    at = const $crate::ident::thread::Word::BatchAt as usize,
                    of = const $crate::ident::thread::Word::BatchOf as usize,
                    count = const $crate::ident::thread::Word::BatchCount as usize,
                    body = sym $body,
                    returned = sym returned,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    (@probe $name:ident $next:ident $probe:ident) => {
        const _: () = {
            extern "C" fn probe() {
                $probe(stringify!($name));
            }
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(
                    PROBE!(),
                    page = sym $crate::ident::page::PAGE,
                    probe = sym probe,
                    next = sym self::$next,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    (@entering $name:ident $enter:ident) => {
        const _: () = {
            static REAL: $crate::sys::next::Late<unsafe extern "C-unwind" fn()> =
                $crate::sys::next::Late::new(concat!(stringify!($name), "\0"));
            extern "C" fn enter(third: core::ffi::c_uint, site: usize) -> unsafe extern "C-unwind" fn() {
                $enter(&REAL, stringify!($name), third, site)
            }
            #[unsafe(naked)]
            #[cfg_attr(not(test), unsafe(no_mangle))]
            #[allow(non_snake_case)]
            unsafe extern "C-unwind" fn $name() {
                core::arch::naked_asm!(ENTERING!(), enter = sym enter)
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
    (@bind $name:ident ($($type:ty),*) -> $answer:ty) => {
        expand!(@bind_new $name ($($type),*) -> $answer, new);
    };
    (@bind_new $name:ident ($($type:ty),*) -> $answer:ty, $new:ident $(, $version:expr)?) => {
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
            $crate::sys::next::Required::$new(concat!(stringify!($name), "\0"), $($version,)? first_call)
        };
        expand!(@bind_early $name);
    };
    (@bind_optional $name:ident ($($type:ty),*) -> $answer:ty) => {
        expand!(@bind_optional_new $name ($($type),*) -> $answer, new);
    };
    (@bind_optional_new $name:ident ($($type:ty),*) -> $answer:ty, $new:ident $(, $version:expr)?) => {
        #[allow(non_upper_case_globals)]
        pub(super) static $name: $crate::sys::next::Next<unsafe extern "C-unwind" fn($($type),*) -> $answer> =
            $crate::sys::next::Next::$new(concat!(stringify!($name), "\0") $(, $version)?);
        expand!(@bind_early $name);
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
        #[allow(clippy::too_many_arguments)] // libc's own
        unsafe fn $body($($arg: $type),*) -> $answer { $code }
    };
    (@export $name:ident $body:ident ($($arg:ident: $type:ty),*) -> $answer:ty) => {
        const _: () = {
            #[cfg_attr(not(test), unsafe(no_mangle))]
            unsafe extern "C-unwind" fn $name($($arg: $type),*) -> $answer {
                // SAFETY: the program calls us as it would call libc, with the same arguments.
                unsafe { $body($($arg),*) }
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn($($type),*) -> $answer = $name;
        };
    };
    (@site $name:ident $body:ident ()) => {
        expand!(@naked $name, "mov rdi, [rsp]", "mov x0, x30", $body);
    };
    (@site $name:ident $body:ident ($one:ident)) => {
        expand!(@naked $name, "mov rsi, [rsp]", "mov x1, x30", $body);
    };
    (@site $name:ident $body:ident ($one:ident $two:ident)) => {
        expand!(@naked $name, "mov rdx, [rsp]", "mov x2, x30", $body);
    };
    (@site $name:ident $body:ident ($one:ident $two:ident $three:ident)) => {
        expand!(@naked $name, "mov rcx, [rsp]", "mov x3, x30", $body);
    };
    (@site $name:ident $body:ident ($one:ident $two:ident $three:ident $four:ident)) => {
        expand!(@naked $name, "mov r8, [rsp]", "mov x4, x30", $body);
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
            #[cfg(test)]
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
                    expect = sym $crate::hazards::trampoline::expect_visitor,
                    next = sym self::$next,
                )
            }
            #[cfg(test)]
            #[used]
            static EXPORT: unsafe extern "C-unwind" fn() = $name;
        };
    };
}
