//! What to change in the program: the places of one group, in the words of its catalogue's page.

use super::source::Root;
use crate::cli::explain;
use crate::cli::history::Group;
use crate::cli::stack::{Place, Stack};

/// Sentences about this group: its places in source, and what those who wrote its libraries advise. Foreign text is in
/// them as it is.
pub fn here(group: &Group, root: &Root) -> Vec<String> {
    let places = Places {
        made: own(group.made.as_ref()),
        forked: own(group.forked.as_ref()),
        used: own(group.used.as_ref()),
        holder: own(group.holder.as_ref()),
        root,
    };
    let mut sentences = places.sentence(group).into_iter().collect::<Vec<_>>();
    sentences.extend(advice(group).map(str::to_owned));
    sentences.extend(without_lines(group));
    sentences
}

/// Cause and cure of every finding of this slug.
pub fn always(group: &Group) -> String {
    explain::short(&group.first.slug)
}

fn own(stack: Option<&Stack>) -> Option<Place<'_>> {
    stack.and_then(Stack::own)
}

/// What a group's slug is about, where making it in the child is the cure.
fn thing(slug: &str) -> Option<&'static str> {
    Some(match slug {
        "inherited-poller" => "the event loop",
        "shared-wakeup" => "the wake-up pipe",
        "shared-timerfd" => "the timer",
        "shared-signalfd" => "the signalfd",
        "shared-inotify" => "the inotify instance",
        _ => return None,
    })
}

/// The user's own lines.
struct Places<'a> {
    made: Option<Place<'a>>,
    forked: Option<Place<'a>>,
    used: Option<Place<'a>>,
    holder: Option<Place<'a>>,
    root: &'a Root,
}

impl Places<'_> {
    fn sentence(&self, group: &Group) -> Option<String> {
        let at = |place: Option<Place<'_>>| place.map(|place| self.root.named(place).to_string());
        let slug = &*group.first.slug;
        // The child of a fork comes back from it in the same line.
        let later = self.used.filter(|used| Some(*used) != self.forked);
        let (made, forked, used) = (at(self.made), at(self.forked), at(self.used));
        let later = at(later);
        if let Some(thing) = thing(slug) {
            return Some(match (made, forked, used) {
                (Some(made), Some(forked), used) => {
                    let child = used.map(|used| format!("; the child uses it at {used}")).unwrap_or_default();
                    format!(
                        "Make {thing} in the child, after the fork at {forked}. Now it is made before, at {made}{child}."
                    )
                }
                (Some(made), None, Some(used)) => {
                    format!(
                        "Make {thing} in the child. Now it is made before the fork, at {made}; the child uses it at {used}."
                    )
                }
                (None, Some(forked), Some(used)) => {
                    format!(
                        "Make {thing} in the child, after the fork at {forked}. Now it is made before; the child uses it at {used}."
                    )
                }
                (None, None, Some(used)) => {
                    format!(
                        "Make {thing} in the child. Now it is made before the fork; the child uses it at {used}."
                    )
                }
                _ => return None,
            });
        }
        match slug {
            // Found in the parent: where it is used is the fork.
            "interrupted-resolver" if forked.is_none() => {
                let thread = at(self.holder).map(|place| format!(", at {place}")).unwrap_or_default();
                let function = match &*group.first.holder_at {
                    "" => "such a call",
                    function => function,
                };
                Some(format!("The fork at {} comes while another thread is in {function}{thread}.", used?))
            }
            "interrupted-resolver" => {
                let child =
                    later.map(|used| format!("; the child makes such a call at {used}")).unwrap_or_default();
                Some(format!(
                    "The fork at {} comes while another thread is in {}{child}.",
                    forked?,
                    match &*group.first.holder_at {
                        "" => "such a call",
                        function => function,
                    }
                ))
            }
            "vanished-threads" => {
                let child = later.map(|used| format!("; the child goes on at {used}")).unwrap_or_default();
                Some(format!("The fork at {} comes when threads are already running{child}.", forked?))
            }
            "orphaned-lock" | "ghost-waiter" | "adopted-lock" | "lost-wait" if forked.is_some() => {
                let child =
                    later.map(|used| format!("; the child comes to it at {used}")).unwrap_or_default();
                Some(format!("The fork at {} comes while other threads are at work{child}.", forked?))
            }
            "phantom-event" | "stale-event" if made.is_some() && used.is_some() => {
                Some(format!("Registered or made at {}; it comes up at {}.", made?, used?))
            }
            _ => {
                let named = [("made", made), ("forked", forked), ("met", used)];
                let places =
                    named.into_iter().filter_map(|(what, place)| Some(format!("{what} at {}", place?)));
                let places = places.collect::<Vec<_>>().join(", ");
                let mut letters = places.chars();
                letters.next().map(|first| format!("{}{}.", first.to_ascii_uppercase(), letters.as_str()))
            }
        }
    }
}

/// What is done about it where the thing was made, or the process forked, by a library that has a way of its own.
fn advice(group: &Group) -> impl Iterator<Item = &'static str> {
    let goes_through = |stack: &Option<Stack>, folder: &str| {
        stack.as_ref().is_some_and(|stack| stack.python.iter().any(|line| line.file.contains(folder)))
    };
    let loops = group.first.slug == "inherited-poller";
    let threads = matches!(&*group.first.slug, "interrupted-resolver" | "vanished-threads");
    let python = [&group.forked, &group.used].into_iter().flatten().any(|stack| !stack.python.is_empty());
    let all = [
        (
            loops && goes_through(&group.made, "-packages/tornado/"),
            "Tornado: fork before the first `IOLoop.current()`, as `tornado.process.fork_processes` asks; a child that \
             is forked later calls `IOLoop.clear_current()` and makes its own, `IOLoop()`.",
        ),
        (
            loops && goes_through(&group.made, "/asyncio/"),
            "asyncio: in the child use `asyncio.run(...)` or `asyncio.new_event_loop()`, and leave the inherited loop \
             alone: even closing it there would take away what the parent waits for.",
        ),
        (
            threads && python && !goes_through(&group.forked, "/multiprocessing/"),
            "Python: start children with `subprocess`, or with multiprocessing's \"spawn\", which exec at once.",
        ),
        (
            goes_through(&group.forked, "-packages/gunicorn/"),
            "gunicorn: leave out `--preload`, or do it in the hook `post_fork`.",
        ),
        (
            goes_through(&group.forked, "/multiprocessing/"),
            "multiprocessing: `set_start_method(\"spawn\")` starts children that inherit none of this.",
        ),
    ];
    all.into_iter().filter_map(|(holds, sentence)| holds.then_some(sentence))
}

/// What to do where the user's own code has no lines.
fn without_lines(group: &Group) -> Option<String> {
    let places =
        [&group.used, &group.forked, &group.made].into_iter().filter_map(|stack| own(stack.as_ref()));
    let bare = places.clone().next().filter(|_| places.clone().all(|place| place.file.is_empty()))?;
    Some(format!(
        "{} has no line numbers: build it with -g, or name the folder of its debug files with --debug-dir.",
        bare.module
    ))
}
