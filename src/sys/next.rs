//! The next definition of a symbol: the real function behind a hook, or an optional one of the loader.
//!
//! Everything is bound in the constructors, before threads exist. A hook that another library's
//! constructor calls earlier binds itself: `race` never waits and two winners store the same address.
//!
//! # Safety
//! A symbol's type is the caller's promise; `hook!` has it checked against libc's declaration.
#![allow(unsafe_code)]

use core::marker::PhantomData;
use core::mem::{size_of, transmute_copy};
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicPtr, Ordering};
use once_cell::race::OnceNonZeroUsize;

/// Stands in the slot of a symbol that libc does not have.
const ABSENT: NonZeroUsize = NonZeroUsize::MIN;

/// A function of type `F`, looked up behind this library (`RTLD_NEXT`, dlsym(3)).
pub struct Next<F> {
    name: &'static str,
    address: OnceNonZeroUsize,
    kind: PhantomData<F>,
}

impl<F: Copy> Next<F> {
    /// `F` must be a function pointer of the symbol's type; `name` ends in NUL.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(size_of::<F>() == size_of::<usize>(), "F is a function pointer");
        Self { address: OnceNonZeroUsize::new(), name, kind: PhantomData }
    }

    /// The function, or `None` where libc has no such symbol.
    #[inline]
    pub fn get(&self) -> Option<F> {
        let address = match self.address.get() {
            Some(address) => address,
            None => self.bind(),
        };
        // SAFETY: `new` checked the size; the address is that of the symbol the type was promised for.
        (address != ABSENT).then(|| unsafe { transmute_copy::<NonZeroUsize, F>(&address) })
    }

    /// Looks an optional symbol up.
    #[cold]
    #[inline(never)]
    pub fn bind(&self) -> NonZeroUsize {
        self.address.get_or_init(|| {
            // SAFETY: `new` was given a name that ends in NUL. The answer is used here, so this is no tail call: the
            // loader finds "next" by the return address, which must lie in this library.
            let address = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr().cast()) };
            NonZeroUsize::new(address as usize).unwrap_or(ABSENT)
        })
    }
}

/// A function that every libc this library can be loaded with has.
///
/// Until it is bound the address is that of a stub, which binds and jumps: a call through it needs no
/// test. The address comes first, since assembly jumps through it.
#[repr(C)]
pub struct Required<F> {
    address: AtomicPtr<()>,
    name: &'static str,
    kind: PhantomData<F>,
}

impl<F: Copy> Required<F> {
    /// `F` must be a function pointer of the symbol's type; `name` ends in NUL, as redhook wants it; `stub`
    /// hands this static to [`bind_required`] and jumps to the answer.
    #[must_use]
    pub const fn new(name: &'static str, stub: unsafe extern "C-unwind" fn()) -> Self {
        assert!(size_of::<F>() == size_of::<usize>(), "F is a function pointer");
        Self { address: AtomicPtr::new(stub as *mut ()), name, kind: PhantomData }
    }

    /// The function.
    #[inline]
    pub fn get(&self) -> F {
        let address = self.address.load(Ordering::Acquire);
        // SAFETY: `new` checked the size; the address is that of the symbol the type was promised for, or of the
        // stub that jumps to it.
        unsafe { transmute_copy::<*mut (), F>(&address) }
    }

    /// Looks the symbol up. Twice does no harm: the answer is the same.
    #[cold]
    #[inline(never)]
    pub fn bind(&self) -> *mut () {
        // SAFETY: `new` was given a name that ends in NUL. Panics where the symbol is missing, which the loader
        // has already ruled out.
        let address = unsafe { redhook::ld_preload::dlsym_next(self.name) }.cast_mut().cast();
        self.address.store(address, Ordering::Release);
        address
    }
}

/// Binds for a stub.
///
/// # Safety
/// `next` is one of the hooks' statics, whatever its function type.
pub unsafe extern "C" fn bind_required(next: &Required<unsafe extern "C-unwind" fn()>) -> *mut () {
    next.bind()
}
