//! Where `libforkproof.so` is, and what machine it is for.

use super::elf::{self, Machine};
use super::{Trouble, harmless, status};
use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};

const NAME: &str = "libforkproof.so";

/// The library this command loads into programs.
pub struct Library {
    pub path: PathBuf,
    pub machine: Machine,
}

/// Finds the library near the command itself, so that the two are always of one build.
pub fn find() -> Result<Library, Trouble> {
    let trouble = |sentence: String| Trouble::new(status::TROUBLE, sentence);
    let command = env::current_exe().map_err(|error| {
        trouble(format!("cannot tell where this command is, to find {NAME} near it: {error}"))
    })?;
    let places = places(&command);
    let Some(path) = places.iter().find(|place| place.is_file()) else {
        let looked = places.iter().map(|place| harmless::path(place)).collect::<Vec<_>>().join(", ");
        return Err(trouble(format!(
            "{NAME} is in none of the places it may be in: {looked}; install it in one of them"
        )));
    };
    let name = harmless::path(path);
    if path.to_string_lossy().contains([':', ' ', '\t', '\n']) {
        return Err(trouble(format!(
            "LD_PRELOAD cannot name {name}, because ld.so(8) splits it at colons and spaces; move forkproof and \
             {NAME} to a directory without them"
        )));
    }
    let facts = File::open(path)
        .map_err(|error| error.to_string())
        .and_then(|file| elf::facts(&object::ReadCache::new(file)))
        .map_err(|error| trouble(format!("{name} is no library: {error}; install it again")))?;
    log::debug!("library: {name}");
    Ok(Library { path: path.clone(), machine: facts.machine })
}

/// Beside the command (a build directory), then the library directories of a prefix, Debian's and Fedora's included.
fn places(command: &Path) -> Vec<PathBuf> {
    let Some(beside) = command.parent() else { return Vec::new() };
    let mut places = vec![beside.join(NAME)];
    if let Some(prefix) = beside.parent() {
        let multiarch = format!("{}-linux-gnu", env::consts::ARCH);
        places.extend([
            prefix.join("lib").join(NAME),
            prefix.join("lib").join(multiarch).join(NAME),
            prefix.join("lib64").join(NAME),
        ]);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_command_finds_its_prefix() {
        let places = places(Path::new("/usr/bin/forkproof"));
        assert_eq!(places[0], Path::new("/usr/bin/libforkproof.so"));
        assert_eq!(places[1], Path::new("/usr/lib/libforkproof.so"));
        assert!(places[2].starts_with("/usr/lib") && places[2].ends_with("libforkproof.so"));
        assert!(super::places(Path::new("/")).is_empty());
    }
}
