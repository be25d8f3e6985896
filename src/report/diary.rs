//! The library's own diary: the `log` facade over one stack buffer and one write.

use super::sink;
use crate::sys::options;
use log::{LevelFilter, Log, Metadata, Record};

struct Diary;

impl Log for Diary {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        sink::to_people(*record.args(), 0);
    }

    fn flush(&self) {}
}

/// Opens it at the level `verbosity=` asks for. Called by the constructor, before threads exist.
pub fn open() {
    let level = match options::get().verbosity {
        0 => return,
        1 => LevelFilter::Info,
        _ => LevelFilter::Debug,
    };
    if log::set_logger(&Diary).is_ok() {
        log::set_max_level(level);
    }
}
