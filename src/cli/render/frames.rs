//! One stack for people: the user's own frames, and the rest folded.

use super::source::Root;
use crate::cli::harmless;
use crate::cli::stack::{Frame, Place, Stack};
use anstyle::Style;
use std::fmt::Write;

const OWN: Style = Style::new().bold();

/// Columns that a frame may take; past it a name is shortened or broken where nothing is lost.
const WIDTH: usize = 80;

/// Frames that are shown of a stack in which none is the user's own.
const FOREIGN_MAX: usize = 6;

/// One line a frame, with `>` before the first that is the user's own; `verbose` folds nothing and shortens nothing.
pub fn stack(stack: &Stack, root: &Root, verbose: bool) -> String {
    let python = stack.python.iter().map(|line| {
        let own = line.is_own_python();
        Shown { place: frame(line.place(), root, verbose), own, module: harmless::text(line.package()) }
    });
    let python = python.collect::<Vec<_>>();
    // C frames below Python's are how it got there, and no part of the user's source.
    let python_own = python.iter().any(|shown| shown.own);
    // Whoever called main: libc, and `_start`, which the linker put into the program.
    let start = stack.frames.iter().position(calls_main).unwrap_or(usize::MAX);
    let native = stack.frames.iter().enumerate().flat_map(|(depth, native)| {
        native.places().map(move |place| Shown {
            place: frame(place, root, verbose),
            own: !python_own && depth < start && native.is_own(),
            module: harmless::text(&native.module),
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

fn calls_main(frame: &Frame) -> bool {
    frame.lines.iter().any(|line| line.function.starts_with("__libc_start_"))
}

/// A place as the folder's own files are called, fit for a terminal, and its function on a line of its own where one
/// line does not hold both.
fn frame(place: Place<'_>, root: &Root, verbose: bool) -> String {
    let place = root.named(place);
    if place.file.is_empty() && !place.function.is_empty() {
        // `function+0x12` says where in the function; the module says where that is.
        return harmless_all(&format!("{} ({})", place.function, place.module));
    }
    let whole = harmless_all(&place.to_string());
    if verbose || whole.chars().count() + 4 <= WIDTH {
        return whole;
    }
    // What was installed is known by its package; the folders above it are the machine's.
    let short = ["/site-packages/", "/dist-packages/"].iter().find_map(|folder| {
        let start = place.file.rfind(folder)?;
        Some(Place { file: place.file.get(start..)?, ..place }.to_string())
    });
    let whole = short.map_or(whole, |short| format!("...{}", harmless_all(&short)));
    if whole.chars().count() + 4 <= WIDTH {
        return whole;
    }
    match whole.split_once(" in ") {
        Some((file, function)) => format!("{file}\n        in {function}"),
        None => whole,
    }
}

fn lines(frames: &[Shown], verbose: bool) -> String {
    let mut text = String::new();
    let any_own = frames.iter().any(|frame| frame.own);
    let mut marked = false;
    for run in frames.chunk_by(|one, other| one.own == other.own) {
        let whole = verbose || run.first().is_some_and(|frame| frame.own);
        let shown = match (whole, any_own) {
            (true, _) => run.len(),
            // What called the user's own code tells its reader nothing.
            (false, true) if marked => 0,
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
    let frames = if frames.len() == 1 { "1 frame".to_owned() } else { format!("{} frames", frames.len()) };
    let _ = match modules[..] {
        [] => Ok(()),
        [one] => writeln!(text, "    ... {frames} of {one}"),
        [one, other] => writeln!(text, "    ... {frames} of {one} and {other}"),
        [one, ref others @ ..] => {
            writeln!(text, "    ... {frames} of {one} and {} more modules", others.len())
        }
    };
}

/// As [`harmless::text`], each word for itself: a sentence with several places in it is not cut short.
pub fn harmless_all(text: &str) -> String {
    text.split(' ').map(harmless::text).collect::<Vec<_>>().join(" ")
}
