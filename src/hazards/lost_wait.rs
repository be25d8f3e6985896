//! lost-wait: a wait that nobody can end.
