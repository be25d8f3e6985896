//! `forkproof watch`: logs looked at while they are written.
//!
//! Three threads feed one that shows: the followers of the files, the signals, and the keys. What is shown is drawn at
//! most ten times a second, however much there is; what is passed on line by line waits for its reader.

mod files;
mod follow;
mod input;
mod screen;
mod sources;
pub mod state;

use super::read::Record;
use super::waits::proc;
use super::{Trouble, complain, exec, harmless, render, status};
use clap::Args;
use crossbeam_channel::{Receiver, after, never, select, tick};
use follow::Entry;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use screen::Screen;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::low_level::emulate_default_handler;
use sources::{Kin, Source};
use state::{Seen, State};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Lines that are no records and are named one by one; past it they are only counted.
const NAMED_MAX: u64 = 10;
/// Between two pictures, at least.
const PICTURES: Duration = Duration::from_millis(100);
/// And at most: processes end without a line in a log.
const RARELY: Duration = Duration::from_secs(1);

// Paragraphs stand on one line each: clap wraps them to the terminal.
const EXAMPLES: &str = "\
Examples:
  forkproof watch fork.log                    a log, from its beginning
  forkproof watch /var/log/app                all logs of a folder
  forkproof watch -p 4711                     those of a process
  forkproof watch --json fork.log | jq .slug  for programs

On a terminal the picture is drawn in place: processes, sums, latest findings; q or Ctrl-C ends. Elsewhere, one line a \
finding. --json passes every record on, one a line as it is in the log. Logs may be renamed when they are full, \
be emptied, or come later.

Exit status: 0 ended by q, Ctrl-C, --for, or with -p because the process and its children have ended; 2 usage; 125 there is \
nothing to follow. SIGTERM and SIGHUP end it as they end other programs, with the terminal as it was.";

/// A live view of a run, from its logs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Watch {
    /// Logs, or folders with logs
    #[arg(value_name = "LOG", required_unless_present = "pid")]
    logs: Vec<PathBuf>,

    /// The logs that this process and its descendants write; ends when they have
    #[arg(short, long, value_name = "PID", conflicts_with = "logs", value_parser = clap::value_parser!(u32).range(1..))]
    pid: Option<u32>,

    /// Pass the records on as they are, one a line
    #[arg(long)]
    json: bool,

    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
}

/// `forkproof watch`.
pub fn watch(watch: &Watch) -> Result<u8, Trouble> {
    exec::ignore_broken_pipes();
    open_many();
    let sources = sources(watch)?;
    let trouble = |error: io::Error| Trouble::new(status::TROUBLE, format!("cannot watch: {error}"));
    let signals = input::signals().map_err(trouble)?;
    let (lines, followers) = files::follow(sources).map_err(trouble)?;
    let limit = watch.seconds.map_or_else(never, |seconds| after(Duration::from_secs(seconds.into())));
    let mut view = View {
        state: State::default(),
        screen: (!watch.json && screen::is_there()).then(Screen::new),
        json: watch.json,
        changed: true,
        drawn: Instant::now(),
    };
    let outcome = view.show(&lines, &signals, &limit);
    // The terminal first: what ends us may be a signal.
    view.screen = None;
    if view.state.unread > NAMED_MAX {
        complain(&format!("{} more lines are no records", view.state.unread - NAMED_MAX));
    }
    match outcome {
        Ok(End::Signal(signal)) => {
            let _ = emulate_default_handler(signal);
            Ok(status::TROUBLE)
        }
        Ok(End::Over) if followers.join().is_err() => {
            Err(Trouble::new(status::TROUBLE, "cannot watch on: the part that reads the logs has failed"))
        }
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Trouble::new(status::TROUBLE, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(status::OK),
    }
}

fn sources(watch: &Watch) -> Result<Vec<Source>, Trouble> {
    let trouble = |sentence: String| Trouble::new(status::TROUBLE, sentence);
    if let Some(pid) = watch.pid {
        return Ok(vec![Source::Process(Box::new(kin(pid).map_err(trouble)?))]);
    }
    let source = |log: &PathBuf| {
        let name = harmless::path(log);
        if log.is_dir() {
            return Ok(Source::Folder(log.clone()));
        }
        let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(trouble(format!("{name}: there is no folder {}", harmless::path(folder))));
        }
        if log.exists() && !log.is_file() {
            return Err(trouble(format!(
                "{name} is neither a file nor a folder; a pipe is for forkproof inspect"
            )));
        }
        if !log.exists() {
            complain(&format!("{name} is not there yet; waiting for it"));
        }
        Ok(Source::File(log.clone()))
    };
    watch.logs.iter().map(source).collect()
}

/// A program that was started a moment ago has no library yet, or is still this command (`forkproof run ... &`).
fn kin(pid: u32) -> Result<Kin, String> {
    const TRIES: u32 = 10;
    for _ in 1..TRIES {
        match Kin::of(pid) {
            Err(_) if proc::stat(pid).is_some() => thread::sleep(PICTURES),
            outcome => return outcome,
        }
    }
    Kin::of(pid)
}

/// A folder may hold more logs than the few files that a process may have open unless it asks.
fn open_many() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// Why it ends.
enum End {
    Asked,
    /// Nothing more can come.
    Over,
    /// Which is to end the command as it ends any other.
    Signal(i32),
}

struct View {
    state: State,
    screen: Option<Screen>,
    json: bool,
    changed: bool,
    drawn: Instant,
}

impl View {
    /// Shows until it ends.
    fn show(
        &mut self,
        lines: &Receiver<Vec<Entry>>,
        signals: &Receiver<i32>,
        limit: &Receiver<Instant>,
    ) -> io::Result<End> {
        let mut keys = if self.screen.is_some() { input::keys() } else { never() };
        let pictures = if self.screen.is_some() { tick(PICTURES) } else { never() };
        let end = loop {
            select! {
                recv(lines) -> entries => match entries {
                    Ok(entries) => self.take(entries)?,
                    Err(_) => break End::Over,
                },
                recv(signals) -> signal => match signal {
                    Ok(SIGINT) | Err(_) => break End::Asked,
                    Ok(signal @ (SIGTERM | SIGHUP | SIGQUIT)) => break End::Signal(signal),
                    Ok(SIGTSTP) => self.stop(),
                    Ok(SIGCONT) => self.enter(),
                    Ok(_) => self.changed = true,
                },
                recv(keys) -> key => match key {
                    Ok(b'q' | b'Q') => break End::Asked,
                    Ok(_) => {}
                    Err(_) => keys = never(), // its terminal has gone
                },
                recv(pictures) -> _ => {
                    if self.changed || self.drawn.elapsed() >= RARELY {
                        self.draw()?;
                    }
                },
                recv(limit) -> _ => break End::Asked,
            }
        };
        self.draw()?;
        Ok(end)
    }

    fn take(&mut self, entries: Vec<Entry>) -> io::Result<()> {
        let now = Instant::now();
        let mut text = String::new();
        for entry in entries {
            let record = match entry.what {
                Ok(record) => record,
                Err(reason) => {
                    self.state.unread += 1;
                    // It would stand in the middle of the picture, which counts them too.
                    if self.screen.is_none() && self.state.unread <= NAMED_MAX {
                        let reason = harmless::text(&reason.to_string());
                        complain(&format!("{}:{}: {reason}", harmless::path(&entry.log), entry.number));
                    }
                    continue;
                }
            };
            if self.json {
                text.push_str(&render::json::raw(entry.raw.as_bytes()));
            } else if self.screen.is_none() {
                if let Record::Finding(finding) = &record {
                    text.push_str(&render::live::finding(finding).cut(usize::MAX).0);
                    text.push('\n');
                }
            } else {
                self.state.add(record, now);
                self.changed = true;
            }
        }
        if !text.is_empty() {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let Some(screen) = &mut self.screen else { return Ok(()) };
        let rate = self.state.rate(Instant::now());
        let (_, rows) = Screen::size();
        let rows = render::live::picture(&self.state, rate, &is_alive, rows);
        (self.changed, self.drawn) = (false, Instant::now());
        screen.draw(&rows)
    }

    /// Stops as any program does, with the terminal as it was.
    fn stop(&mut self) {
        if let Some(screen) = &mut self.screen {
            screen.leave();
        }
        let _ = emulate_default_handler(SIGTSTP);
        self.enter();
    }

    fn enter(&mut self) {
        if let Some(screen) = &mut self.screen {
            screen.enter();
            self.changed = true;
        }
    }
}

/// Is the process of the log the one that has its id on this machine now? Not if that one began later.
fn is_alive(pid: u32, seen: &Seen) -> bool {
    /// Ticks and the wall clock round, and the clock may have been set.
    const SLACK: Duration = Duration::from_secs(2);
    let Some(stat) = proc::stat(pid).filter(|stat| !proc::has_ended(pid, stat)) else { return false };
    let began = proc::age(&stat).and_then(|age| SystemTime::now().checked_sub(age));
    let first = UNIX_EPOCH.checked_add(Duration::from_nanos(seen.first_ns));
    began.zip(first).is_none_or(|(began, first)| began <= first + SLACK)
}
