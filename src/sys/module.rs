//! Which module an address lies in: `name+0xoffset`, without a lock and without memory.
//!
//! dladdr takes the loader's lock, which a vanished thread may hold; `_dl_find_object` (glibc 2.35) takes none.
//!
//! # Safety
//! The loader fills the structure and owns the name, which lives as long as the module.
#![allow(unsafe_code)]

use super::line::Line;
use super::next::Next;
use super::symbols::Object;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt::Write;

/// `struct dl_find_object` of `<dlfcn.h>`.
#[repr(C)]
struct Found {
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

static FIND: Next<unsafe extern "C" fn(*const c_void, *mut Found) -> c_int> = Next::new("_dl_find_object\0");

/// Looks the loader's function up. In the constructor: a child that does it may find the loader's lock taken.
pub fn open() {
    let _address = FIND.bind();
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

/// The object an address lies in.
pub(super) fn object_at(address: usize) -> Option<&'static Object> {
    let find = FIND.get()?;
    // SAFETY: Found is plain data, all zeroes is a value.
    let mut found: Found = unsafe { core::mem::zeroed() };
    // SAFETY: as in `with_module`.
    let answer = unsafe { find(core::ptr::without_provenance(address), &raw mut found) };
    // SAFETY: the loader answered 0: the map is a live `link_map`, of which `Map` is the head.
    (answer == 0).then(|| unsafe { found.map.cast::<Object>().as_ref() }).flatten()
}

/// Calls `with` with the module's file name and base address.
pub fn with_module<R>(address: usize, with: impl FnOnce(&[u8], usize) -> R) -> Option<R> {
    let find = FIND.get()?;
    // SAFETY: Found is plain data, all zeroes is a value.
    let mut found: Found = unsafe { core::mem::zeroed() };
    // SAFETY: `_dl_find_object` only looks the address up and fills the structure; it is async-signal-safe.
    let answer = unsafe { find(core::ptr::without_provenance(address), &raw mut found) };
    if answer != 0 || found.map.is_null() {
        return None;
    }
    // SAFETY: the loader answered 0, so the map is a live link_map.
    let map = unsafe { &*found.map };
    if map.name.is_null() {
        return None;
    }
    // SAFETY: `l_name` is a NUL-terminated string that lives as long as the map.
    let path = unsafe { CStr::from_ptr(map.name) }.to_bytes();
    let mut target = [0_u8; 256];
    let path = if path.is_empty() {
        // The program itself has no name in its link_map.
        super::fd::read_link(c"/proc/self/exe", &mut target).unwrap_or(b"program")
    } else {
        path
    };
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    Some(with(name, map.base))
}
