//! The memory under the registry: one reservation, sized once by the hard limit on descriptors.
//!
//! # Safety
//! Slices over a mapping that is made once, zeroed by the kernel, and never unmapped.
#![allow(unsafe_code)]

use crate::sys::call::Errno;
use crate::sys::{memory, process};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// What an interest list holds about one descriptor; see `interests` for the words' meaning.
#[repr(C)]
pub struct Cell {
    /// Events, tag and flags.
    pub word: AtomicU64,
    /// The program's `epoll_data`.
    pub data: AtomicU64,
}

/// A cell for a descriptor whose own is taken, with the number it stands for.
#[repr(C)]
pub struct Extra {
    /// The number plus one; 0 never used, `u32::MAX` free again.
    pub key: AtomicU32,
    padding: u32,
    /// As in the flat table.
    pub cell: Cell,
}

/// Numbers at and above this are not tracked; the kernel's default `fs.nr_open`.
const MOST: u32 = 1 << 20;
const LEAST: u32 = 1 << 10;

static CAPACITY: AtomicU32 = AtomicU32::new(0);
static FDS: AtomicPtr<AtomicU64> = AtomicPtr::new(core::ptr::null_mut());
static CELLS: AtomicPtr<Cell> = AtomicPtr::new(core::ptr::null_mut());
static EXTRAS: AtomicPtr<Extra> = AtomicPtr::new(core::ptr::null_mut());
static INDEX: AtomicPtr<AtomicU32> = AtomicPtr::new(core::ptr::null_mut());

/// Reserves the tables. A second call changes nothing.
///
/// # Errors
/// When the kernel has no address space left; nothing is tracked then and every call passes through.
pub fn open() -> Result<(), Errno> {
    if CAPACITY.load(Ordering::Acquire) != 0 {
        return Ok(());
    }
    let hard = u32::try_from(process::descriptor_limits().hard).unwrap_or(MOST);
    let count = hard.clamp(LEAST, MOST).next_power_of_two();
    let bytes = count as usize;
    let extras = bytes * 2;
    let cells_at = bytes * size_of::<AtomicU64>();
    let extras_at = cells_at + bytes * size_of::<Cell>();
    let index_at = extras_at + extras * size_of::<Extra>();
    let base = memory::reserve(index_at + extras * size_of::<AtomicU32>())?;
    FDS.store(base.cast(), Ordering::Release);
    CELLS.store(base.wrapping_add(cells_at).cast(), Ordering::Release);
    EXTRAS.store(base.wrapping_add(extras_at).cast(), Ordering::Release);
    INDEX.store(base.wrapping_add(index_at).cast(), Ordering::Release);
    CAPACITY.store(count, Ordering::Release);
    Ok(())
}

/// How many numbers are tracked: a power of two, or 0 when nothing is.
#[inline]
#[must_use]
pub fn capacity() -> u32 {
    CAPACITY.load(Ordering::Acquire)
}

/// What is known about a number.
#[inline]
#[must_use]
pub fn fd(number: i32) -> Option<&'static AtomicU64> {
    let place = number.cast_unsigned();
    if place >= capacity() {
        return None;
    }
    // SAFETY: `open` stored the base before the capacity, and the place is below it.
    Some(unsafe { &*FDS.load(Ordering::Relaxed).add(place as usize) })
}

/// A number's own cell.
#[inline]
#[must_use]
pub fn cell(number: i32) -> Option<&'static Cell> {
    let place = number.cast_unsigned();
    if place >= capacity() {
        return None;
    }
    // SAFETY: as in `fd`.
    Some(unsafe { &*CELLS.load(Ordering::Relaxed).add(place as usize) })
}

/// One of the extra cells, wherever `place` wraps round to.
#[must_use]
pub fn extra(place: u32) -> Option<&'static Extra> {
    let count = capacity().checked_mul(2).filter(|&count| count != 0)?;
    // SAFETY: `open` reserved twice the capacity, a power of two.
    Some(unsafe { &*EXTRAS.load(Ordering::Relaxed).add((place & (count - 1)) as usize) })
}

/// One slot of the index from data to number, wherever `place` wraps round to.
#[must_use]
pub fn index(place: u32) -> Option<&'static AtomicU32> {
    let count = capacity().checked_mul(2).filter(|&count| count != 0)?;
    // SAFETY: as in `extra`.
    Some(unsafe { &*INDEX.load(Ordering::Relaxed).add((place & (count - 1)) as usize) })
}
