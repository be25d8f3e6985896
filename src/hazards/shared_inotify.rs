//! shared-inotify:
