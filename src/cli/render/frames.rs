//! One stack for people: the user's own frames, and the rest folded.

use crate::cli::harmless;
use crate::cli::stack::Stack;
use anstyle::Style;
use std::fmt::Write;

const OWN: Style = Style::new().bold();

/// Frames that are shown of a stack in which none is the user's own.
const FOREIGN_MAX: usize = 6;

/// One line a frame, with `>` before the user's own; `verbose` folds nothing.
pub fn stack(stack: &Stack, verbose: bool) -> String {
    let python = stack.python.iter().map(|line| Shown {
        place: harmless_all(&line.place().to_string()),
        own: line.is_own_python(),
        module: "Python's own files".to_owned(),
    });
    let python = python.collect::<Vec<_>>();
    // C frames below Python's are how it got there, and no part of the user's source.
    let python_own = python.iter().any(|shown| shown.own);
    let native = stack.frames.iter().flat_map(|frame| {
        frame.places().map(move |place| {
            let known = if place.file.is_empty() && !place.function.is_empty() {
                // `function+0x12` says where in the function; the module says where that is.
                format!("{} ({})", place.function, place.module)
            } else {
                place.to_string()
            };
            Shown {
                place: harmless_all(&known),
                own: !python_own && frame.is_own(),
                module: harmless::text(&frame.module),
            }
        })
    });
    let native = native.collect::<Vec<_>>();
    let mut text = String::new();
    text.push_str(&lines(&python, verbose));
    if python_own && !verbose {
        folded(&mut text, &native.iter().collect::<Vec<_>>());
    } else {
        text.push_str(&lines(&native, verbose));
    }
    if !stack.no_python.is_empty() {
        let _ = writeln!(text, "    no Python frames: {}", harmless::text(&stack.no_python));
    }
    if text.is_empty() {
        text.push_str("    no frames\n");
    }
    text
}

struct Shown {
    place: String,
    own: bool,
    module: String,
}

fn lines(frames: &[Shown], verbose: bool) -> String {
    let mut text = String::new();
    let any_own = frames.iter().any(|frame| frame.own);
    let mut marked = false;
    for run in frames.chunk_by(|one, other| one.own == other.own) {
        let whole = verbose || run.first().is_some_and(|frame| frame.own);
        let shown = match (whole, any_own) {
            (true, _) => run.len(),
            // The innermost says which call it was; one alone takes no more room than its fold.
            (false, true) if run.len() <= 2 => run.len(),
            (false, true) => 1,
            (false, false) => run.len().min(FOREIGN_MAX),
        };
        let (shown, rest) = run.split_at(shown);
        for frame in shown {
            let first = frame.own && !marked;
            marked |= first;
            let _ = if first {
                writeln!(text, "  {OWN}> {}{OWN:#}", frame.place)
            } else {
                writeln!(text, "    {}", frame.place)
            };
        }
        folded(&mut text, &rest.iter().collect::<Vec<_>>());
    }
    text
}

fn folded(text: &mut String, frames: &[&Shown]) {
    let mut modules: Vec<&str> = Vec::new();
    for frame in frames {
        let name = if frame.module.is_empty() { "no module" } else { &frame.module };
        if !modules.contains(&name) {
            modules.push(name);
        }
    }
    if let Some(first) = modules.first() {
        let more = if modules.len() > 1 { format!(" and {} more", modules.len() - 1) } else { String::new() };
        let frames =
            if frames.len() == 1 { "1 frame".to_owned() } else { format!("{} frames", frames.len()) };
        let _ = writeln!(text, "    ... {frames} of {first}{more}");
    }
}

/// As [`harmless::text`], each word for itself: a sentence with several places in it is not cut short.
pub fn harmless_all(text: &str) -> String {
    text.split(' ').map(harmless::text).collect::<Vec<_>>().join(" ")
}
