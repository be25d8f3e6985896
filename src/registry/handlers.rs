//! Which function the program has for each signal, and which process installed it.
//!
//! The kernel has only the last word on *what* is installed; *when* it was, before a fork or after, stands here. And
//! where a trampoline lies in a handler's place, here is the handler.

use crate::ident::{epoch, page};
use crate::sys::signals::{self, Action};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

const WANTS_INFO: usize = 1 << (usize::BITS - 1);
const SIGINFO: u32 = libc::SA_SIGINFO.cast_unsigned();

/// How many signals there are (signal(7)).
const SIGNALS: usize = 64;

/// What a program installed for one signal.
#[repr(C)]
pub struct Handler {
    /// The function, 0 for none that we saw, and in the highest bit, which no address has, whether the program wants a
    /// siginfo. One word: a fork beside a thread that changes it finds the two together.
    function: AtomicUsize,
    /// The same before the last change.
    previous: AtomicUsize,
    /// The epoch in which it was installed.
    epoch: AtomicU32,
    /// The process that installed it.
    installer: AtomicU32,
    /// The program's flags, from when a trampoline was put in its place.
    flags: AtomicU32,
}

static HANDLERS: [Handler; SIGNALS] = [const {
    Handler {
        function: AtomicUsize::new(0),
        previous: AtomicUsize::new(0),
        epoch: AtomicU32::new(0),
        installer: AtomicU32::new(0),
        flags: AtomicU32::new(0),
    }
}; SIGNALS];
/// Bit `signal - 1`: the program has installed something for it.
static KNOWN: AtomicU64 = AtomicU64::new(0);
/// The trampoline, once trampolines are in use.
static TRAMPOLINE: AtomicUsize = AtomicUsize::new(0);
/// An action of our own for faults, where the program has none.
static HIDDEN: AtomicUsize = AtomicUsize::new(0);

/// The record of `signal`; of what is no signal, some record.
#[inline(always)]
#[must_use]
pub fn get(signal: i32) -> &'static Handler {
    // The compiler knows the remainder to be below `SIGNALS`.
    HANDLERS.get(signal.wrapping_sub(1).cast_unsigned() as usize % SIGNALS).unwrap_or(&HANDLERS[0])
}

impl Handler {
    /// The program's function.
    #[inline(always)]
    #[must_use]
    pub fn function(&self) -> usize {
        self.function.load(Ordering::Acquire) & !WANTS_INFO
    }

    /// Was it installed in another process than this, from which we have it?
    #[inline]
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.function() != 0 && self.epoch.load(Ordering::Relaxed) != epoch::now()
    }

    /// Does its signal stay unblocked while it runs? Known once a trampoline is in its place.
    #[must_use]
    pub fn is_interruptible(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & libc::SA_NODEFER.cast_unsigned() != 0
    }

    /// The process that installed it, 0 for none.
    #[must_use]
    pub fn installer(&self) -> u32 {
        self.installer.load(Ordering::Relaxed)
    }

    /// Do waits that it interrupted begin again?
    #[must_use]
    pub fn restarts(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & libc::SA_RESTART.cast_unsigned() != 0
    }
}

/// Is this a function, and not the name of something the kernel does?
#[inline]
#[must_use]
pub const fn is_function(handler: usize) -> bool {
    handler != libc::SIG_DFL && handler != libc::SIG_IGN && handler != libc::SIG_ERR
}

/// Process `epoch` has installed `function` for `signal`.
#[inline]
pub fn installed(signal: i32, function: usize, wants_info: bool, epoch: u32) {
    let handler = get(signal);
    let trampoline = TRAMPOLINE.load(Ordering::Relaxed);
    let old = handler.function.load(Ordering::Relaxed);
    let new = if function == trampoline {
        // It asked the kernel what was installed, past us, and puts that back: what was before, if anything was.
        match handler.previous.load(Ordering::Relaxed) {
            0 => old,
            previous => previous,
        }
    } else {
        function | if wants_info { WANTS_INFO } else { 0 }
    };
    if old != new {
        handler.previous.store(old, Ordering::Relaxed);
    }
    handler.function.store(new, Ordering::Release);
    handler.epoch.store(epoch, Ordering::Relaxed);
    handler.installer.store(page::get().pid.load(Ordering::Relaxed), Ordering::Relaxed);
    if let Some(bit) = bit(signal)
        && KNOWN.load(Ordering::Relaxed) & bit == 0
    {
        KNOWN.fetch_or(bit, Ordering::Relaxed);
    }
    if trampoline != 0 {
        place(signal, trampoline);
    }
}

const fn bit(signal: i32) -> Option<u64> {
    if signal < 1 || signal > 64 { None } else { Some(1 << (signal - 1)) }
}

/// Has the program installed something for any signal?
#[must_use]
pub fn any() -> bool {
    KNOWN.load(Ordering::Relaxed) != 0
}

/// Are trampolines in use?
#[inline(always)]
#[must_use]
pub fn are_placed() -> bool {
    TRAMPOLINE.load(Ordering::Relaxed) != 0
}

/// From now on `trampoline` lies in the place of each handler.
pub fn place_all(trampoline: usize) {
    TRAMPOLINE.store(trampoline, Ordering::Relaxed);
    let known = KNOWN.load(Ordering::Relaxed);
    for signal in (1..=64).filter(|&signal| bit(signal).is_some_and(|bit| known & bit != 0)) {
        place(signal, trampoline);
    }
}

/// A handler that no hook saw installed stays as it is, and so do those of faults: they may run on a broken stack.
fn place(signal: i32, trampoline: usize) {
    /// Another thread changes the same signal: at some time it will be done.
    const TIMES: u32 = 8;
    let handler = get(signal);
    if signals::is_fault(signal) {
        return;
    }
    for _ in 0..TIMES {
        let Ok(now) = signals::action(signal, None) else { return };
        if now.handler != handler.function() || !is_function(now.handler) {
            return;
        }
        handler.flags.store(low(now.flags), Ordering::Relaxed);
        let flags = now.flags | u64::from(SIGINFO);
        let Ok(before) = signals::action(signal, Some(&Action { handler: trampoline, flags, ..now })) else {
            return;
        };
        if before.handler == now.handler && before.flags == now.flags && before.mask == now.mask {
            return;
        }
        let _the_last_word = signals::action(signal, Some(&before));
    }
}

const fn low(flags: u64) -> u32 {
    // The kernel's flags have 32 bits.
    #[allow(clippy::cast_possible_truncation)]
    let low = flags as u32;
    low
}

/// The program does not see `action`, which is ours: what it sees is the default.
pub fn hides(action: usize) {
    HIDDEN.store(action, Ordering::Relaxed);
}

/// Is it that one?
#[inline]
#[must_use]
pub fn is_hidden(handler: usize) -> bool {
    handler == HIDDEN.load(Ordering::Relaxed) && handler != libc::SIG_DFL
}

/// What the program had installed, as it was before a call that answers it.
#[derive(Clone, Copy)]
pub struct Before {
    function: usize,
    flags: u32,
}

/// To be asked before the call.
#[inline]
#[must_use]
pub fn before(signal: i32) -> Before {
    let handler = get(signal);
    Before {
        function: handler.function.load(Ordering::Acquire),
        flags: handler.flags.load(Ordering::Relaxed),
    }
}

impl Before {
    /// The handler that the program is to see where the kernel says `handler`.
    #[inline]
    #[must_use]
    pub fn seen(self, handler: usize) -> usize {
        if is_trampoline(handler) {
            self.function & !WANTS_INFO
        } else if is_hidden(handler) {
            libc::SIG_DFL
        } else {
            handler
        }
    }

    /// The flags it is to see with them.
    #[inline]
    #[must_use]
    pub fn seen_flags(self, handler: usize, flags: u32) -> u32 {
        // `SA_RESETHAND` leaves the flags of what it takes away (sigaction(2)).
        let was_reset = || {
            let reset = flags & libc::SA_RESETHAND.cast_unsigned() != 0 && handler == libc::SIG_DFL;
            reset && are_placed() && (flags ^ self.flags) & !SIGINFO == 0
        };
        if self.function & WANTS_INFO == 0 && (is_trampoline(handler) || was_reset()) {
            flags & !SIGINFO
        } else {
            flags
        }
    }
}

#[inline]
fn is_trampoline(handler: usize) -> bool {
    is_function(handler) && handler == TRAMPOLINE.load(Ordering::Relaxed)
}
