//! Which module an address lies in: `name+0xoffset`, without a lock and without memory.
//!
//! dladdr takes the loader's lock, which a vanished thread may hold; `_dl_find_object` (glibc 2.35) takes none.
//!
//! # Safety
//! The loader fills the structure and owns the name, which lives as long as the module.
#![allow(unsafe_code)]

use super::line::Line;
use super::next::Next;
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt::Write;
use core::ops::Range;

/// `struct dl_find_object` of `<dlfcn.h>`.
#[repr(C)]
struct Object {
    flags: u64,
    start: *const c_void,
    end: *const c_void,
    map: *const Map,
    frames: *const c_void,
    reserved: [u64; 7],
}

/// The head of `struct link_map` (`<link.h>`).
#[repr(C)]
struct Map {
    base: usize,
    name: *const c_char,
}

static FIND: Next<unsafe extern "C" fn(*const c_void, *mut Object) -> c_int> = Next::new("_dl_find_object\0");

/// Looks the loader's function up. In the constructor: a child that does it may find the loader's lock taken.
pub fn open() {
    let _address = FIND.bind();
    if let Some(found) = find(find as *const () as usize) {
        // SAFETY: the constructor, alone: nobody reads it yet.
        unsafe { *OWN.0.get() = found.range() };
    }
}

/// Can modules be looked up (glibc 2.35)?
#[must_use]
pub fn can_look_up() -> bool {
    FIND.get().is_some()
}

/// What the static unwinder calls under the loader's own name: see `unwind`.
///
/// # Safety
/// As `_dl_find_object`.
pub(super) unsafe extern "C" fn find_object(address: *const c_void, found: *mut c_void) -> c_int {
    // SAFETY: as the caller promises.
    FIND.get().map_or(-1, |find| unsafe { find(address, found.cast()) })
}

/// Longest `name+0xoffset` that is kept.
pub const PLACE_MAX: usize = 160;

/// Writes `name+0xoffset`, or the bare address where it cannot be known, or nothing for address 0.
pub fn describe(address: usize, out: &mut Line<PLACE_MAX>) {
    if address == 0 {
        return;
    }
    let _cut_is_fine = with_module(address, |name, base| {
        out.push(name);
        write!(out, "+{:#x}", address.wrapping_sub(base))
    })
    .unwrap_or_else(|| write!(out, "{address:#x}"));
}

/// A module that is loaded.
#[derive(Clone, Copy)]
pub struct Found {
    start: usize,
    end: usize,
    base: usize,
    name: *const c_char,
    tables: usize,
}

impl Found {
    /// Where it is mapped, as one.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// What is added to the addresses in its file.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// Where its unwind tables begin (`PT_GNU_EH_FRAME`), 0 where it has none.
    #[must_use]
    pub const fn tables(&self) -> usize {
        self.tables
    }

    /// Its path as the loader has it; empty for the program itself.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        // SAFETY: `l_name` is a NUL-terminated string that lives as long as the map.
        unsafe { CStr::from_ptr(self.name) }.to_bytes()
    }
}

/// The module that `address` lies in.
#[must_use]
pub fn find(address: usize) -> Option<Found> {
    let find = FIND.get()?;
    // SAFETY: plain data, all zeroes is a value.
    let mut object: Object = unsafe { core::mem::zeroed() };
    // SAFETY: `_dl_find_object` only looks the address up and fills the structure; it is async-signal-safe.
    let answer = unsafe { find(core::ptr::without_provenance(address), &raw mut object) };
    if answer != 0 || object.map.is_null() {
        return None;
    }
    // SAFETY: the loader answered 0, so the map is a live link_map.
    let map = unsafe { &*object.map };
    let found = Found {
        start: object.start.expose_provenance(),
        end: object.end.addr(),
        base: map.base,
        name: map.name,
        tables: object.frames.addr(),
    };
    (!map.name.is_null()).then_some(found)
}

/// Where this library is mapped.
#[must_use]
pub fn own() -> Option<&'static Range<usize>> {
    // SAFETY: written by the constructor, alone.
    let own = unsafe { &*OWN.0.get() };
    (!own.is_empty()).then_some(own)
}

struct Own(UnsafeCell<Range<usize>>);

// SAFETY: written once, by the constructor, before there is a second thread.
unsafe impl Sync for Own {}

static OWN: Own = Own(UnsafeCell::new(0..0));

/// Calls `with` with the module's file name and base address.
pub fn with_module<R>(address: usize, with: impl FnOnce(&[u8], usize) -> R) -> Option<R> {
    let found = find(address)?;
    let path = found.path();
    let mut target = [0_u8; 256];
    let path = if path.is_empty() {
        // The program itself has no name in its link_map.
        super::fd::read_link(c"/proc/self/exe", &mut target).unwrap_or(b"program")
    } else {
        path
    };
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    Some(with(name, found.base()))
}
/// What the loader has of the object that an address lies in.
pub(super) fn loaded(address: usize) -> Option<&'static super::symbols::Loaded> {
    let find = FIND.get()?;
    // SAFETY: plain data, all zeroes is a value.
    let mut object: Object = unsafe { core::mem::zeroed() };
    // SAFETY: as in `find`.
    let answer = unsafe { find(core::ptr::without_provenance(address), &raw mut object) };
    // SAFETY: the loader answered 0: the map is a live `link_map`.
    (answer == 0).then(|| unsafe { object.map.cast::<super::symbols::Loaded>().as_ref() }).flatten()
}
