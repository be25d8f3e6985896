//! The next definition of a symbol: the real function behind a hook, or an optional one of the loader.
//!
//! Everything is bound in the constructors, before threads exist. A hook that another library's
//! constructor calls earlier binds itself: `race` never waits and two winners store the same address.
//!
//! # Safety
//! A symbol's type is the caller's promise; `hook!` has it checked against libc's declaration.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_int, c_void};
use core::marker::PhantomData;
use core::mem::{size_of, transmute_copy};
use core::num::NonZeroUsize;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicPtr, Ordering};
use once_cell::race::OnceNonZeroUsize;

/// Stands in the slot of a symbol that libc does not have.
const ABSENT: NonZeroUsize = NonZeroUsize::MIN;

/// A function of type `F`, or data behind a reference, looked up behind this library (`RTLD_NEXT`, dlsym(3)).
pub struct Next<F> {
    name: &'static str,
    /// As `Required::version`.
    version: Option<&'static str>,
    address: OnceNonZeroUsize,
    kind: PhantomData<F>,
}

impl<F: Copy> Next<F> {
    /// `F` must be a function pointer of the symbol's type, or a reference to what it names; `name` ends in NUL.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(size_of::<F>() == size_of::<usize>(), "F is a function pointer");
        Self { address: OnceNonZeroUsize::new(), name, version: None, kind: PhantomData }
    }

    /// As `new`, of the version `version`, where libc has that.
    #[must_use]
    pub const fn versioned(name: &'static str, version: &'static str) -> Self {
        Self { version: Some(version), ..Self::new(name) }
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
            if let Some(address) = self.version.and_then(|version| next_version(self.name, version)) {
                return address.addr();
            }
            // SAFETY: `new` was given a name that ends in NUL. The answer is used here, so this is no tail call: the
            // loader finds "next" by the return address, which must lie in this library.
            let address = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr().cast()) };
            NonZeroUsize::new(address as usize).unwrap_or(ABSENT)
        })
    }
}

/// The definition of `name` in this version, behind this library. Both end in NUL.
fn next_version(name: &str, version: &str) -> Option<NonNull<c_void>> {
    // SAFETY: both names end in NUL; no tail call, as in `Next::bind`.
    let address = unsafe { libc::dlvsym(libc::RTLD_NEXT, name.as_ptr().cast(), version.as_ptr().cast()) };
    NonNull::new(address)
}

/// A function of a library that may be loaded later than this one, and privately (`RTLD_LOCAL`).
pub struct Late<F> {
    name: &'static str,
    address: OnceNonZeroUsize,
    kind: PhantomData<F>,
}

type Open = unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void;

impl<F: Copy> Late<F> {
    /// As [`Next::new`].
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(size_of::<F>() == size_of::<usize>(), "F is a function pointer");
        Self { address: OnceNonZeroUsize::new(), name, kind: PhantomData }
    }

    /// The function that the code at `caller` would have found without us.
    #[inline]
    pub fn get(&self, caller: usize) -> Option<F> {
        let address = match self.address.get() {
            Some(address) => address,
            None => self.find(caller)?,
        };
        // SAFETY: `new` checked the size; the address is that of the symbol the type was promised for.
        Some(unsafe { transmute_copy::<NonZeroUsize, F>(&address) })
    }

    #[cold]
    #[inline(never)]
    fn find(&self, caller: usize) -> Option<NonZeroUsize> {
        let name = self.name.as_ptr().cast();
        // SAFETY: `new` was given a name that ends in NUL; no tail call, as in `Next::bind`.
        let mut address = NonZeroUsize::new(unsafe { libc::dlsym(libc::RTLD_NEXT, name) } as usize);
        if address.is_none() {
            // SAFETY: Dl_info is plain data, all zeroes is a value.
            let mut info: libc::Dl_info = unsafe { core::mem::zeroed() };
            // SAFETY: dladdr looks the address up and fills the structure.
            let found = unsafe { libc::dladdr(core::ptr::without_provenance(caller), &raw mut info) };
            if found == 0 || info.dli_fname.is_null() {
                return None;
            }
            // SAFETY: as above; the name is one of our hooks.
            let open =
                NonZeroUsize::new(unsafe { libc::dlsym(libc::RTLD_NEXT, c"dlopen".as_ptr()) } as usize)?;
            // SAFETY: its type (dlopen(3)).
            let open = unsafe { transmute_copy::<NonZeroUsize, Open>(&open) };
            // SAFETY: the path of an object that is loaded: this counts one more user of it, and loads nothing.
            let object = unsafe { open(info.dli_fname, libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
            if object.is_null() {
                return None;
            }
            // SAFETY: the handle is open; the search goes through the object and what it needs, and so past us.
            address = NonZeroUsize::new(unsafe { libc::dlsym(object, name) } as usize);
        }
        // Two threads at once find the same.
        address.map(|address| self.address.get_or_init(|| address))
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
    /// Of a symbol that libc has in several versions, the one in use since glibc 2.3.2; ends in NUL.
    version: Option<&'static str>,
    kind: PhantomData<F>,
}

impl<F: Copy> Required<F> {
    /// `F` must be a function pointer of the symbol's type; `name` ends in NUL, as redhook wants it; `stub`
    /// hands this static to [`bind_required`] and jumps to the answer.
    #[must_use]
    pub const fn new(name: &'static str, stub: unsafe extern "C-unwind" fn()) -> Self {
        assert!(size_of::<F>() == size_of::<usize>(), "F is a function pointer");
        Self { address: AtomicPtr::new(stub as *mut ()), name, version: None, kind: PhantomData }
    }

    /// As `new`, of the version `version`: before glibc 2.36 dlsym answers the oldest.
    #[must_use]
    pub const fn versioned(
        name: &'static str,
        version: &'static str,
        stub: unsafe extern "C-unwind" fn(),
    ) -> Self {
        Self { version: Some(version), ..Self::new(name, stub) }
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
        if let Some(address) = self.version.and_then(|version| next_version(self.name, version)) {
            let address = address.as_ptr().cast();
            self.address.store(address, Ordering::Release);
            return address;
        }
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
