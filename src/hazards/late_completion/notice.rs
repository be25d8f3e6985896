//! How the end of a request is announced (`sigevent(3type)`): not at all, by a signal, or by a function in a thread of
//! its own, each as libc does it.
//!
//! # Safety
//! The program's function is called with the value the program gave, from a thread that was made for it.
#![allow(unsafe_code)]

use super::servant::start;
use crate::ident::epoch;
use crate::registry::threads;
use crate::sys::requests::{Event, Kind};
use crate::sys::signals::{self, Mask};
use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

const MOST: usize = 64;
/// `SI_ASYNCIO`, `SI_ASYNCNL` (sigaction(2)).
const CODES: [i32; 2] = [-4, -60];

/// What a thread that announces has to know, on the way to it.
struct Errand {
    epoch: AtomicU32,
    function: AtomicUsize,
    value: AtomicUsize,
}

#[allow(clippy::declare_interior_mutable_const)] // the initial value of statics, nothing else
const NONE: Errand =
    Errand { epoch: AtomicU32::new(0), function: AtomicUsize::new(0), value: AtomicUsize::new(0) };
static ERRANDS: [Errand; MOST] = [NONE; MOST];

/// Announces the end; `false` where that cannot be done.
pub fn announce(event: &Event, kind: Kind) -> bool {
    match event.kind {
        libc::SIGEV_SIGNAL => {
            let code = match kind {
                Kind::Transfer => CODES[0],
                Kind::Lookup => CODES[1],
            };
            signals::send_to_own_process(event.signal, code, event.value)
        }
        libc::SIGEV_THREAD => run(event),
        _ => true,
    }
}

fn run(event: &Event) -> bool {
    let epoch = epoch::now();
    let Some(errand) = ERRANDS.iter().find(|errand| {
        let old = errand.epoch.load(Ordering::Relaxed);
        old != epoch
            && errand.epoch.compare_exchange(old, epoch, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }) else {
        return false;
    };
    errand.function.store(event.function, Ordering::Relaxed);
    errand.value.store(event.value, Ordering::Relaxed);
    let place = core::ptr::from_ref(errand).cast_mut().cast();
    let attributes = core::ptr::with_exposed_provenance(event.attributes);
    // SAFETY: the attributes are the program's, or none.
    let started = unsafe { start(tell, attributes, place) };
    if !started {
        errand.epoch.store(0, Ordering::Release);
    }
    started
}

unsafe extern "C-unwind" fn tell(errand: *mut c_void) -> *mut c_void {
    // SAFETY: one of the statics, as `run` gave it.
    let errand: &'static Errand = unsafe { &*errand.cast() };
    let value = errand.value.load(Ordering::Relaxed);
    let function = errand.function.load(Ordering::Relaxed);
    errand.epoch.store(0, Ordering::Release);
    // The program's own code, with no signal blocked (glibc).
    signals::restore(Mask(0));
    // SAFETY: the function that the program gave for this, with its value; a union of a word is passed as that word.
    unsafe {
        let function = core::mem::transmute::<*const (), unsafe extern "C-unwind" fn(usize)>(
            core::ptr::with_exposed_provenance(function),
        );
        function(value);
    }
    // Hooks have made a record of this thread where the function came by one that needs it.
    threads::leaves();
    core::ptr::null_mut()
}
