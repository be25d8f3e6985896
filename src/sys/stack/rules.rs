//! What a module's tables say of one instruction: where its frame ends, and where its caller's registers are.
//!
//! # Safety
//! The loader says where the tables of a module lie, and the whole of a module is one mapping (`_dl_find_object`, glibc).
#![allow(unsafe_code)]

use super::expression::evaluate;
use super::{Columns, Frame, column};
use crate::sys::module::Found;
use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, EndianSlice, NativeEndian, Pointer, Register, RegisterRule,
    UnwindContext, UnwindContextStorage, UnwindSection, UnwindTableRow,
};

/// A module's table.
pub(super) type Table = EhFrame<EndianSlice<'static, NativeEndian>>;

/// Room for a function that saves every register a call must keep, and for two rows put aside. Too little ends the
/// stack.
struct Room;

impl UnwindContextStorage<usize> for Room {
    type Rules = [(Register, RegisterRule<usize>); 24];
    type Stack = [UnwindTableRow<usize, Self>; 3];
}

/// Where the rules are worked out.
pub(super) struct Desk(UnwindContext<usize, Room>);

/// The rules at one instruction.
pub(super) struct Rules<'a> {
    table: Table,
    row: &'a UnwindTableRow<usize, Room>,
    /// The frame is the kernel's, for a signal.
    pub(super) is_signal: bool,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self(UnwindContext::new_in())
    }

    /// The rules at `instruction`, which lies in the module `found`.
    pub(super) fn rules(&mut self, found: &Found, instruction: usize) -> Option<Rules<'_>> {
        let header_at = found.tables();
        let header = EhFrameHdr::new(bytes(found, header_at)?, NativeEndian);
        let bases = BaseAddresses::default().set_eh_frame_hdr(header_at as u64);
        let header = header.parse(&bases, 8).ok()?;
        let Pointer::Direct(table_at) = header.eh_frame_ptr() else { return None };
        let table = EhFrame::new(bytes(found, usize::try_from(table_at).ok()?)?, NativeEndian);
        let bases = bases.set_eh_frame(table_at);
        let place = instruction as u64;
        let index = header.table()?;
        let entry = index.fde_for_address(&table, &bases, place, EhFrame::cie_from_offset).ok()?;
        let is_signal = entry.is_signal_trampoline();
        let row = entry.unwind_info_for_address(&table, &bases, &mut self.0, place).ok()?;
        Some(Rules { table, row, is_signal })
    }
}

/// The module from `start` to its end.
fn bytes(found: &Found, start: usize) -> Option<&'static [u8]> {
    let range = found.range();
    let length = range.contains(&start).then(|| range.end - start)?;
    // SAFETY: part of a module that the calling thread executes, so it stays; what lies between its segments is mapped
    // as well, and the tables do not lead there.
    Some(unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(start), length) })
}

impl Rules<'_> {
    /// The canonical address of the frame: where the caller's stack was before the call.
    pub(super) fn top(&self, frame: &Frame, is_ours: bool) -> Option<usize> {
        match self.row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => {
                frame.column(usize::from(register.0))?.checked_add_signed(isize::try_from(*offset).ok()?)
            }
            CfaRule::Expression(expression) => {
                evaluate(expression.get(&self.table).ok()?, frame, None, is_ours)
            }
        }
    }

    /// Puts the caller's registers into `outer`, which holds the frame's own. Answers where its instruction was read, 0 for
    /// no word of the stack; `None` where there is no caller.
    pub(super) fn restore(
        &self,
        frame: &Frame,
        top: usize,
        is_ours: bool,
        outer: &mut Columns,
    ) -> Option<usize> {
        let mut place = 0;
        for (register, rule) in self.row.registers() {
            let Some(column) = outer.get_mut(usize::from(register.0)) else { continue };
            let at = |offset: &i64| top.checked_add_signed(isize::try_from(*offset).ok()?);
            let computed = |expression: &gimli::UnwindExpression<usize>| {
                evaluate(expression.get(&self.table).ok()?, frame, Some(top), is_ours)
            };
            let stored = match rule {
                RegisterRule::Offset(offset) => at(offset),
                RegisterRule::Expression(expression) => computed(expression),
                _ => None,
            };
            let value = match rule {
                RegisterRule::SameValue => continue,
                RegisterRule::ValOffset(offset) => at(offset),
                RegisterRule::ValExpression(expression) => computed(expression),
                RegisterRule::Register(other) => frame.column(usize::from(other.0)),
                _ => stored.and_then(|address| frame.word(address, is_ours)),
            };
            let is_return = usize::from(register.0) == column::RETURN;
            if is_return {
                place = stored.unwrap_or(0);
            }
            // What one frame does not know of a register matters only if another finds its own end by it.
            *column = match value {
                Some(value) => value,
                None if is_return => return None,
                None => 0,
            };
        }
        Some(place)
    }
}
