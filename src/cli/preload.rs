//! `LD_PRELOAD` put together.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// What ld.so(8) splits the list at.
const SEPARATORS: [u8; 2] = [b' ', b':'];

/// The variable's new value, and the other copies of our library that were taken out of it: two in one
/// process would each mend what the other mended.
pub struct List {
    pub value: OsString,
    pub replaced: Vec<OsString>,
}

/// Puts `library` first and keeps the rest in order; a list that has it already keeps its place. The address
/// sanitizer's runtime stops the program unless it comes before everything, so `sanitizer` goes in front.
pub fn compose(present: Option<&OsStr>, library: &OsStr, sanitizer: Option<&OsStr>) -> List {
    let present = present.map(OsStr::as_bytes).unwrap_or_default();
    let mut entries =
        present.split(|byte| SEPARATORS.contains(byte)).filter(|entry| !entry.is_empty()).collect::<Vec<_>>();
    let ours = file_name(library.as_bytes());
    let (others, mut kept): (Vec<_>, Vec<_>) =
        entries.drain(..).partition(|entry| file_name(entry) == ours && *entry != library.as_bytes());
    if !kept.contains(&library.as_bytes()) {
        kept.insert(0, library.as_bytes());
    }
    if let Some(sanitizer) = sanitizer.map(OsStr::as_bytes) {
        let name = file_name(sanitizer);
        let (named, rest): (Vec<_>, Vec<_>) = kept.drain(..).partition(|entry| file_name(entry) == name);
        kept.push(named.first().copied().unwrap_or(sanitizer));
        kept.extend(rest);
    }
    List {
        value: OsString::from_vec(kept.join(&b':')),
        replaced: others.into_iter().map(|entry| OsStr::from_bytes(entry).to_owned()).collect(),
    }
}

/// The files that a list names: that of the variable, or that of /etc/ld.so.preload, which may have lines.
pub fn entries(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| SEPARATORS.contains(byte) || byte.is_ascii_whitespace())
        .filter(|entry| !entry.is_empty())
}

fn file_name(entry: &[u8]) -> &[u8] {
    entry.rsplit(|&byte| byte == b'/').next().unwrap_or(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(present: &str, sanitizer: Option<&str>) -> String {
        let list =
            compose(Some(OsStr::new(present)), OsStr::new("/l/libforkproof.so"), sanitizer.map(OsStr::new));
        list.value.into_string().unwrap()
    }

    #[test]
    fn ours_comes_first_and_the_users_stay() {
        assert_eq!(value("", None), "/l/libforkproof.so");
        assert_eq!(
            value("libjemalloc.so.2 /x/libfaketime.so.1", None),
            "/l/libforkproof.so:libjemalloc.so.2:/x/libfaketime.so.1"
        );
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let once = value("/x/a.so:/x/b.so", None);
        assert_eq!(value(&once, None), once);
        assert_eq!(value("/x/a.so:/l/libforkproof.so", None), "/x/a.so:/l/libforkproof.so");
    }

    #[test]
    fn another_copy_of_ours_is_replaced_and_named() {
        let list =
            compose(Some(OsStr::new("/old/libforkproof.so:/x/a.so")), OsStr::new("/l/libforkproof.so"), None);
        assert_eq!(list.value, "/l/libforkproof.so:/x/a.so");
        assert_eq!(list.replaced, ["/old/libforkproof.so"]);
    }

    #[test]
    fn the_sanitizer_comes_before_us() {
        let wanted = "libasan.so.8:/l/libforkproof.so:/x/a.so";
        assert_eq!(value("/x/a.so", Some("libasan.so.8")), wanted);
        assert_eq!(value(wanted, Some("libasan.so.8")), wanted);
        assert_eq!(
            value("/usr/lib/libasan.so.8", Some("libasan.so.8")),
            "/usr/lib/libasan.so.8:/l/libforkproof.so"
        );
    }
}
