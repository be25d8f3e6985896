//! Which `CPython` a process runs, and where its `_PyRuntime` is.
//!
//! It is in the program itself or in a libpython. Where the symbols were stripped, the section that `CPython` puts
//! it into for debuggers' sake, `.PyRuntime`, begins with it.

use super::maps::{Mapping, Maps};
use super::memory::Memory;
use std::fs;

/// What was found.
#[derive(Debug)]
pub struct Image {
    /// The address of `_PyRuntime`.
    pub runtime: u64,
    /// Major and minor, as far as the program tells.
    pub version: Option<(u8, u8)>,
}

/// Looks for it in the program, and in what is called python or libpython.
pub fn find(pid: u32, maps: &Maps, memory: &Memory) -> Result<Image, String> {
    // Neither a kernel thread has a program nor a process that ended.
    let program = fs::read_link(format!("/proc/{pid}/exe"));
    let program = program.map_err(|_| format!("process {pid} has ended, or runs no program"))?;
    let mut trouble = None;
    for mapping in maps.files() {
        if !named_python(&mapping) && mapping.path != program {
            continue;
        }
        match mapping.addresses(["_PyRuntime", ".PyRuntime", "Py_Version"]) {
            Ok([symbol, section, number]) => {
                let Some(runtime) = symbol.or(section) else { continue };
                let version = match number {
                    Some(number) => Some(version(memory.piece(number, 4)?.int(0)?.into())),
                    None => version_in_name(mapping.name()),
                };
                return Ok(Image { runtime, version });
            }
            Err(error) => trouble = Some(error),
        }
    }
    Err(trouble.unwrap_or_else(|| format!("process {pid} is no Python, or one older than 3.7")))
}

/// `PY_VERSION_HEX` taken apart.
pub fn version(hexadecimal: u64) -> (u8, u8) {
    let [.., major, minor, _, _] = hexadecimal.to_be_bytes();
    (major, minor)
}

fn named_python(mapping: &Mapping<'_>) -> bool {
    mapping.name().starts_with(b"libpython") || mapping.name().starts_with(b"python")
}

/// Of `python3.11`, `libpython3.10.so.1.0` and the like.
fn version_in_name(name: &[u8]) -> Option<(u8, u8)> {
    let name = str::from_utf8(name).ok()?;
    let name = name.strip_prefix("lib").unwrap_or(name).strip_prefix("python")?;
    let (major, rest) = name.split_once('.')?;
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    Some((major.parse().ok()?, rest.get(..digits)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_version_is_read_from_a_number_and_from_a_name() {
        assert_eq!(super::version(0x030b_02f0), (3, 11));
        assert_eq!(super::version_in_name(b"libpython3.10.so.1.0"), Some((3, 10)));
        assert_eq!(super::version_in_name(b"python3.11"), Some((3, 11)));
        assert_eq!(super::version_in_name(b"python3"), None);
        assert_eq!(super::version_in_name(b"uwsgi"), None);
    }
}
