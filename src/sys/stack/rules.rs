//! What a module's tables say of one instruction: where its frame ends, and where its caller's registers are.
//!
//! # Safety
//! The loader says where the tables of a module lie, and the whole of a module is one mapping (`_dl_find_object`, glibc).
#![allow(unsafe_code)]

use super::expression::evaluate;
use super::known::Simple;
use super::{Frame, column};
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
    /// The same, where all is simple: the frame ends above one of two registers, and what was saved lies below that end.
    pub(super) fn simple(&self) -> Option<Simple> {
        let CfaRule::RegisterAndOffset { register, offset } = self.row.cfa() else { return None };
        if self.is_signal || ![column::FRAME, column::STACK].contains(&register.0) {
            return None;
        }
        let words = |offset: i64| if offset % 8 == 0 { i16::try_from(offset / 8).ok() } else { None };
        let saved = |number: u16| match self.row.register(Register(number)) {
            None | Some(RegisterRule::SameValue) => Some(0),
            Some(RegisterRule::Offset(offset)) if offset != 0 => words(offset),
            _ => None,
        };
        let back = saved(column::RETURN)?;
        // Where no register has it, it was pushed.
        if back == 0 && cfg!(target_arch = "x86_64") {
            return None;
        }
        Some(Simple {
            by_frame_pointer: register.0 == column::FRAME,
            top: u16::try_from(words(*offset)?).ok()?,
            frame_pointer: saved(column::FRAME)?,
            back,
        })
    }

    /// The canonical address of the frame: where the caller's stack was before the call.
    pub(super) fn top(&self, frame: &Frame, is_ours: bool) -> Option<usize> {
        match self.row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => {
                frame.column(register.0)?.checked_add_signed(isize::try_from(*offset).ok()?)
            }
            CfaRule::Expression(expression) => {
                evaluate(expression.get(&self.table).ok()?, frame, None, is_ours)
            }
        }
    }

    /// What the caller had in the register with this number; the frame ends at `top`.
    pub(super) fn saved(&self, number: u16, frame: &Frame, top: usize, is_ours: bool) -> Saved {
        let at = |offset: i64| top.checked_add_signed(isize::try_from(offset).ok()?);
        let computed = |expression: gimli::UnwindExpression<usize>| {
            evaluate(expression.get(&self.table).ok()?, frame, Some(top), is_ours)
        };
        let known = match self.row.register(Register(number)) {
            None | Some(RegisterRule::SameValue) => Some(Saved::Unchanged),
            Some(RegisterRule::Offset(offset)) => at(offset).map(Saved::At),
            Some(RegisterRule::ValOffset(offset)) => at(offset).map(Saved::Value),
            Some(RegisterRule::Expression(expression)) => computed(expression).map(Saved::At),
            Some(RegisterRule::ValExpression(expression)) => computed(expression).map(Saved::Value),
            Some(RegisterRule::Register(other)) => frame.column(other.0).map(Saved::Value),
            Some(_) => None,
        };
        known.unwrap_or(Saved::Nowhere)
    }
}

/// Where a register of the caller's is.
#[derive(Clone, Copy)]
pub(super) enum Saved {
    /// Nobody knows, or nothing calls this frame.
    Nowhere,
    /// Still in it.
    Unchanged,
    /// This is it.
    Value(usize),
    /// In this word.
    At(usize),
}
