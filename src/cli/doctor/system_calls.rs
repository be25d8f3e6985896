//! System calls that a program makes by instructions of its own, found by the number that stands before the instruction.
//!
//! A pair of bytes that happens to look like a system call is common; one behind the move of a number that we look for
//! is not. What computes the number elsewhere is missed, so that an empty answer is no proof.

use crate::cli::image::Image;
use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How much of a program is looked through, and in which pieces.
const CODE_MAX: u64 = 256 << 20;
const PIECE: usize = 1 << 20;
/// How far behind the number the instruction may stand.
const NEAR: usize = 32;

#[cfg(target_arch = "x86_64")]
const WANTED: [(u32, &str); 12] = [
    (56, "clone"),
    (57, "fork"),
    (58, "vfork"),
    (435, "clone3"),
    (213, "epoll_create"),
    (291, "epoll_create1"),
    (233, "epoll_ctl"),
    (232, "epoll_wait"),
    (281, "epoll_pwait"),
    (441, "epoll_pwait2"),
    (425, "io_uring_setup"),
    (426, "io_uring_enter"),
];

#[cfg(target_arch = "aarch64")]
const WANTED: [(u32, &str); 7] = [
    (220, "clone"),
    (435, "clone3"),
    (20, "epoll_create1"),
    (21, "epoll_ctl"),
    (22, "epoll_pwait"),
    (425, "io_uring_setup"),
    (426, "io_uring_enter"),
];

/// The names of those that we look for, in the code of a program for this machine.
pub fn made(path: &Path, image: &Image) -> std::io::Result<Vec<String>> {
    let file = File::open(path)?;
    let mut found = BTreeSet::new();
    let mut left = CODE_MAX;
    let mut piece = vec![0; PIECE];
    for &(start, size) in &image.code {
        let size = size.min(left);
        left -= size;
        let mut done = 0;
        while done < size {
            let wanted = usize::try_from(size - done).unwrap_or(PIECE).min(PIECE);
            let Some(room) = piece.get_mut(..wanted) else { break };
            let read = file.read_at(room, start.saturating_add(done))?;
            let Some(bytes) = room.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            found.extend(look(bytes).into_iter().map(str::to_owned));
            // A call on the border of two pieces is missed: one place in a million.
            done += read as u64;
        }
    }
    Ok(found.into_iter().collect())
}

/// `mov eax, NUMBER` and, close behind it, `syscall`.
#[cfg(target_arch = "x86_64")]
fn look(bytes: &[u8]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for (place, window) in bytes.windows(5).enumerate() {
        let &[0xb8, low, high, 0, 0] = window else { continue };
        let number = u32::from(u16::from_le_bytes([low, high]));
        let Some((_, name)) = WANTED.iter().find(|(wanted, _)| *wanted == number) else { continue };
        let behind = bytes.get(place + 5..).unwrap_or_default();
        let behind = behind.get(..NEAR).unwrap_or(behind);
        if behind.windows(2).any(|two| two == [0x0f, 0x05]) {
            found.insert(*name);
        }
    }
    found
}

/// `mov w8, NUMBER` and, close behind it, `svc #0`.
#[cfg(target_arch = "aarch64")]
fn look(bytes: &[u8]) -> BTreeSet<&'static str> {
    const MOVE: u32 = 0x5280_0008;
    const CALL: [u8; 4] = 0xd400_0001_u32.to_le_bytes();
    let mut found = BTreeSet::new();
    for (place, window) in bytes.chunks_exact(4).enumerate() {
        let &[a, b, c, d] = window else { continue };
        // Bit 31 tells x8 from w8.
        let word = u32::from_le_bytes([a, b, c, d]) & 0x7fff_ffff;
        let Some((_, name)) = WANTED.iter().find(|(number, _)| word == MOVE | (number << 5)) else {
            continue;
        };
        let behind = bytes.get(4 * place + 4..).unwrap_or_default();
        let behind = behind.get(..NEAR).unwrap_or(behind);
        if behind.chunks_exact(4).any(|word| word == CALL) {
            found.insert(*name);
        }
    }
    found
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_instruction_are_found() {
        let code =
            [&[0x90, 0xb8, 56, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05][..], &[0xb8, 57, 0, 0, 0], &[0x90; 40]]
                .concat();
        assert_eq!(look(&code), BTreeSet::from(["clone"]));
        assert!(look(&[0xb8, 57, 0, 0, 0]).is_empty());
    }
}
