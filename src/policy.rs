//! What the settings say to do about a hazard. Nothing is done here.

use crate::settings::{Action, Mode};
use crate::sys::options;

/// The action for the hazard at `place` of the catalog, whose own default is `default`.
///
/// A setting of its own wins, but never in observe mode: that mode promises to change nothing.
#[must_use]
pub fn action(place: usize, default: Action) -> Action {
    let settings = options::get();
    let chosen = settings.chosen.get(place).copied().flatten();
    match (settings.mode, chosen) {
        (Mode::Observe, Some(Action::Off)) => Action::Off,
        (Mode::Observe, _) => Action::Report,
        (_, Some(action)) => action,
        (_, None) => default,
    }
}

/// Must findings end a run with a status of their own?
#[must_use]
pub fn is_strict() -> bool {
    options::get().mode == Mode::Strict
}
