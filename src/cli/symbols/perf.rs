//! `/tmp/perf-PID.map`: the functions that a just-in-time compiler told perf(1) of.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

/// Bytes that are read of one map, and of one name.
const LARGEST: u64 = 16 << 20;
const NAME_MAX: usize = 200;

/// Start, end, name; by start.
#[derive(Debug, Default)]
pub struct Map(Vec<(u64, u64, Box<str>)>);

impl Map {
    /// The map that the process `pid` left; empty where there is none.
    pub fn read(pid: u32) -> Self {
        // Anybody may put a file there: no symbolic link is followed, and a pipe does not hold us up.
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = File::options().read(true).custom_flags(flags).open(format!("/tmp/perf-{pid}.map"));
        match file {
            Ok(file)
                if file.metadata().is_ok_and(|metadata| metadata.mode() & libc::S_IFMT == libc::S_IFREG) =>
            {
                Self::parse(BufReader::new(file.take(LARGEST)))
            }
            _ => Self::default(),
        }
    }

    fn parse(text: impl BufRead) -> Self {
        let mut places = Vec::new();
        for line in text.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let mut words = line.trim().splitn(3, ' ');
            let mut number = || {
                let word = words.next()?;
                u64::from_str_radix(word.strip_prefix("0x").unwrap_or(word), 16).ok()
            };
            if let (Some(start), Some(size), Some(name)) = (number(), number(), words.next()) {
                let name = name.chars().take(NAME_MAX).collect::<String>();
                places.push((start, start.saturating_add(size), name.into_boxed_str()));
            }
        }
        // A later line for the same place is the newer one; the sort keeps their order.
        places.sort_by_key(|(start, ..)| *start);
        Self(places)
    }

    /// The function that `address` lies in.
    pub fn function(&self, address: u64) -> Option<String> {
        let after = self.0.partition_point(|(start, ..)| *start <= address);
        let (_, end, name) = self.0.get(after.checked_sub(1)?)?;
        (address < *end).then(|| name.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Map;

    #[test]
    fn a_place_has_its_function_and_a_hole_has_none() {
        let map = Map::parse(
            &b"7f00 10 py::loop:/srv/app.py\nnonsense\n0x8000 0x20 later name\n8000 20 newer\n\xff 1 x"[..],
        );
        assert_eq!(map.function(0x7f00).as_deref(), Some("py::loop:/srv/app.py"));
        assert_eq!(map.function(0x7f10), None);
        assert_eq!(map.function(0x801f).as_deref(), Some("newer"));
        assert_eq!(map.function(0), None);
    }
}
