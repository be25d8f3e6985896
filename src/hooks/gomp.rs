//! What gcc makes of `#pragma omp parallel` (libgomp's `libgomp_g.h`): the beginning of a region.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::forkproof_internal::{self, Trouble};
use crate::hazards::lost_wait::team;
use crate::sys::next::Late;
use core::ffi::c_uint;

type Begin = unsafe extern "C-unwind" fn();

/// The program is about to begin a region of `wanted` threads. Answers the function that begins it.
fn region(real: &Late<Begin>, name: &'static str, wanted: c_uint, site: usize) -> Begin {
    team::begins(name, wanted, site);
    real.get(site).unwrap_or(missing)
}

/// As the loader ends a program that calls a function which is nowhere.
unsafe extern "C-unwind" fn missing() {
    forkproof_internal::met(Trouble::NoRegion, -1, None);
    crate::sys::process::end(127);
}

hook! {
    /// The third argument of each is how many threads are wanted. The last are what gcc made of it before 4.9.
    late entering region:
    optional unsafe fn GOMP_parallel;
    optional unsafe fn GOMP_parallel_reductions;
    optional unsafe fn GOMP_parallel_sections;
    optional unsafe fn GOMP_parallel_loop_static;
    optional unsafe fn GOMP_parallel_loop_dynamic;
    optional unsafe fn GOMP_parallel_loop_guided;
    optional unsafe fn GOMP_parallel_loop_runtime;
    optional unsafe fn GOMP_parallel_loop_nonmonotonic_dynamic;
    optional unsafe fn GOMP_parallel_loop_nonmonotonic_guided;
    optional unsafe fn GOMP_parallel_loop_nonmonotonic_runtime;
    optional unsafe fn GOMP_parallel_loop_maybe_nonmonotonic_runtime;
    optional unsafe fn GOMP_parallel_start;
    optional unsafe fn GOMP_parallel_sections_start;
    optional unsafe fn GOMP_parallel_loop_static_start;
    optional unsafe fn GOMP_parallel_loop_dynamic_start;
    optional unsafe fn GOMP_parallel_loop_guided_start;
    optional unsafe fn GOMP_parallel_loop_runtime_start;
}
