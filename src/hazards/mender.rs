//! One thread mends at a time; the others wait until it is done. Who mended in a parent is forgotten with the page.

use crate::ident::page;
use crate::sys::{futex, process};
use core::sync::atomic::Ordering;

/// Does `work` while it `is_pending`. `work` may come back here, for something inside what it is at: it is then done at
/// once. Signals are held by the caller.
pub fn mend(is_pending: impl Fn() -> bool, work: impl Fn()) {
    let mender = &page::get().mender;
    let me = process::thread();
    while is_pending() {
        match mender.compare_exchange(0, me, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                if is_pending() {
                    work();
                }
                mender.store(0, Ordering::Release);
                futex::wake(mender);
            }
            Err(same) if same == me => work(),
            Err(other) => futex::wait(mender, other, 100),
        }
    }
}
