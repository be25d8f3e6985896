//! What gcc makes of `#pragma omp parallel` (libgomp's `libgomp_g.h`): the beginning of a region.
//!
//! Where no library has these, a program that asks whether there is one (dlsym(3), a weak reference) finds ours: some do,
//! for `GOMP_parallel`, and call it. The one thread there is runs the region then, as in a team of one.
//!
//! # Safety
//! As in `hooks`.
#![allow(unsafe_code)]

use crate::hazards::forkproof_internal::{self, Trouble};
use crate::hazards::lost_wait::team;
use crate::sys::next::Late;
use core::ffi::{c_uint, c_void};

type Begin = unsafe extern "C-unwind" fn();
type Body = unsafe extern "C-unwind" fn(*mut c_void);
type Parallel = unsafe extern "C-unwind" fn(Body, *mut c_void);

/// The program is about to begin a region of `wanted` threads. Answers the function that begins it.
fn region(real: &Late<Begin>, name: &'static str, wanted: c_uint, site: usize) -> Begin {
    team::begins(name, wanted, site);
    match real.get(site) {
        Some(begin) => begin,
        // SAFETY: it is called with the arguments of `GOMP_parallel`, of which it takes the first two.
        None if name == "GOMP_parallel" => unsafe { core::mem::transmute::<Parallel, Begin>(alone) },
        None => missing,
    }
}

/// `GOMP_parallel` without a team.
unsafe extern "C-unwind" fn alone(body: Body, data: *mut c_void) {
    // SAFETY: the program's function, with what the program gave for it.
    unsafe { body(data) }
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
