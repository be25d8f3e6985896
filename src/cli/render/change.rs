//! What to change in the program: the places of one group, in the words of its catalogue's page.

use crate::cli::explain;
use crate::cli::history::Group;
use crate::cli::stack::Stack;

/// Sentences, the first with the places in source where they are known. Foreign text is in them as it is.
pub fn change(group: &Group) -> Vec<String> {
    let own = |stack: &Option<Stack>| stack.as_ref().and_then(Stack::own).map(|place| place.to_string());
    let (made, forked, used) = (own(&group.made), own(&group.forked), own(&group.used));
    let place = match (&*group.first.slug, made, forked, used) {
        (
            "inherited-poller" | "shared-wakeup" | "shared-timerfd" | "shared-signalfd" | "shared-inotify",
            Some(made),
            Some(forked),
            used,
        ) => {
            let child = used.map(|used| format!("; the child uses it at {used}")).unwrap_or_default();
            Some(format!(
                "Made at {made}, before the fork at {forked}: make it in the child, after that fork{child}."
            ))
        }
        (
            "inherited-poller" | "shared-wakeup" | "shared-timerfd" | "shared-signalfd" | "shared-inotify",
            Some(made),
            None,
            Some(used),
        ) => Some(format!(
            "Made at {made}, before the fork, and used in the child at {used}: make it in the child."
        )),
        (
            "orphaned-lock"
            | "ghost-waiter"
            | "vanished-threads"
            | "adopted-lock"
            | "interrupted-resolver"
            | "lost-wait",
            _,
            Some(forked),
            used,
        ) => {
            let child = used.map(|used| format!("; the child comes to it at {used}")).unwrap_or_default();
            Some(format!("The fork at {forked} comes while other threads are at work{child}."))
        }
        ("phantom-event" | "stale-event", Some(made), _, Some(used)) => {
            Some(format!("Registered or made at {made}; it comes up at {used}."))
        }
        (_, made, forked, used) => {
            let named = [("made", made), ("forked", forked), ("used", used)];
            let places = named.into_iter().filter_map(|(what, place)| Some(format!("{what} at {}", place?)));
            let places = places.collect::<Vec<_>>().join(", ");
            let mut letters = places.chars();
            letters.next().map(|first| format!("{}{}.", first.to_ascii_uppercase(), letters.as_str()))
        }
    };
    let short = explain::short(&group.first.slug);
    place.into_iter().chain((!short.is_empty()).then_some(short)).collect()
}
