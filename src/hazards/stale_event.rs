//! stale-event: an event is handed out for a registration that is gone.
