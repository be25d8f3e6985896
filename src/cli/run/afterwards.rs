//! What `run` does once the program has ended: the report, the summary, and the status.

use super::logfile::Log;
use super::summary;
use crate::cli::history::History;
use crate::cli::library::Library;
use crate::cli::parent::End;
use crate::cli::render::report::View;
use crate::cli::render::source::Root;
use crate::cli::report::{self, Format};
use crate::cli::{Trouble, complain, harmless, shell, status, suppress, symbols};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

/// What is asked for.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct Afterwards {
    /// Where the report goes, and what it is.
    pub report: Option<(PathBuf, Format)>,
    /// The status of a run with findings.
    pub error_exitcode: Option<u8>,
    /// What is left out besides what the library left unsaid.
    pub suppressions: Vec<PathBuf>,
    /// Print lines that would silence what was found.
    pub gen_suppressions: bool,
    pub quiet: bool,
    /// Say it when nothing was found too.
    pub verbose: bool,
    /// Programs that children run are meant to be left alone.
    pub only_the_program: bool,
}

/// What a look at the log told.
struct Looked {
    found: bool,
    /// Processes of the run go on.
    running: bool,
}

impl Afterwards {
    /// Is there anything to do? Otherwise the command need not stay.
    pub fn is_wanted(&self) -> bool {
        self.report.is_some() || self.error_exitcode.is_some() || self.gen_suppressions
    }

    /// Does it, and ends as the program ended unless findings are to be told by the status. Trouble of our own is said,
    /// and takes the place of a success only. `starts_are_logged`: the library writes when it comes into a program.
    pub fn finish(&self, end: End, mut log: Log, library: &Library, starts_are_logged: bool) -> u8 {
        match self.look(&mut log, library, starts_are_logged) {
            Ok(Looked { found, running }) => {
                log.put_away(running || found && self.report.is_none());
                match (end, self.error_exitcode) {
                    (End::Status(_), Some(status)) if found => status,
                    _ => end.follow(),
                }
            }
            Err(trouble) => {
                complain(&trouble.sentence);
                log.put_away(true);
                if end == End::Status(status::OK) { status::TROUBLE } else { end.follow() }
            }
        }
    }

    fn look(&self, log: &mut Log, library: &Library, starts_are_logged: bool) -> Result<Looked, Trouble> {
        let options = symbols::Options::default();
        let (history, unreadable) =
            report::history(&log.written()?, &self.suppressions, &options, self.verbose)?;
        let found = !history.groups.is_empty();
        if let Some((file, format)) = &self.report {
            let kept = log.kept();
            let view = View { verbose: false, root: &Root::new(None), logs: &kept };
            report::write(&format.file(&history, &view), Some(file))?;
        }
        let running = summary::running(&history, log);
        self.say(&history, found, &running, log, library);
        if self.gen_suppressions {
            let lines = suppress::lines(&history);
            let _ = io::stderr().write_all(lines.as_bytes());
        }
        if unreadable {
            return Err(Trouble::new(status::TROUBLE, "a log of this run could not be read, as said above"));
        }
        if starts_are_logged && history.processes.is_empty() {
            let sentence = "nothing of this run is in its log, not even its start: the log could not be written (is the \
                            disk full?), or the program took the library out; what was found is not known";
            return Err(Trouble::new(status::TROUBLE, sentence));
        }
        Ok(Looked { found, running: !running.is_empty() })
    }

    fn say(&self, history: &History, found: bool, running: &BTreeSet<u32>, log: &Log, library: &Library) {
        let mut unseen = if self.only_the_program { Vec::new() } else { summary::unseen(history, library) };
        unseen.extend(Some(summary::later(running, log)).filter(|sentence| !sentence.is_empty()));
        if self.quiet || !(found || self.verbose || !unseen.is_empty() || history.tally.suppressed != 0) {
            return;
        }
        complain(&summary::line(history));
        for sentence in &unseen {
            complain(sentence);
        }
        match &self.report {
            Some((file, _)) => complain(&format!("the report is {}", harmless::path(file))),
            None if found => complain(&format!("next: {} report {}", shell::own(), log.name())),
            None => {}
        }
    }
}
