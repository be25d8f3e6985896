//! Where the page is, for those who look from outside: `forkproof run --watch` reads four words of it.
//!
//! An ELF note, because it stays when the file is stripped of its symbols. It holds distances alone, so that
//! the loader has nothing to relocate in it: the page from the note, and each word from the page.
//! `src/cli/watch/memory.rs` reads it.
//!
//! # Safety
//! A section of its own, which holds no code and which nothing in the library reads.
#![allow(unsafe_code)]

use super::page::Page;
use crate::settings::HAZARDS_MAX;
use core::arch::global_asm;
use core::mem::offset_of;

/// The place of `lost-wait` in the catalog, which stands on a floor above.
const LOST_WAIT: usize = 17;

const _: () = assert!(LOST_WAIT < HAZARDS_MAX);

global_asm!(
    ".pushsection .note.forkproof, \"a\", @note",
    ".balign 4",
    ".long 10, 24, 1", // the name's length, the words' length, the first version
    ".asciz \"forkproof\"",
    ".balign 4",
    ".quad forkproof_page - .",
    ".long {original}, {timed}, {passed}, {found}",
    ".popsection",
    original = const offset_of!(Page, original),
    timed = const offset_of!(Page, timed),
    passed = const offset_of!(Page, passed),
    found = const offset_of!(Page, found) + 4 * LOST_WAIT,
);
