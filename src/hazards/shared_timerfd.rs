//! shared-timerfd:
