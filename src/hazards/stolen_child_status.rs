//! stolen-child-status:
