//! `FORKPROOF_OPTIONS` put together: what the environment says, then what the command line says.
//!
//! What an option may be is decided by [`settings`](crate::settings); here it is only checked and spelled.

use super::harmless;
use crate::catalog;
use crate::settings::{ACTIONS, Complaint, KEYS, LONGEST, Settings};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{self, Path};

/// One `key=value`, spelled as the library reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item(OsString);

/// Checks one `KEY=VALUE` from the command line.
pub fn item(given: &OsStr) -> Result<Item, String> {
    let bytes = given.as_bytes();
    let Some(equals) = bytes.iter().position(|&byte| byte == b'=') else {
        return Err(format!("an option is KEY=VALUE; the keys are {}", keys()));
    };
    let (key, value) = bytes.split_at(equals);
    spelled(key, value.get(1..).unwrap_or_default())
}

/// The item for `--mode`, which clap has checked.
pub fn mode(word: &str) -> Result<Item, String> {
    spelled(b"mode", word.as_bytes())
}

/// The item for `--log-file`. Absolute, because the program and its children may change directory.
pub fn log_file(given: &Path) -> Result<Item, String> {
    let file = path::absolute(given).map_err(|error| format!("--log-file: {error}"))?;
    let holds_a_number = |path: &Path| path.as_os_str().as_bytes().windows(2).any(|two| two == b"%p");
    match file.parent() {
        Some(folder) if !holds_a_number(folder) && !folder.is_dir() => {
            return Err(format!("--log-file: there is no directory {}", harmless::path(folder)));
        }
        _ => {}
    }
    if file.is_dir() {
        return Err(format!("--log-file: {} is a directory", harmless::path(&file)));
    }
    spelled(b"log_path", file.as_os_str().as_bytes()).map_err(|why| format!("--log-file: {why}"))
}

/// The item for a log that the command has made for itself.
pub fn own_log(template: &OsStr) -> Result<Item, String> {
    spelled(b"log_path", template.as_bytes())
        .map_err(|why| format!("{}: {why}", harmless::path(Path::new(template))))
}

/// The item for `--suppressions`. Absolute, as the log is.
pub fn suppressions(given: &Path) -> Result<Item, String> {
    let file = path::absolute(given)
        .and_then(|file| fs::File::open(&file).map(|_| file))
        .map_err(|error| format!("--suppressions: {}: {error}", harmless::path(given)))?;
    spelled(b"suppressions", file.as_os_str().as_bytes()).map_err(|why| format!("--suppressions: {why}"))
}

/// The item for `--num-callers`.
pub fn num_callers(frames: &OsStr) -> Result<Item, String> {
    spelled(b"stack_depth", frames.as_bytes()).map_err(|why| format!("--num-callers: {why}"))
}

/// The item for `-v` and `-vv`.
pub fn verbosity(times: u8) -> Result<Item, String> {
    spelled(b"verbosity", times.min(2).to_string().as_bytes())
}

/// The item for `--watch=SECONDS`.
pub fn watch(seconds: &OsStr) -> Result<Item, String> {
    spelled(b"lost_wait_s", seconds.as_bytes()).map_err(|why| format!("--watch: {why}"))
}

/// Quotes what the library would split or trim, and asks its parser for an opinion.
fn spelled(key: &[u8], value: &[u8]) -> Result<Item, String> {
    let inner = match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    };
    if inner.contains(&b'"') {
        return Err("a value cannot hold a double quote, because quotes enclose values".to_owned());
    }
    let mut text = [key, b"="].concat();
    if inner.iter().any(|&byte| byte == b':' || byte.is_ascii_whitespace()) {
        text.extend([b"\"", inner, b"\""].concat());
    } else {
        text.extend(inner);
    }
    let mut why = None;
    let slugs = catalog::ALL.each_ref().map(|entry| entry.slug);
    Settings::parse(&text, &slugs, |complaint| why = why.take().or_else(|| Some(sentence(complaint))));
    match why {
        Some(why) => Err(why),
        None => Ok(Item(OsString::from_vec(text))),
    }
}

/// The command's words, because the parser's own say that the library goes on without the item.
fn sentence(complaint: Complaint<'_>) -> String {
    if let Complaint::Unknown { key } = complaint {
        format!("there is no key `{}`; the keys are {}", harmless::bytes(key), keys())
    } else if let Complaint::Bad { key, value, takes } = complaint {
        format!("{} takes {takes}, not `{}`", harmless::bytes(key), harmless::bytes(value))
    } else {
        "the library cannot read this option".to_owned()
    }
}

fn keys() -> String {
    let known = KEYS.iter().map(|key| key.name);
    known.chain(catalog::ALL.iter().map(|entry| entry.slug)).collect::<Vec<_>>().join(", ")
}

/// Every key with what it takes, what it does and its default, for `--help`.
pub fn list() -> String {
    let line = |name: &str, values: &str, text: &str, default: &str| {
        format!("  {name}={values}\n      {text} [{}]\n", default.trim_matches(['(', ')']))
    };
    let own = KEYS.iter().map(|key| line(key.name, key.values, key.text, key.default));
    let hazards =
        catalog::ALL.iter().map(|entry| line(entry.slug, ACTIONS, entry.title, entry.default.word()));
    own.chain(hazards).collect()
}

/// The variable's new value: later items win, so the command line follows the environment.
pub fn compose(environment: Option<&OsStr>, items: &[Item]) -> Result<Option<OsString>, String> {
    let earlier = environment.map(OsStr::as_bytes).unwrap_or_default();
    if items.is_empty() {
        return Ok(environment.map(OsStr::to_owned));
    }
    if earlier.split(|&byte| byte == b'"').count() % 2 == 0 {
        return Err(format!(
            "FORKPROOF_OPTIONS in the environment opens a double quote and does not close it: {}",
            harmless::bytes(earlier)
        ));
    }
    let earlier = Some(earlier.to_vec()).filter(|earlier| !earlier.is_empty());
    let texts = earlier.into_iter().chain(items.iter().map(|item| item.0.as_bytes().to_vec()));
    let text = texts.collect::<Vec<_>>().join(&b':');
    if text.len() > LONGEST {
        return Err(format!(
            "the options are {} bytes together, and the library reads at most {LONGEST}",
            text.len()
        ));
    }
    Ok(Some(OsString::from_vec(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str) -> Result<String, String> {
        item(OsStr::new(given)).map(|item| item.0.into_string().unwrap())
    }

    #[test]
    fn a_value_is_quoted_when_the_library_would_split_it() {
        assert_eq!(check("log_path=/a:b c"), Ok("log_path=\"/a:b c\"".to_owned()));
        assert_eq!(check("log_path=\"/a:b\""), Ok("log_path=\"/a:b\"".to_owned()));
        assert_eq!(check("limit=3"), Ok("limit=3".to_owned()));
        assert!(check("log_path=/a\"b").unwrap_err().contains("double quote"));
    }

    #[test]
    fn a_bad_item_names_what_is_taken() {
        assert_eq!(check("mode=repiar").unwrap_err(), "mode takes observe|repair|strict, not `repiar`");
        assert!(
            check("colour=red").unwrap_err().starts_with("there is no key `colour`; the keys are mode, ")
        );
        assert!(check("colour=red").unwrap_err().ends_with("stale-event, lost-wait"));
        assert!(check("verify").unwrap_err().starts_with("an option is KEY=VALUE; the keys are mode, "));
        assert!(check("mode=observe:limit=3").is_err());
    }

    #[test]
    fn what_is_composed_is_read_back_whole() {
        let items = [item(OsStr::new("log_path=/x:y")).unwrap(), mode("strict").unwrap()];
        let text = compose(Some(OsStr::new("mode=observe:limit=3")), &items).unwrap().unwrap();
        let settings = Settings::parse(text.as_bytes(), &[], |complaint| panic!("{complaint:?}"));
        assert_eq!((settings.mode.word(), settings.limit), ("strict", 3));
        assert_eq!(settings.log_path, b"/x:y");
    }

    #[test]
    fn the_environment_is_left_alone_without_options() {
        assert_eq!(compose(None, &[]), Ok(None));
        assert_eq!(compose(Some(OsStr::new("x\"")), &[]), Ok(Some(OsString::from("x\""))));
        assert!(compose(Some(OsStr::new("log_path=\"x")), &[mode("strict").unwrap()]).is_err());
        let long = "x".repeat(LONGEST - "mode=strict".len());
        assert!(
            compose(Some(OsStr::new(&long)), &[mode("strict").unwrap()]).unwrap_err().contains("4097 bytes")
        );
        assert_eq!(compose(Some(OsStr::new("")), &[mode("strict").unwrap()]), Ok(Some("mode=strict".into())));
    }
}
