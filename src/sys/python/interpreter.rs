//! The interpreter of this process, if it has one: what of it is called, and what is compared with.
//!
//! Found by its symbols, in the program or in a libpython: in the constructor among what came with the program, later
//! (`mod_wsgi`, `uWSGI`) by a return address that lies in it, which costs no lock either. One of two interpreters in a process
//! is not read.
//!
//! # Safety
//! Functions of the interpreter's, of the types in its headers, that only read; a slot that is written once, before it is
//! said to be there.
#![allow(unsafe_code)]

use super::super::module;
use super::super::symbols::{self, Loaded};
use super::layout::{self, Layout};
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_int, c_void};
use core::mem::{MaybeUninit, transmute};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

type State = unsafe extern "C" fn() -> *const c_void;
type IsFinalizing = unsafe extern "C" fn() -> c_int;

/// What is known of it.
pub struct Interpreter {
    pub layout: Layout,
    /// `PyCode_Type`, `PyBytes_Type`, `PyUnicode_Type`
    pub code_type: usize,
    pub bytes_type: usize,
    pub text_type: usize,
    runtime: usize,
    /// `PyGILState_GetThisThreadState`: one look at the thread's own storage (`pthread_getspecific(3)`).
    own: State,
    /// `_PyThreadState_UncheckedGet`: that of the thread that has the GIL; since 3.12, this thread's if it has it.
    current: State,
    current_is_own: bool,
    is_finalizing: IsFinalizing,
    /// What it is in, if that came later and may go again (dlclose(3)).
    late: Option<&'static Loaded>,
}

/// Nobody has found one; somebody is writing what was found; it can be read; or `REFUSALS[...]` says why not.
const NONE: u32 = 0;
const FOUND: u32 = 1;
const KNOWN: u32 = 2;
const REFUSED: u32 = 3;

static STATE: AtomicU32 = AtomicU32::new(NONE);
/// Of a refusal: address and length of the sentence.
static WHY: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

struct Slot(UnsafeCell<MaybeUninit<Interpreter>>);

// SAFETY: written by the one that made `STATE` `FOUND`, and read by nobody before it is `KNOWN`.
unsafe impl Sync for Slot {}

static SLOT: Slot = Slot(UnsafeCell::new(MaybeUninit::uninit()));

/// Objects in which a symbol was looked for in vain; a few, since the callers of hooks are in a few.
static OTHERS: [AtomicUsize; 16] = [const { AtomicUsize::new(0) }; 16];

/// The interpreter, or why it is not read; `None` where there is none, or no longer.
#[must_use]
pub fn get() -> Option<Result<&'static Interpreter, &'static str>> {
    match STATE.load(Ordering::Acquire) {
        KNOWN => {
            // SAFETY: as `STATE` says, it was written before, and never is again.
            let python = unsafe { (*SLOT.0.get()).assume_init_ref() };
            python.is_loaded().then_some(Ok(python))
        }
        REFUSED => Some(Err(why())),
        _ => None,
    }
}

fn why() -> &'static str {
    let [start, length] = WHY.each_ref().map(|word| word.load(Ordering::Relaxed));
    let start = core::ptr::with_exposed_provenance(start);
    // SAFETY: the two words of a `&'static str`, stored before `STATE` said so, and once only but for `refuse`.
    unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(start, length)) }
}

fn refuse_because(sentence: &'static str) {
    for (word, value) in WHY.iter().zip([sentence.as_ptr().expose_provenance(), sentence.len()]) {
        word.store(value, Ordering::Relaxed);
    }
    STATE.store(REFUSED, Ordering::Release);
}

/// It is not as its version says. The same sentence always, since two threads may come to it at once.
pub fn refuse() {
    refuse_because("the interpreter's memory is not as that of its version should be");
}

/// Looks among what came with the program.
pub fn open() {
    for object in symbols::objects() {
        if look_into(object, false) {
            break;
        }
    }
}

/// Looks into the objects in which these return addresses lie: each is in use, so that it stays.
pub fn notice(addresses: &[usize]) {
    if STATE.load(Ordering::Relaxed) != NONE {
        return;
    }
    for &address in addresses {
        let Some(object) = module::loaded(address) else { continue };
        // Another object may come to be where one was, but hardly in both ways.
        let place = object.identity();
        if OTHERS.iter().any(|other| other.load(Ordering::Relaxed) == place) {
            continue;
        }
        if look_into(object, true) {
            break;
        }
        let free = OTHERS.iter().find(|other| other.load(Ordering::Relaxed) == 0);
        if let Some(free) = free.or_else(|| OTHERS.get(place / 4096 % OTHERS.len())) {
            free.store(place, Ordering::Relaxed);
        }
    }
}

/// Is there an interpreter in it? Then it is ours from now on, or refused.
fn look_into(object: &'static Loaded, is_late: bool) -> bool {
    let Some(own) = object.symbol(c"PyGILState_GetThisThreadState") else { return false };
    if STATE.compare_exchange(NONE, FOUND, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return true;
    }
    match read(object, own) {
        Ok(mut interpreter) => {
            interpreter.late = is_late.then_some(object);
            // SAFETY: this thread made `STATE` `FOUND`: nobody else writes, and nobody reads yet.
            unsafe { (*SLOT.0.get()).write(interpreter) };
            STATE.store(KNOWN, Ordering::Release);
        }
        Err(sentence) => refuse_because(sentence),
    }
    true
}

fn read(object: &Loaded, own: usize) -> Result<Interpreter, &'static str> {
    const WITHOUT: &str = "the interpreter exports no symbols for what is read of it";
    // Data may have been copied into the program, which all then use (`R_X86_64_COPY`).
    let data = |name: &CStr| {
        let copied = symbols::program().and_then(|program| program.symbol(name));
        copied.or_else(|| object.symbol(name)).ok_or(WITHOUT)
    };
    let minor = minor(object, &data)?;
    layout::is_known(minor)?;
    if object.symbol(c"_Py_NegativeRefcount").is_some() {
        return Err("debug builds of CPython are not read");
    }
    let function = |names: [&CStr; 2]| names.into_iter().find_map(|name| object.symbol(name)).ok_or(WITHOUT);
    let current = function([c"_PyThreadState_UncheckedGet", c"PyThreadState_GetUnchecked"])?;
    let is_finalizing = function([c"_Py_IsFinalizing", c"Py_IsFinalizing"])?;
    let runtime = data(c"_PyRuntime")?;
    Ok(Interpreter {
        late: None,
        layout: layout::of(minor, runtime)?,
        code_type: data(c"PyCode_Type")?,
        bytes_type: data(c"PyBytes_Type")?,
        text_type: data(c"PyUnicode_Type")?,
        runtime,
        // SAFETY: their types, as the headers have them.
        own: unsafe { transmute::<*const (), State>(core::ptr::with_exposed_provenance(own)) },
        // SAFETY: as above.
        current: unsafe { transmute::<*const (), State>(core::ptr::with_exposed_provenance(current)) },
        current_is_own: minor >= 12,
        // SAFETY: as above.
        is_finalizing: unsafe {
            transmute::<*const (), IsFinalizing>(core::ptr::with_exposed_provenance(is_finalizing))
        },
    })
}

/// The version's second number: in `Py_Version` since 3.11. Before, each version came with a function: asking
/// `Py_GetVersion` would have it write to a buffer that another thread may be reading.
fn minor(object: &Loaded, data: &impl Fn(&CStr) -> Result<usize, &'static str>) -> Result<u8, &'static str> {
    if let Ok(version) = data(c"Py_Version") {
        // SAFETY: an `unsigned long` of the interpreter's.
        let version = unsafe { *core::ptr::with_exposed_provenance::<usize>(version) };
        let [.., major, minor, _, _] = version.to_be_bytes();
        return if major == 3 { Ok(minor) } else { Err("only CPython 3 is read") };
    }
    let first_in = [(c"Py_Is", 10), (c"PyThreadState_GetFrame", 9), (c"PyVectorcall_Call", 8)];
    let found = first_in.into_iter().find(|(name, _)| object.symbol(name).is_some());
    Ok(found.map_or(7, |(_, minor)| minor))
}

/// A thread's state, and whether what it leads to stays while it is looked at.
pub struct Thread {
    pub state: usize,
    pub has_gil: bool,
}

impl Interpreter {
    /// The calling thread's, or why it has none.
    pub fn own(&self) -> Result<Thread, &'static str> {
        // SAFETY: reads the thread's own storage, see the declaration.
        let own = unsafe { (self.own)() }.addr();
        if own == 0 {
            return Err("this thread runs no Python");
        }
        // SAFETY: reads one word, of the runtime's or of the thread's own.
        let current = unsafe { (self.current)() }.addr();
        let several = self.word(self.layout.newest) != self.word(self.layout.main);
        if current == own || !several {
            return Ok(Thread { state: own, has_gil: current == own });
        }
        // A thread has a state in each interpreter, and only the one that has a GIL is known to be the right one.
        if current != 0 && self.current_is_own {
            return Ok(Thread { state: current, has_gil: true });
        }
        Err("more than one interpreter runs here, and this thread may be in any of them")
    }

    /// Is it where it was found? What came with the program stays.
    fn is_loaded(&self) -> bool {
        self.late.is_none_or(|late| {
            module::loaded(self.own as *const () as usize).is_some_and(|now| core::ptr::eq(now, late))
        })
    }

    /// Is it about to take everybody's frames away?
    #[must_use]
    pub fn is_finalizing(&self) -> bool {
        // SAFETY: reads one word of the runtime's.
        unsafe { (self.is_finalizing)() != 0 }
    }

    fn word(&self, offset: usize) -> usize {
        let word = core::ptr::with_exposed_provenance::<usize>(self.runtime.wrapping_add(offset));
        // SAFETY: a field of `_PyRuntime`, which is data of the interpreter's; others may write to it.
        unsafe { word.read_volatile() }
    }
}
