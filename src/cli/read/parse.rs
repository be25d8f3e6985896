//! One line, and what it is.
//!
//! A log may have gigabytes. The library writes the version and the kind first, so a line of its own is read in one
//! pass straight into its fields; any other order costs a pass more to find them.

use super::{Finding, Life, Reason, Record, Stack, Text};
use crate::wire;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::str;

/// Version and kind, wherever they stand.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(default)]
    v: Option<u64>,
    #[serde(default, borrow)]
    kind: Text<'a>,
}

/// What `line`, with its newline if it has one, is.
pub fn record<'a, S>(line: &'a [u8]) -> Result<Record<S>, Reason>
where
    S: Default + Deserialize<'a>,
{
    let whole = line.ends_with(b"\n");
    let not_json = |why: String| if whole { Reason::NotJson(why) } else { Reason::Torn };
    let text = str::from_utf8(line)
        .map_err(|error| not_json(format!("not UTF-8 at column {}", error.valid_up_to().saturating_add(1))))?
        .trim();
    if !text.starts_with('{') {
        return Err(not_json("it does not begin with {".to_owned()));
    }
    let fault = |error: serde_json::Error| {
        // The parser's own line number would be that of this text, always 1.
        let why = error.to_string();
        let what = why.rsplit_once(" at line ").map_or(&*why, |(what, _)| what);
        if error.is_data() {
            return Reason::BadField(what.to_owned());
        }
        not_json(format!("{what} at column {}", error.column()))
    };
    if let Some(kind) = written_kind(text) {
        return fields(kind, text).map_err(fault)?;
    }
    // A value of the wrong type must not hide that the line has no end.
    serde_json::from_str::<IgnoredAny>(text).map_err(fault)?;
    let head: Head<'_> = serde_json::from_str(text).map_err(fault)?;
    match head.v {
        None => Err(Reason::NotARecord),
        Some(version) if version > wire::VERSION.into() => Err(Reason::Newer(version)),
        Some(_) => fields(&head.kind, text).map_err(fault)?,
    }
}

/// The kind, if `text` begins as the library writes it.
fn written_kind(text: &str) -> Option<&str> {
    const START: &str = "{\"v\":1,\"kind\":\"";
    const { assert!(wire::VERSION == 1) };
    let (kind, _) = text.strip_prefix(START)?.split_once('"')?;
    (!kind.contains('\\')).then_some(kind)
}

type Read<S> = Result<Result<Record<S>, Reason>, serde_json::Error>;

fn fields<'a, S: Default + Deserialize<'a>>(kind: &str, text: &'a str) -> Read<S> {
    Ok(Ok(match kind {
        wire::FINDING => Record::Finding(Box::new(serde_json::from_str::<Finding<S>>(text)?)),
        wire::STACK => Record::Stack(serde_json::from_str::<Stack<S>>(text)?),
        wire::START | wire::FORK | wire::EXEC | wire::EXIT | wire::REAP | wire::ROTATED => {
            let life = serde_json::from_str::<Life<S>>(text)?;
            let missing = match kind {
                wire::ROTATED => None,
                _ if life.pid == 0 => Some("pid"),
                wire::FORK | wire::REAP if life.child == 0 => Some("child"),
                _ => None,
            };
            match missing {
                Some(field) => return Ok(Err(Reason::BadField(format!("missing field `{field}`")))),
                None => Record::Life(life),
            }
        }
        _ => {
            serde_json::from_str::<IgnoredAny>(text)?;
            return Ok(Err(Reason::Kind(kind.to_owned())));
        }
    }))
}
