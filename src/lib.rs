//! placeholder
mod wire;
mod settings;
mod hazards { pub(crate) mod catalog; }
