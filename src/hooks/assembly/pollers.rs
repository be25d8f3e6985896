//! The hooks that every loop calls at each turn, as far as there is nothing to look at.

/// A wait on a poller. Straight to the real function where the poller is this epoch's own and nothing is to be looked at: one
/// comparison, with the complement, since a number without a word is 0 and so is the page of a copy. It must be called
/// and not jumped to: afterwards the thread keeps what it was handed, and looks whether another thread has removed
/// something meanwhile. 19 instructions.
#[cfg(target_arch = "x86_64")]
macro_rules! WAIT {
    () => {
        ".cfi_startproc
         cmp rdi, qword ptr [rip + {tables} + {capacity}]
         jae {body}
         mov rax, qword ptr [rip + {tables} + {fds}]
         mov eax, dword ptr [rax + rdi * 8 + 4]
         not eax
         cmp eax, dword ptr [rip + {page} + {passes}]
         jne {body}
         push rdi
         .cfi_adjust_cfa_offset 8
         push rsi
         .cfi_adjust_cfa_offset 8
         push qword ptr [rip + {removals}]
         .cfi_adjust_cfa_offset 8
         call qword ptr [rip + {next}]
         pop rcx
         .cfi_adjust_cfa_offset -8
         cmp rcx, qword ptr [rip + {removals}]
         jne 2f
         mov r8, qword ptr [rip + forkproof_thread@GOTTPOFF]
         .cfi_remember_state
         pop qword ptr fs:[r8 + {at}]
         .cfi_adjust_cfa_offset -8
         pop qword ptr fs:[r8 + {of}]
         .cfi_adjust_cfa_offset -8
         mov dword ptr fs:[r8 + {count}], eax
         ret
         2:
         .cfi_restore_state
         pop rsi
         .cfi_adjust_cfa_offset -8
         pop rdi
         .cfi_adjust_cfa_offset -8
         mov edx, eax
         jmp {returned}
         .cfi_endproc"
    };
}

/// A wait on a poller, as above.
#[cfg(target_arch = "aarch64")]
macro_rules! WAIT {
    () => {
        ".cfi_startproc
         adrp x16, {tables}
         add x16, x16, :lo12:{tables}
         ldr x17, [x16, {capacity}]
         cmp x0, x17
         b.hs 3f
         ldr x17, [x16, {fds}]
         add x17, x17, x0, lsl 3
         ldr w17, [x17, 4]
         mvn w17, w17
         adrp x16, {page}
         add x16, x16, :lo12:{page}
         ldr w16, [x16, {passes}]
         cmp w16, w17
         b.eq 4f
         3:
         b {body}
         4:
         stp x29, x30, [sp, -48]!
         .cfi_def_cfa_offset 48
         .cfi_offset 29, -48
         .cfi_offset 30, -40
         stp x0, x1, [sp, 16]
         adrp x16, {removals}
         add x16, x16, :lo12:{removals}
         ldar x16, [x16]
         str x16, [sp, 32]
         adrp x16, {next}
         ldr x16, [x16, :lo12:{next}]
         blr x16
         ldp x9, x10, [sp, 16]
         ldr x11, [sp, 32]
         ldp x29, x30, [sp], 48
         .cfi_restore 30
         .cfi_restore 29
         .cfi_def_cfa_offset 0
         adrp x12, {removals}
         add x12, x12, :lo12:{removals}
         ldar x12, [x12]
         cmp x11, x12
         b.ne 2f
         adrp x12, :gottprel:forkproof_thread
         ldr x12, [x12, :gottprel_lo12:forkproof_thread]
         mrs x13, tpidr_el0
         add x12, x12, x13
         str x10, [x12, {at}]
         str x9, [x12, {of}]
         str w0, [x12, {count}]
         ret
         2:
         mov w2, w0
         mov x0, x9
         mov x1, x10
         mov x3, x11
         b {returned}
         .cfi_endproc"
    };
}

/// Goes on by what an `epoll_ctl` is to do; MOD is what loops do most. The kernel says EINVAL to others.
#[cfg(target_arch = "x86_64")]
macro_rules! SORT {
    () => {
        "cmp esi, {modifies}
         je {modify}
         cmp esi, {add}
         je {adds}
         cmp esi, {del}
         je {remove}
         jmp qword ptr [rip + {next}]"
    };
}

/// Goes on by what an `epoll_ctl` is to do.
#[cfg(target_arch = "aarch64")]
macro_rules! SORT {
    () => {
        "cmp w1, {modifies}
         b.ne 2f
         b {modify}
         2:
         cmp w1, {add}
         b.ne 2f
         b {adds}
         2:
         cmp w1, {del}
         b.ne 2f
         b {remove}
         2:
         adrp x16, {next}
         ldr x17, [x16, :lo12:{next}]
         br x17"
    };
}
