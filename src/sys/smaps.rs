//! What the kernel says of this process's mappings (proc(5), `/proc/[pid]/smaps`): where each lies, and whether it is
//! dirty.
//!
//! It walks the page tables, some 10 ns a page: of the order of what the fork has cost that made the process.

use super::call::Errno;
use super::fd;

/// One mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its first address.
    pub start: usize,
    /// Where in its file it begins.
    pub offset: u64,
    /// Was a page of it written to? Through this mapping, or the kernel knows of the page that somebody has.
    pub is_dirty: bool,
}

/// Calls `each` for every mapping of a file that is called by one of these names, up to the one that begins at `end`:
/// what lies behind costs nothing.
///
/// # Errors
/// Where /proc is not there, or a read fails.
pub fn mappings(names: &[&[u8]], end: usize, mut each: impl FnMut(Mapping)) -> Result<(), Errno> {
    // Through the thread: a main thread that has ended has no memory.
    let file = fd::open(c"/proc/thread-self/smaps", libc::O_RDONLY)?;
    let mut buffer = [0_u8; 1024];
    let mut kept = 0;
    let mut last = None;
    let mut is_past = false;
    let answer = loop {
        if is_past {
            break Ok(());
        }
        let room = buffer.get_mut(kept..).unwrap_or(&mut []);
        match fd::read(file, room) {
            Ok(0) => break Ok(()),
            Ok(got) => kept += got,
            Err(Errno(libc::EINTR)) => continue,
            Err(errno) => break Err(errno),
        }
        let text = buffer.get(..kept).unwrap_or(&[]);
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines = text.get(..whole).unwrap_or(&[]);
        for line in lines.split(|&byte| byte == b'\n') {
            if let Some(begun) = begins(line) {
                last.into_iter().for_each(&mut each);
                is_past |= begun.start > end;
                last = Some(begun).filter(|_| !is_past && names.iter().any(|name| line.ends_with(name)));
            } else if let Some(mapping) = &mut last {
                mapping.is_dirty |= says_dirty(line);
            }
        }
        // A line longer than the buffer begins a mapping of a file with a path, and a dirty one of that is none of
        // these.
        let whole = if whole == 0 && kept == buffer.len() {
            last.take().into_iter().for_each(&mut each);
            kept
        } else {
            whole
        };
        buffer.copy_within(whole..kept, 0);
        kept -= whole;
    };
    fd::close(file);
    last.into_iter().for_each(each);
    answer
}

/// `7f0a-7f0b rw-s 00000000 00:10 1234    anon_inode:[io_uring]`
fn begins(line: &[u8]) -> Option<Mapping> {
    let mut words = line.split(|&byte| byte == b' ');
    let mut ends = words.next()?.split(|&byte| byte == b'-');
    let start = usize::try_from(hexadecimal(ends.next()?)?).ok()?;
    let _end = hexadecimal(ends.next()?)?;
    Some(Mapping { start, offset: hexadecimal(words.nth(1)?)?, is_dirty: false })
}

/// `Shared_Dirty:          4 kB`
fn says_dirty(line: &[u8]) -> bool {
    let names: [&[u8]; 2] = [b"Shared_Dirty:", b"Private_Dirty:"];
    names
        .into_iter()
        .find_map(|name| line.strip_prefix(name))
        .is_some_and(|amount| amount.iter().any(|byte| (b'1'..=b'9').contains(byte)))
}

fn hexadecimal(text: &[u8]) -> Option<u64> {
    u64::from_str_radix(core::str::from_utf8(text).ok()?, 16).ok()
}

#[cfg(test)]
#[allow(unsafe_code)] // to write to a page
mod tests {
    use super::*;
    use crate::sys::memory;

    #[test]
    fn what_was_written_to_is_dirty_and_what_was_not_is_clean() {
        let [clean, dirty] = [memory::shared_page().unwrap(), memory::shared_page().unwrap()];
        // SAFETY: ours.
        unsafe { dirty.write_volatile(1) };
        let mut seen = Vec::new();
        mappings(&[b"/dev/zero (deleted)"], usize::MAX, |mapping| seen.push(mapping)).unwrap();
        let is_dirty =
            |page: *mut u8| seen.iter().find(|one| one.start == page.addr()).map(|one| one.is_dirty);
        assert_eq!((is_dirty(clean), is_dirty(dirty)), (Some(false), Some(true)));
        let highest = clean.addr().max(dirty.addr());
        let mut again = Vec::new();
        mappings(&[b"/dev/zero (deleted)"], highest, |mapping| again.push(mapping)).unwrap();
        assert!(again.len() >= 2 && again.iter().all(|one| one.start <= highest && seen.contains(one)));
        mappings(&[b"no such name"], usize::MAX, |_| panic!()).unwrap();
    }

    #[test]
    fn lines_are_told_apart() {
        let line = b"7fe0c22ba000-7fe0c22bb000 rw-s 10000000 00:10 139943950     anon_inode:[io_uring]";
        let mapping = Mapping { start: 0x7fe0_c22b_a000, offset: 0x1000_0000, is_dirty: false };
        assert_eq!(begins(line), Some(mapping));
        for line in [&b"Shared_Dirty:          0 kB"[..], b"VmFlags: rd wr sh", b"", b"dead-beef"] {
            assert_eq!(begins(line), None);
            assert!(!says_dirty(line));
        }
        assert!(says_dirty(b"Shared_Dirty:          4 kB") && says_dirty(b"Private_Dirty:        100 kB"));
    }
}
