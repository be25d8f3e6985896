//! A function of the resolver family. Each hook has one, and its address stands for the call.

/// What is known of it.
pub struct Function {
    /// Its name.
    pub name: &'static str,
}
