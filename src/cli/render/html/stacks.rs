//! The stacks of a group: Python first, and in each the frame that is the reader's own.

use super::words;
use crate::cli::history::Group;
use crate::cli::stack::{Frame, Line, Stack};
use maud::{Markup, html};
use std::fmt::Write;

/// The stacks that there are, in the order of the story's end: where it went wrong first.
fn all(group: &Group) -> Vec<(&'static str, &Stack)> {
    let stacks = [
        ("Used here", &group.used),
        ("Made here", &group.made),
        ("Forked here", &group.forked),
        ("The lock was held here", &group.holder),
    ];
    stacks.into_iter().filter_map(|(name, stack)| stack.as_ref().map(|stack| (name, stack))).collect()
}

/// Where to look in the reader's own source: one line a stack that has one.
pub fn own(group: &Group) -> Markup {
    let places = all(group);
    let places = places.iter().filter_map(|(name, stack)| own_place(stack).map(|place| (name, place)));
    let places = places.collect::<Vec<_>>();
    html! {
        @if !places.is_empty() {
            ul class="own" {
                @for (name, place) in places { li { span { (name) } code { (words::foreign(&place)) } } }
            }
        }
    }
}

/// All of them, folded.
pub fn folded(group: &Group) -> Markup {
    let stacks = all(group);
    html! {
        @if !stacks.is_empty() {
            details class="stacks" {
                summary { (words::counted(words::wide(stacks.len()), "stack", "stacks")) }
                div class="columns" {
                    @for (name, stack) in &stacks { section { h4 { (name) } (whole(stack)) } }
                }
            }
        }
    }
}

fn whole(stack: &Stack) -> Markup {
    let own_line = stack.python.iter().position(is_own_line);
    let own_frame = if own_line.is_some() { None } else { stack.frames.iter().position(is_own_frame) };
    html! {
        @if !stack.python.is_empty() {
            p class="kind" { "Python" }
            ol { @for (place, line) in stack.python.iter().enumerate() { (item(&[python(line)], own_line == Some(place))) } }
        }
        @if !stack.no_python.is_empty() { p class="kind" { "No Python frames: " (words::foreign(&stack.no_python)) } }
        @if !stack.frames.is_empty() {
            p class="kind" { "Native" }
            ol { @for (place, frame) in stack.frames.iter().enumerate() { (item(&native(frame), own_frame == Some(place))) } }
        }
    }
}

fn item(lines: &[String], own: bool) -> Markup {
    html! {
        li class=[own.then_some("mine")] {
            @for line in lines { code { (words::foreign(line)) } }
            @if own { span class="yours" { "your code" } }
        }
    }
}

/// The innermost frame of the reader's own as a place, Python's where there is one.
fn own_place(stack: &Stack) -> Option<String> {
    let line = stack.python.iter().find(|line| is_own_line(line)).map(python);
    line.or_else(|| {
        stack
            .frames
            .iter()
            .find(|frame| is_own_frame(frame))
            .and_then(|frame| native(frame).into_iter().next())
    })
}

/// `file:line function`.
fn python(line: &Line) -> String {
    let mut text = line.file.clone();
    if line.line != 0 {
        let _ = write!(text, ":{}", line.line);
    }
    format!("{text} {}", line.function)
}

/// One line for each function that was inlined there, or the place in the module.
fn native(frame: &Frame) -> Vec<String> {
    let module = if frame.module.is_empty() { String::new() } else { format!(" ({})", frame.module) };
    let place = |line: &Line| match (&*line.file, line.line) {
        ("", _) => format!("{}{module}", line.function),
        (file, 0) => format!("{file} {}{module}", line.function),
        (file, number) => format!("{file}:{number} {}{module}", line.function),
    };
    if !frame.lines.is_empty() {
        return frame.lines.iter().map(place).collect();
    }
    let name = if frame.module.is_empty() { "" } else { "+" };
    vec![format!("{}{name}{:#x}", frame.module, frame.offset)]
}

/// Neither Python's own library, nor what pip or the distribution installed.
fn is_own_line(line: &Line) -> bool {
    let foreign = ["/site-packages/", "/dist-packages/", "/lib/python", "/lib64/python", "/usr/share/"];
    !line.file.is_empty()
        && !line.file.starts_with('<')
        && !foreign.iter().any(|part| line.file.contains(part))
}

/// In a module that no system or environment installed. The interpreter itself is not the reader's either.
fn is_own_frame(frame: &Frame) -> bool {
    let system =
        ["/lib/", "/lib64/", "/usr/lib", "/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/opt/", "/nix/"];
    !frame.path.is_empty()
        && !system.iter().any(|folder| frame.path.starts_with(folder))
        && !frame.path.contains("/site-packages/")
        && !["libforkproof", "libpython", "python", "libc.so", "ld-linux"]
            .iter()
            .any(|name| frame.module.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(file: &str) -> Line {
        Line { function: "f".to_owned(), file: file.to_owned(), line: 3 }
    }

    #[test]
    fn the_innermost_frame_of_the_readers_own_is_found() {
        let python = [
            "<frozen runpy>",
            "/usr/lib/python3.11/asyncio/base_events.py",
            "/srv/app/app.py",
            "/srv/app/b.py",
        ];
        let stack = Stack { python: python.map(line).to_vec(), ..Stack::default() };
        assert_eq!(own_place(&stack).unwrap(), "/srv/app/app.py:3 f");
        let frame = |path: &str| Frame {
            module: path.rsplit('/').next().unwrap().to_owned(),
            path: path.to_owned(),
            offset: 0x10,
            ..Frame::default()
        };
        let frames = ["/usr/lib/libc.so.6", "/srv/venv/bin/python3.11", "/srv/app/serve"].map(frame).to_vec();
        assert_eq!(own_place(&Stack { frames, ..Stack::default() }).unwrap(), "serve+0x10");
        assert_eq!(own_place(&Stack::default()), None);
    }
}
