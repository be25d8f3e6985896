//! The few instructions that no compiler would leave alone: jumps that keep every register and leave nothing
//! on the stack.

#[macro_use]
mod locks;
#[macro_use]
mod pollers;

/// Saves every register that may hold an argument, and aligns the stack for a call.
#[cfg(target_arch = "x86_64")]
macro_rules! SAVE {
    () => {
        "push rax
         push rdi
         push rsi
         push rdx
         push rcx
         push r8
         push r9\n"
    };
}

/// Undoes `SAVE`.
#[cfg(target_arch = "x86_64")]
macro_rules! RESTORE {
    () => {
        "pop r9
         pop r8
         pop rcx
         pop rdx
         pop rsi
         pop rdi
         pop rax\n"
    };
}

/// Saves every register that may hold an argument.
#[cfg(target_arch = "aarch64")]
macro_rules! SAVE {
    () => {
        "stp x29, x30, [sp, -80]!
         stp x0, x1, [sp, 16]
         stp x2, x3, [sp, 32]
         stp x4, x5, [sp, 48]
         stp x6, x8, [sp, 64]\n"
    };
}

/// Undoes `SAVE`.
#[cfg(target_arch = "aarch64")]
macro_rules! RESTORE {
    () => {
        "ldp x0, x1, [sp, 16]
         ldp x2, x3, [sp, 32]
         ldp x4, x5, [sp, 48]
         ldp x6, x8, [sp, 64]
         ldp x29, x30, [sp], 80\n"
    };
}

/// Binds a function that is called before the constructors have, and jumps there, every argument as it was.
#[cfg(target_arch = "x86_64")]
macro_rules! FIRST_CALL {
    () => {
        concat!(
            SAVE!(),
            "lea rdi, [rip + {next}]
             call {bind}
             mov r11, rax\n",
            RESTORE!(),
            "jmp r11"
        )
    };
}

/// Binds a function that is called before the constructors have, and jumps there, every argument as it was.
#[cfg(target_arch = "aarch64")]
macro_rules! FIRST_CALL {
    () => {
        concat!(
            SAVE!(),
            "adrp x0, {next}
             add x0, x0, :lo12:{next}
             bl {bind}
             mov x17, x0\n",
            RESTORE!(),
            "br x17"
        )
    };
}

/// Calls a function that notes the call (a fork, the end of a thread or a process) and may look at its first argument, then
/// jumps to the real one, every argument register as it was and nothing left on the stack.
#[cfg(target_arch = "x86_64")]
macro_rules! PASS {
    () => {
        concat!(
            SAVE!(),
            "call {expect}\n",
            RESTORE!(),
            "2:
             jmp qword ptr [rip + {next}]"
        )
    };
}

/// Calls a function that notes the call (a fork, the end of a thread or a process) and may look at its first argument, then
/// jumps to the real one, every argument register as it was and nothing left on the stack.
#[cfg(target_arch = "aarch64")]
macro_rules! PASS {
    () => {
        concat!(
            SAVE!(),
            "bl {expect}\n",
            RESTORE!(),
            "2:
             adrp x16, {next}
             ldr x17, [x16, :lo12:{next}]
             br x17"
        )
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

/// Jumps to the real function where nobody forked, and to the body in a copy. Three instructions, all that a
/// lock may cost; `page` begins with the word that is 0 in every copy.
#[cfg(target_arch = "x86_64")]
macro_rules! IN_COPY {
    () => {
        "cmp dword ptr [rip + {page}], 0
         je {body}
         jmp qword ptr [rip + {next}]"
    };
}

/// Jumps to the real function where nobody forked, and to the body in a copy.
#[cfg(target_arch = "aarch64")]
macro_rules! IN_COPY {
    () => {
        "adrp x16, {page}
         ldr w16, [x16, :lo12:{page}]
         cbnz w16, 2f
         b {body}
         2:
         adrp x16, {next}
         ldr x17, [x16, :lo12:{next}]
         br x17"
    };
}

/// Jumps to the real function where a word of the page is not 0 (nothing to look at), else to the body.
#[cfg(target_arch = "x86_64")]
macro_rules! STILL {
    () => {
        "cmp dword ptr [rip + {page} + {word}], 0
         je {body}
         jmp qword ptr [rip + {next}]"
    };
}

/// Jumps to the real function where a word of the page is not 0, else to the body.
#[cfg(target_arch = "aarch64")]
macro_rules! STILL {
    () => {
        "adrp x16, {page}
         add x16, x16, :lo12:{page}
         ldr w16, [x16, {word}]
         cbnz w16, 2f
         b {body}
         2:
         adrp x16, {next}
         ldr x17, [x16, :lo12:{next}]
         br x17"
    };
}

/// Jumps to the real function; in a copy tries something out before, every argument kept, also those that a variadic
/// function takes in vector registers.
#[cfg(target_arch = "x86_64")]
macro_rules! PROBE {
    () => {
        concat!(
            "cmp dword ptr [rip + {page}], 0
             je 2f
             3:
             jmp qword ptr [rip + {next}]
             2:\n",
            SAVE!(),
            "sub rsp, 128
             movups [rsp], xmm0
             movups [rsp + 16], xmm1
             movups [rsp + 32], xmm2
             movups [rsp + 48], xmm3
             movups [rsp + 64], xmm4
             movups [rsp + 80], xmm5
             movups [rsp + 96], xmm6
             movups [rsp + 112], xmm7
             call {probe}
             movups xmm0, [rsp]
             movups xmm1, [rsp + 16]
             movups xmm2, [rsp + 32]
             movups xmm3, [rsp + 48]
             movups xmm4, [rsp + 64]
             movups xmm5, [rsp + 80]
             movups xmm6, [rsp + 96]
             movups xmm7, [rsp + 112]
             add rsp, 128\n",
            RESTORE!(),
            "jmp 3b"
        )
    };
}

/// Jumps to the real function; in a copy tries something out before, every argument kept, also those that a variadic
/// function takes in vector registers.
#[cfg(target_arch = "aarch64")]
macro_rules! PROBE {
    () => {
        concat!(
            "adrp x16, {page}
             ldr w16, [x16, :lo12:{page}]
             cbnz w16, 2f\n",
            SAVE!(),
            "stp x7, x7, [sp, -16]!
             stp q0, q1, [sp, -128]!
             stp q2, q3, [sp, 32]
             stp q4, q5, [sp, 64]
             stp q6, q7, [sp, 96]
             bl {probe}
             ldp q2, q3, [sp, 32]
             ldp q4, q5, [sp, 64]
             ldp q6, q7, [sp, 96]
             ldp q0, q1, [sp], 128
             ldp x7, x7, [sp], 16\n",
            RESTORE!(),
            "2:
             adrp x16, {next}
             ldr x17, [x16, :lo12:{next}]
             br x17"
        )
    };
}

/// Jumps, every argument as it was, to the function whose address the body answers.
#[cfg(target_arch = "x86_64")]
macro_rules! ENTERING {
    () => {
        concat!(
            SAVE!(),
            "mov edi, edx
             mov rsi, [rsp + 56]
             call {enter}
             mov r11, rax\n",
            RESTORE!(),
            "jmp r11"
        )
    };
}

/// Jumps, every argument as it was, to the function whose address the body answers.
#[cfg(target_arch = "aarch64")]
macro_rules! ENTERING {
    () => {
        concat!(
            SAVE!(),
            "str x7, [sp, -16]!
             mov w0, w2
             mov x1, x30
             bl {enter}
             mov x17, x0
             ldr x7, [sp], 16\n",
            RESTORE!(),
            "br x17"
        )
    };
}
