//! The one place in source that a format for machines points at, and its name as another machine knows it.

use crate::cli::history::Group;
use crate::cli::stack::{Place, Stack};
use std::env;
use std::path::{Component, Path, PathBuf};

/// The folder that source files are named from.
pub struct Root {
    /// Absolute: as it was given, and with its symbolic links followed.
    folders: Vec<PathBuf>,
}

impl Root {
    /// The folder, or the current one.
    pub fn new(given: Option<&Path>) -> Self {
        let given = given.map(Path::to_path_buf).or_else(|| env::current_dir().ok()).unwrap_or_default();
        let plain = std::path::absolute(&given).unwrap_or_else(|_| given.clone());
        let real = given.canonicalize().ok().filter(|real| *real != plain);
        Self { folders: [plain].into_iter().chain(real).collect() }
    }

    /// The name of `file` below the folder, parted by slashes; nothing for a file elsewhere.
    pub fn relative<'a>(&self, file: &'a str) -> Option<&'a str> {
        let path = Path::new(file);
        let inside = if path.is_absolute() {
            self.folders.iter().find_map(|folder| path.strip_prefix(folder).ok())?
        } else {
            path.strip_prefix("./").unwrap_or(path)
        };
        let plain = inside.components().all(|part| matches!(part, Component::Normal(_)));
        // Python names what is no file `<string>`, `<stdin>` or `<frozen runpy>`.
        let inside = inside.to_str().filter(|name| plain && !name.is_empty() && !name.starts_with('<'))?;
        Some(inside)
    }

    /// The place, with its file named from the folder if it is below it.
    pub fn named<'a>(&self, place: Place<'a>) -> Place<'a> {
        Place { file: self.relative(place.file).unwrap_or(place.file), ..place }
    }

    /// A file at the top of the folder that stands for the whole, for findings of which no source line is known.
    pub fn landmark(&self) -> Option<&'static str> {
        const FILES: [&str; 10] = [
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "requirements.txt",
            "Cargo.toml",
            "CMakeLists.txt",
            "meson.build",
            "Makefile",
            "package.json",
            "README.md",
        ];
        FILES.into_iter().find(|name| self.folders.iter().any(|folder| folder.join(name).is_file()))
    }
}

/// The stacks of a group that there are, with what happened there, the use first.
pub fn stacks(group: &Group) -> impl Iterator<Item = (&'static str, &Stack)> {
    let named = [
        ("used here", &group.used),
        ("forked here", &group.forked),
        ("made here", &group.made),
        ("held here", &group.holder),
    ];
    named.into_iter().filter_map(|(what, stack)| stack.as_ref().map(|stack| (what, stack)))
}

/// The user's own line in a stack, if its file is known.
pub fn own(stack: &Stack) -> Option<Place<'_>> {
    stack.own().filter(|place| !place.file.is_empty())
}

/// The line that the finding is put at, and what happened there: the first of its stacks whose own line is below the
/// root, and else the first that has one at all.
pub fn place<'a>(group: &'a Group, root: &Root) -> Option<(&'static str, Place<'a>)> {
    let places = || stacks(group).filter_map(|(what, stack)| own(stack).map(|place| (what, place)));
    places().find(|(_, place)| root.relative(place.file).is_some()).or_else(|| places().next())
}

/// `file:line in function`, or the place in a module that is the user's own or the nearest to it; empty if nothing is
/// known.
pub fn label(group: &Group, root: &Root) -> String {
    if let Some((_, place)) = place(group, root) {
        return root.named(place).to_string();
    }
    let all = || stacks(group).map(|(_, stack)| stack);
    let known = all().find_map(Stack::own).or_else(|| all().find_map(Stack::nearest));
    known.map_or_else(|| group.first.made_at.clone(), |place| place.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_from_the_root() {
        let root = Root::new(Some(Path::new("/srv/app")));
        for (file, name) in [
            ("/srv/app/a/b.py", Some("a/b.py")),
            ("./b.py", Some("b.py")),
            ("b.py", Some("b.py")),
            ("/srv/apple/b.py", None),
            ("../b.py", None),
            ("/srv/app/../x.py", None),
            ("<string>", None),
            ("/srv/app", None),
            ("", None),
        ] {
            assert_eq!(root.relative(file), name, "{file}");
        }
    }
}
