//! shared-signalfd:
