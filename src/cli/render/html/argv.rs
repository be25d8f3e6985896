//! A command line for the page, which will be passed on: without the secrets that people put into one.

use super::words;
use maud::{Markup, html};

const MASK: &str = "•••";
/// Words in the name of an option or variable whose value is nobody's business.
const SECRET: [&str; 8] =
    ["password", "passwd", "secret", "token", "apikey", "api-key", "api_key", "credential"];
/// Arguments that are shown; a shell's globs can make thousands.
const SHOWN: usize = 24;

/// The arguments, quoted where a shell would want it.
pub fn shown(argv: &[String]) -> Markup {
    let open = open(argv);
    html! {
        @for (place, argument) in open.iter().take(SHOWN).enumerate() {
            @if place > 0 { " " }
            (words::foreign(&quoted(argument)))
        }
        @if open.len() > SHOWN { " … and " (words::counted(words::wide(open.len() - SHOWN), "argument", "arguments")) }
    }
}

/// The same as plain text.
pub fn plain(argv: &[String]) -> String {
    words::title(&open(argv).iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" "))
}

/// The arguments with secrets masked: `--password=x`, `--password x`, `TOKEN=x` and `://user:x@host`.
fn open(argv: &[String]) -> Vec<String> {
    let mut masked = false;
    let mask = |argument: &String| {
        if std::mem::take(&mut masked) && !argument.starts_with('-') {
            return MASK.to_owned();
        }
        let is_secret = |name: &str| {
            let lower = name.to_ascii_lowercase();
            !name.contains(char::is_whitespace) && SECRET.iter().any(|word| lower.contains(word))
        };
        // `--env=DB_PASSWORD=x` has two names before its value.
        let mut named = argument.match_indices('=').filter_map(|(place, _)| argument.get(..place));
        if let Some(name) = named.find(|name| is_secret(name)) {
            return format!("{name}={MASK}");
        }
        masked = argument.starts_with('-') && !argument.contains('=') && is_secret(argument);
        without_password(argument)
    };
    argv.iter().map(mask).collect()
}

/// A URL's password masked.
fn without_password(argument: &str) -> String {
    let parts = argument.split_once("://").and_then(|(scheme, rest)| {
        let authority = rest.split_once(['/', '?', '#']).map_or(rest, |(authority, _)| authority);
        let (user, host) = authority.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        let path = rest.strip_prefix(authority)?;
        Some(format!("{scheme}://{name}:{MASK}@{host}{path}"))
    });
    parts.unwrap_or_else(|| argument.to_owned())
}

fn quoted(argument: &str) -> String {
    let bare = |letter: char| letter.is_alphanumeric() || "-_=+,./:@%•".contains(letter);
    if !argument.is_empty() && argument.chars().all(bare) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn secrets_stay_at_home() {
        let argv = [
            "serve",
            "--password=x1",
            "--db-password",
            "x2",
            "API_TOKEN=x3",
            "redis://me:x4@host/0",
            "--x=it's",
            "--env=DB_PASSWORD=x5=6",
        ];
        let text = super::plain(&argv.map(str::to_owned));
        assert_eq!(
            text,
            r"serve --password=••• --db-password ••• API_TOKEN=••• redis://me:•••@host/0 '--x=it'\''s' --env=DB_PASSWORD=•••"
        );
        let plain = super::plain(&["--token".to_owned(), "-v".to_owned()]);
        assert_eq!(plain, "--token -v");
    }
}
