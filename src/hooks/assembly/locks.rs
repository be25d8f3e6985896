//! The hooks of mutexes and semaphores: what they ask before the real function.

/// As `IN_COPY`, and in a copy that has looked round (`told`) to the real function as well when the mutex is free.
#[cfg(target_arch = "x86_64")]
macro_rules! LOCKS {
    () => {
        "cmp dword ptr [rip + {page}], 0
         je 2f
         3:
         jmp qword ptr [rip + {next}]
         2:
         cmp dword ptr [rip + {page} + {told}], 0
         je {body}
         cmp dword ptr [rdi], 0
         jne {body}
         jmp 3b"
    };
}

/// As `LOCKS`, when the mutex is of a type that does not look at its owner: the type is 0 or 3, two bits of
/// even parity.
#[cfg(target_arch = "x86_64")]
macro_rules! UNLOCKS {
    () => {
        "cmp dword ptr [rip + {page}], 0
         je 2f
         3:
         jmp qword ptr [rip + {next}]
         2:
         cmp dword ptr [rip + {page} + {told}], 0
         je {body}
         test byte ptr [rdi + 16], 3
         jnp {body}
         jmp 3b"
    };
}

/// As `IN_COPY`: the body looks at the rest.
#[cfg(target_arch = "aarch64")]
macro_rules! LOCKS {
    () => {
        concat!(IN_COPY!(), "\n/* {told} */")
    };
}

/// As `IN_COPY`: the body looks at the rest.
#[cfg(target_arch = "aarch64")]
macro_rules! UNLOCKS {
    () => {
        concat!(IN_COPY!(), "\n/* {told} */")
    };
}

/// Jumps to the body for a semaphore that is marked, and to the real function for any other.
#[cfg(target_arch = "x86_64")]
macro_rules! MARKED {
    () => {
        "/* {page} */
         cmp dword ptr [rdi + {at}], {mark}
         je {body}
         jmp qword ptr [rip + {next}]"
    };
}

/// Jumps to the body for a semaphore that is marked, and to the real function for any other.
#[cfg(target_arch = "aarch64")]
macro_rules! MARKED {
    () => {
        "/* {page} */
         ldr w16, [x0, {at}]
         mov w17, {mark} & 0xffff
         movk w17, {mark} >> 16, lsl 16
         cmp w16, w17
         b.ne 2f
         b {body}
         2:
         adrp x16, {next}
         ldr x17, [x16, :lo12:{next}]
         br x17"
    };
}

/// As `MARKED`, and in a copy also to the body for a semaphore whose value, its first half, is 0.
#[cfg(target_arch = "x86_64")]
macro_rules! SPENT {
    () => {
        "cmp dword ptr [rdi + {at}], {mark}
         je {body}
         cmp dword ptr [rip + {page}], 0
         je 2f
         3:
         jmp qword ptr [rip + {next}]
         2:
         cmp dword ptr [rdi], 0
         je {body}
         jmp 3b"
    };
}

/// As `MARKED`, and in a copy also to the body for a semaphore whose value, its first half, is 0.
#[cfg(target_arch = "aarch64")]
macro_rules! SPENT {
    () => {
        "ldr w16, [x0, {at}]
         mov w17, {mark} & 0xffff
         movk w17, {mark} >> 16, lsl 16
         cmp w16, w17
         b.ne 2f
         4:
         b {body}
         2:
         adrp x16, {page}
         ldr w16, [x16, :lo12:{page}]
         cbnz w16, 3f
         ldr w16, [x0]
         cbz w16, 4b
         3:
         adrp x16, {next}
         ldr x17, [x16, :lo12:{next}]
         br x17"
    };
}
