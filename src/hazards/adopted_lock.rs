//! adopted-lock: a lock of the thread that forked bears the id that thread had in the parent.
//!
//! POSIX: the child's thread holds what the forking thread held. glibc gives the thread its new id and
//! leaves the old one in the lock, so a recursive or error-checking mutex cannot be unlocked (EPERM), a
//! second lock hangs, and a write lock is given back as if it were a read lock, which breaks it. Repair:
//! write the id of the thread that came through the fork. The lock stays held; nothing is reset.

use super::catalog::ADOPTED_LOCK as ENTRY;
use super::telling::tell;
use crate::ident::kin;
use crate::policy;
use crate::report::Lock;
use crate::settings::Action;
use crate::wire::Outcome;

/// `call` met the lock at `address`, which thread `old` of the parent held and forked; `pass_on` makes the
/// given thread its owner.
#[cold]
pub fn adopt(address: usize, old: u32, call: &'static str, pass_on: impl Fn(u32) -> bool) {
    let action = policy::action(ENTRY.place, ENTRY.default);
    let new = kin::survivor();
    let (outcome, done) = match action {
        Action::Report => (Outcome::Reported, "left alone"),
        Action::Die => (Outcome::Died, "the process ends here"),
        Action::Repair | Action::Poison if pass_on(new) => (Outcome::Repaired, "given this thread's id"),
        // Or another thread was quicker.
        Action::Off | Action::Repair | Action::Poison => return,
    };
    tell(
        &ENTRY,
        action,
        outcome,
        call,
        Lock { address, holder: old, ..Lock::default() },
        format_args!("{call} of a lock taken before the fork by this thread, then {old}, now {new}: {done}"),
    );
}
