//! The terminal: a few rows that are drawn over each other, below whatever was there before.
//!
//! No alternate screen: the last picture stays to be read, as with other tools that follow. What is changed of the
//! terminal is put back when this is dropped, and while the command is stopped.

use crate::cli::render::live::Row;
use nix::sys::termios::{self, LocalFlags, SetArg, SpecialCharacterIndices, Termios};
use nix::unistd;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

/// Where the size cannot be had.
const PLAIN: (usize, usize) = (80, 24);

/// A picture on standard output.
pub struct Screen {
    /// How the terminal was.
    before: Option<Termios>,
    /// How wide each row of the present picture is.
    drawn: Vec<usize>,
}

/// Can a picture be drawn over, or must lines follow each other?
pub fn is_there() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|name| name.is_empty() || name == "dumb");
    io::stdout().is_terminal() && !dumb
}

/// Are keys meant for us? Who reads or sets a terminal from the background is stopped (tty(4), SIGTTIN).
pub fn has_keys() -> bool {
    io::stdin().is_terminal() && unistd::tcgetpgrp(io::stdin()) == Ok(unistd::getpgrp())
}

impl Screen {
    pub fn new() -> Self {
        let mut screen = Self { before: None, drawn: Vec::new() };
        screen.enter();
        screen
    }

    /// Keys come one by one and unseen from here on. Those that make signals still do.
    pub fn enter(&mut self) {
        self.drawn = Vec::new();
        if self.before.is_some() || !has_keys() {
            return;
        }
        let Ok(before) = termios::tcgetattr(io::stdin()) else { return };
        let mut raw = before.clone();
        raw.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
        for (place, value) in [(SpecialCharacterIndices::VMIN, 1), (SpecialCharacterIndices::VTIME, 0)] {
            if let Some(character) = raw.control_chars.get_mut(place as usize) {
                *character = value;
            }
        }
        if termios::tcsetattr(io::stdin(), SetArg::TCSANOW, &raw).is_ok() {
            self.before = Some(before);
        }
    }

    /// The terminal as it was; the picture stays.
    pub fn leave(&mut self) {
        if let Some(before) = self.before.take() {
            // From the background it would stop us, and the shell has put its own settings in place by then.
            if has_keys() {
                let _ = termios::tcsetattr(io::stdin(), SetArg::TCSADRAIN, &before);
            }
        }
    }

    /// Columns and rows that a picture may have: the last row is the cursor's.
    pub fn size() -> (usize, usize) {
        let size = terminal_size::terminal_size_of(io::stdout());
        let (columns, rows) = size.map_or(PLAIN, |(width, height)| (width.0.into(), height.0.into()));
        // A width of 0 is one that nobody has set (`ioctl_tty(2)`, TIOCGWINSZ).
        let or = |given: usize, plain: usize| if given == 0 { plain } else { given };
        (or(columns, PLAIN.0), or(rows, PLAIN.1).saturating_sub(1).max(1))
    }

    /// Draws over the last picture.
    pub fn draw(&mut self, rows: &[Row]) -> io::Result<()> {
        let (columns, _) = Self::size();
        // Where the terminal has become narrower, it has broken the rows that were there.
        let up = self.drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum::<usize>();
        let mut text = String::new();
        if up > 0 {
            let _ = write!(text, "\x1b[{up}A\r");
        }
        self.drawn.clear();
        for row in rows {
            let (line, width) = row.cut(columns);
            self.drawn.push(width);
            text.push_str(&line);
            text.push_str("\x1b[K\n");
        }
        text.push_str("\x1b[J");
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}
