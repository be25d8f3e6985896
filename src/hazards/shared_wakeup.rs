//! shared-wakeup:
