//! The memory under the registry: one reservation, sized once by the hard limit on descriptors.
//!
//! # Safety
//! Slices over a mapping that is made once, zeroed by the kernel, and never unmapped.
#![allow(unsafe_code)]

use crate::ident::epoch;
use crate::sys::call::Errno;
use crate::sys::{memory, opaque, process};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What an interest list holds about one descriptor; see `interests` for the words' meaning.
#[repr(C)]
pub struct Cell {
    /// Tag and flags; 0 where nothing is registered.
    pub low: AtomicU32,
    /// The mask the program gave.
    pub events: AtomicU32,
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
/// Room before the first table for the lineage of epochs: the process that settles writes it, and is about to
/// write the word of a low number in the same page.
const HEAD: usize = 64;

/// Where the tables lie. Plain words and not atomics, so that a hook compares with memory directly; those in assembly
/// read the first two.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Layout {
    /// As wide as a register: a number is compared as it came.
    capacity: u64,
    fds: *const AtomicU64,
    cells: *const Cell,
    extras: *const Extra,
    index: *const AtomicU32,
}

impl Layout {
    /// Where in it the capacity lies.
    pub const CAPACITY: usize = core::mem::offset_of!(Self, capacity);
    /// Where in it the address of the words of `fds` lies.
    pub const FDS: usize = core::mem::offset_of!(Self, fds);
}

/// Written once.
#[repr(transparent)]
pub struct Fixed(UnsafeCell<Layout>);

// SAFETY: written once, by `open`, which the constructor calls before there is a second thread.
unsafe impl Sync for Fixed {}

/// The tables of this process.
pub static LAYOUT: Fixed = Fixed(UnsafeCell::new(Layout {
    capacity: 0,
    fds: core::ptr::null(),
    cells: core::ptr::null(),
    extras: core::ptr::null(),
    index: core::ptr::null(),
}));

#[inline]
fn layout() -> &'static Layout {
    // SAFETY: nobody writes any more.
    unsafe { &*LAYOUT.0.get() }
}

/// Reserves the tables. A second call changes nothing.
///
/// # Errors
/// When the kernel has no address space left; nothing is tracked then and every call passes through.
pub fn open() -> Result<(), Errno> {
    if capacity() != 0 {
        return Ok(());
    }
    let hard = u32::try_from(process::descriptor_limits().hard).unwrap_or(MOST);
    let count = hard.clamp(LEAST, MOST).next_power_of_two();
    let bytes = count as usize;
    let extras = bytes * 2;
    let fds_at = HEAD;
    let cells_at = fds_at + bytes * size_of::<AtomicU64>();
    let extras_at = cells_at + bytes * size_of::<Cell>();
    let index_at = extras_at + extras * size_of::<Extra>();
    let base = memory::reserve(index_at + extras * size_of::<AtomicU32>())?.cast_const();
    let layout = Layout {
        capacity: u64::from(count),
        fds: base.wrapping_add(fds_at).cast(),
        cells: base.wrapping_add(cells_at).cast(),
        extras: base.wrapping_add(extras_at).cast(),
        index: base.wrapping_add(index_at).cast(),
    };
    const { assert!(size_of::<epoch::Lineage>() <= HEAD) }
    // SAFETY: the head of the mapping, zeroed and aligned, which `HEAD` keeps free.
    epoch::count_at(unsafe { &*base.cast() });
    // SAFETY: the constructor, alone; `capacity` was 0, so no reader has looked past it.
    unsafe { *LAYOUT.0.get() = layout };
    Ok(())
}

/// How many numbers are tracked: a power of two, or 0 when nothing is.
#[inline]
#[must_use]
#[allow(clippy::cast_possible_truncation)] // at most `MOST`
pub fn capacity() -> u32 {
    layout().capacity as u32
}

/// What is known about a number.
#[inline]
#[must_use]
pub fn fd(number: i32) -> Option<&'static AtomicU64> {
    let place = number.cast_unsigned();
    // SAFETY: there are `capacity` words.
    (place < capacity()).then(|| unsafe { at(layout().fds, place) })
}

/// A number's own cell.
#[inline]
#[must_use]
pub fn cell(number: i32) -> Option<&'static Cell> {
    let place = number.cast_unsigned();
    // SAFETY: there are `capacity` cells.
    (place < capacity()).then(|| unsafe { at(layout().cells, place) })
}

/// The word of a poller and the cell of what it is to watch, for one comparison with the limit.
#[inline]
#[must_use]
pub fn pair(poller: i32, fd: i32) -> Option<(&'static AtomicU64, &'static Cell)> {
    let (poller, fd) = (poller.cast_unsigned(), fd.cast_unsigned());
    // The capacity is a power of two: both are below it if their union is.
    if poller | fd >= capacity() {
        return None;
    }
    let layout = layout();
    // SAFETY: both places are below `capacity`.
    let (poller, cell) = unsafe { (at(layout.fds, poller), at(layout.cells, fd)) };
    // Or its address is worked out from its parts wherever it is used.
    Some((poller, opaque::reference(cell)))
}

/// # Safety
/// `base` is one of the tables of a layout with a capacity, and has more than `place` elements.
#[inline]
unsafe fn at<T>(base: *const T, place: u32) -> &'static T {
    // SAFETY: as above; the mapping is zeroed, aligned and never unmapped.
    unsafe {
        core::hint::assert_unchecked(!base.is_null());
        &*base.add(place as usize)
    }
}

/// Empties every cell, own and extra, whose word `is_dead`. Reads all of both tables: for one creation in
/// thousands.
pub fn sweep(is_dead: impl Fn(u32) -> bool) {
    let own = (0..capacity()).filter_map(|place| cell(place.cast_signed()));
    let extras = (0..capacity().saturating_mul(2)).filter_map(extra).map(|extra| &extra.cell);
    for cell in own.chain(extras) {
        let low = cell.low.load(Ordering::Acquire);
        if low != 0 && is_dead(low) {
            let _changed_meanwhile = cell.low.compare_exchange(low, 0, Ordering::AcqRel, Ordering::Relaxed);
        }
    }
}

/// The number whose own cell this is.
#[inline(always)]
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // below the capacity
pub fn number_of_own(cell: &Cell) -> i32 {
    ((&raw const *cell).addr().wrapping_sub(layout().cells.addr()) / size_of::<Cell>()) as i32
}

/// The number a cell stands for.
#[must_use]
pub fn number_of(cell: &Cell) -> Option<i32> {
    let count = capacity() as usize;
    let (own, extra) = (layout().cells, layout().extras);
    let at = (&raw const *cell).addr();
    let place = at.wrapping_sub(own.addr()) / size_of::<Cell>();
    if place < count {
        return i32::try_from(place).ok();
    }
    let place = at.wrapping_sub(extra.addr()) / size_of::<Extra>();
    let extra = self::extra(u32::try_from(place).ok()?)?;
    i32::try_from(extra.key.load(Ordering::Acquire).wrapping_sub(1)).ok()
}

/// One of the extra cells, wherever `place` wraps round to.
#[must_use]
pub fn extra(place: u32) -> Option<&'static Extra> {
    let count = capacity().checked_mul(2).filter(|&count| count != 0)?;
    // SAFETY: `open` reserved twice the capacity, a power of two.
    Some(unsafe { at(layout().extras, place & (count - 1)) })
}

/// One slot of the index from data to number, wherever `place` wraps round to.
#[must_use]
pub fn index(place: u32) -> Option<&'static AtomicU32> {
    let count = capacity().checked_mul(2).filter(|&count| count != 0)?;
    // SAFETY: as in `extra`.
    Some(unsafe { at(layout().index, place & (count - 1)) })
}
