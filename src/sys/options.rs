//! The settings in force, and the environment they came from.
//!
//! Read once, in the constructor, from the block the kernel handed over: `getenv` takes a lock in
//! some libcs, and programs that rename themselves overwrite the block later, so it is copied.
//!
//! # Safety
//! Statics written by the constructor alone, before any hook reads them; then only read.
#![allow(unsafe_code)]

use crate::settings::{Complaint, LONGEST, Settings};
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicBool, Ordering};

struct InForce {
    text: UnsafeCell<[u8; LONGEST]>,
    settings: UnsafeCell<Settings<'static>>,
    ready: AtomicBool,
}

// SAFETY: written once by `read`, before `ready`; readers look at `ready` first.
unsafe impl Sync for InForce {}

static IN_FORCE: InForce = InForce {
    text: UnsafeCell::new([0; LONGEST]),
    settings: UnsafeCell::new(Settings::DEFAULT),
    ready: AtomicBool::new(false),
};

/// The settings; the defaults until the constructor has run.
#[must_use]
pub fn get() -> &'static Settings<'static> {
    if IN_FORCE.ready.load(Ordering::Acquire) {
        // SAFETY: `ready` is set after the only write.
        unsafe { &*IN_FORCE.settings.get() }
    } else {
        &Settings::DEFAULT
    }
}

/// The environment as a constructor gets it: NULL-terminated array of `NAME=value`.
#[derive(Clone, Copy)]
pub struct Environment(*const *const c_char);

impl Environment {
    /// # Safety
    /// `block` is NULL or the third argument of a constructor, and nobody changes it meanwhile.
    #[must_use]
    pub const unsafe fn new(block: *const *const c_char) -> Self {
        Self(block)
    }

    /// The value of `name`.
    #[must_use]
    pub fn value(&self, name: &[u8]) -> Option<&[u8]> {
        let mut place = self.0;
        while !place.is_null() {
            // SAFETY: `new` promised an array that ends in NULL, and we have not passed the end.
            let item = unsafe { *place };
            if item.is_null() {
                break;
            }
            // SAFETY: its items are NUL-terminated strings.
            let item = unsafe { CStr::from_ptr(item) }.to_bytes();
            if let Some([b'=', value @ ..]) = item.strip_prefix(name) {
                return Some(value);
            }
            // SAFETY: this item was not the NULL at the end.
            place = unsafe { place.add(1) };
        }
        None
    }
}

/// Reads `FORKPROOF_OPTIONS`. Called once, by the constructor; a second call changes nothing.
pub fn read(environment: Environment, slugs: &[&str], mut complain: impl FnMut(Complaint<'_>)) {
    let Some(value) = environment.value(b"FORKPROOF_OPTIONS") else { return };
    if IN_FORCE.ready.load(Ordering::Acquire) {
        return;
    }
    // SAFETY: `ready` is still false, so nobody holds a reference into the text.
    let text = unsafe { &mut *IN_FORCE.text.get() };
    if value.len() > text.len() {
        return complain(Complaint::TooLong { length: value.len(), most: LONGEST });
    }
    for (to, from) in text.iter_mut().zip(value) {
        *to = *from;
    }
    let text: &'static [u8] = text.get(..value.len()).unwrap_or(&[]);
    let settings = Settings::parse(text, slugs, complain);
    // SAFETY: as above, nobody reads the settings yet.
    unsafe { *IN_FORCE.settings.get() = settings };
    IN_FORCE.ready.store(true, Ordering::Release);
}
