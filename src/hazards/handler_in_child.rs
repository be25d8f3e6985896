//! handler-in-child:
