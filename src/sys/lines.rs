//! A text file of the kernel's, line by line, in a kilobyte.

use super::call::Errno;
use super::fd;
use core::ffi::CStr;

/// Calls `each` for every line of `path`, without its end. A line longer than the buffer comes in pieces, if at all.
pub fn each(path: &CStr, mut each: impl FnMut(&[u8])) -> Result<(), Errno> {
    let file = fd::open(path, libc::O_RDONLY)?;
    let mut buffer = [0_u8; 1024];
    let mut kept = 0;
    let answer = loop {
        let room = buffer.get_mut(kept..).unwrap_or(&mut []);
        match fd::read(file, room) {
            Ok(0) => break Ok(()),
            Ok(got) => kept += got,
            Err(errno) if errno.0 == libc::EINTR => continue,
            Err(errno) => break Err(errno),
        }
        let text = buffer.get(..kept).unwrap_or(&[]);
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines = text.get(..whole).unwrap_or(&[]);
        lines.split(|&byte| byte == b'\n').for_each(&mut each);
        // A line longer than the buffer is none of ours: drop it.
        let whole = if whole == 0 && kept == buffer.len() { kept } else { whole };
        buffer.copy_within(whole..kept, 0);
        kept -= whole;
    };
    fd::close(file);
    answer
}
