//! Finds what the entry points need, and what every reference in it means.
//!
//! Phase 3. Text sections are cut into functions at their symbols. Functions that the entry points reach
//! through calls, addresses and data are decoded into blocks ([`crate::ir`]), and each relocation becomes a
//! [`Target`]. What is not reached is left out.
//!
//! The problem: most relocations name sections and offsets, not functions. So it must be checked that such an
//! offset is the start of a function, and that a jump does not leave its function. LLVM writes the entries of
//! a jump table as offsets from the start of a section, so they are looked up in the section of the function
//! that loads the table.
//!
//! *Invariant*: for any inputs, the resulting [`Program`] satisfies the invariant of [`crate::ir`].

use crate::error::{LinkError, Referrer, Undefined, UndefinedKind};
use crate::ink::EnforcedError;
use crate::input::{Binding, Object, Reloc, SectionKind, SymbolKind, SymbolPlace};
use crate::ir::{Block, BlockId, Chunk, End, Fixup, Function, Item, Program, Region, Target};
use crate::reloc::RelocKind;
use crate::symbols::{Definition, Symbols};
use bpf_isa::{Callee, Insn, Kind, Op, Reg, Slot, WideImm};
use contract_abi::image::MAX_FRAME_SIZE;
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::FRAME_ALIGN;
use std::collections::{BTreeMap, BTreeSet};

/// Resolves the program with these entry points. Returns it and the names of functions that it does not need.
///
/// # Errors
/// All variants of [`LinkError`] that name a place in an input, [`LinkError::MissingEntry`] and
/// [`LinkError::Undefined`].
pub(crate) fn resolve<'a>(
    objects: &'a [Object<'a>],
    symbols: &'a Symbols<'a>,
    deploy: &str,
    call: &str,
    locate: &dyn Fn(usize, usize, u64) -> Vec<Referrer>,
) -> Result<(Program<'a>, Vec<&'a str>), LinkError> {
    let mut resolver = Resolver {
        objects,
        symbols,
        spans: spans(objects, symbols),
        frames: frames(objects, symbols)?,
        ids: BTreeMap::new(),
        nodes: Vec::new(),
        function_count: 0,
        chunk_count: 0,
        functions: Vec::new(),
        chunks: Vec::new(),
        undefined: BTreeMap::new(),
    };
    let entries = [resolver.entry(deploy)?, resolver.entry(call)?];
    // Functions and chunks are numbered when first reached, and processed in that order.
    let mut next = 0;
    while let Some(&node) = resolver.nodes.get(next) {
        match node {
            Node::Function(object, section, start) => {
                let function = resolver.function(object, section, start)?;
                resolver.functions.push(function);
            }
            Node::Section(object, section) => {
                let chunk = resolver.chunk(object, section)?;
                resolver.chunks.push(chunk);
            }
            Node::Common(index) => {
                let common = symbols.commons[index];
                resolver.chunks.push(Chunk {
                    name: common.name,
                    region: Region::Bss,
                    source: None,
                    data: &[],
                    size: common.size,
                    align: common.align,
                    fixups: Vec::new(),
                });
            }
        }
        next += 1;
    }
    resolver.undefined(locate)?;
    let unused = resolver.unused();
    let (functions, chunks) = (resolver.functions, resolver.chunks);
    Ok((Program { functions, chunks, deploy: entries[0], call: entries[1] }, unused))
}

/// Something that gets a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// Object, section, first byte.
    Function(usize, usize, u64),
    Section(usize, usize),
    Common(usize),
}

/// The bytes of a function in its section.
struct Span<'a> {
    end: u64,
    name: &'a str,
}

/// Functions of each text section, by first byte.
type Spans<'a> = BTreeMap<(usize, usize), BTreeMap<u64, Span<'a>>>;

struct Resolver<'a> {
    objects: &'a [Object<'a>],
    symbols: &'a Symbols<'a>,
    spans: Spans<'a>,
    /// Frame size in bytes of the function that starts at (object, section, offset).
    frames: BTreeMap<(usize, usize, u64), u64>,
    /// The id of a node among the nodes of its kind (functions or chunks).
    ids: BTreeMap<Node, usize>,
    nodes: Vec<Node>,
    function_count: usize,
    chunk_count: usize,
    functions: Vec<Function<'a>>,
    chunks: Vec<Chunk<'a>>,
    /// Places that refer to each undefined symbol: object, section, offset.
    undefined: BTreeMap<&'a str, Vec<(usize, usize, u64)>>,
}

/// What a relocated field refers to.
enum Reference {
    Target(Target),
    Absolute(i64),
    Helper(u32),
    /// An entry of `.jumptables`: object, section, first byte, length in bytes.
    JumpTable(usize, usize, u64, u64),
    /// Nothing; it is in the list of undefined symbols.
    Undefined,
}

impl<'a> Resolver<'a> {
    fn entry(&mut self, name: &str) -> Result<usize, LinkError> {
        let missing = || LinkError::MissingEntry { name: name.to_owned() };
        let Some(Definition::Section { object, section, offset }) = self.symbols.global(name) else {
            return Err(missing());
        };
        if !self.is_function(object, section, offset) {
            return Err(missing());
        }
        Ok(self.id(Node::Function(object, section, offset)))
    }

    fn is_function(&self, object: usize, section: usize, offset: u64) -> bool {
        self.spans.get(&(object, section)).is_some_and(|spans| spans.contains_key(&offset))
    }

    fn id(&mut self, node: Node) -> usize {
        if let Some(&id) = self.ids.get(&node) {
            return id;
        }
        let count = match node {
            Node::Function(..) => &mut self.function_count,
            Node::Section(..) | Node::Common(_) => &mut self.chunk_count,
        };
        let id = *count;
        *count += 1;
        self.nodes.push(node);
        self.ids.insert(node, id);
        id
    }

    /// The target of the relocation.
    fn reference(&mut self, object: usize, section: usize, reloc: &Reloc) -> Result<Reference, LinkError> {
        let bad = |reason| {
            Err(LinkError::BadRelocation { place: self.objects[object].place(section, reloc.offset), reason })
        };
        let target = match self.symbols.resolve(self.objects, object, reloc.symbol) {
            Definition::Helper(number) => {
                return match reloc.addend {
                    0 => Ok(Reference::Helper(number)),
                    _ => bad("a helper function has no address, so the addend must be 0"),
                }
            }
            Definition::Absolute(value) => {
                return Ok(Reference::Absolute((value as i64).wrapping_add(reloc.addend)))
            }
            Definition::Absent if reloc.kind != RelocKind::Call => {
                return Ok(Reference::Absolute(reloc.addend))
            }
            Definition::Absent | Definition::Undefined => {
                let name = self.objects[object].symbols[reloc.symbol].name;
                self.undefined.entry(name).or_default().push((object, section, reloc.offset));
                return Ok(Reference::Undefined);
            }
            Definition::HeapBase => Target::HeapBase(reloc.addend),
            Definition::HeapEnd => Target::HeapEnd(reloc.addend),
            Definition::Common(index) => Target::Data(self.id(Node::Common(index)), reloc.addend),
            Definition::Section { object: to, section: to_section, offset } => {
                let at = (offset as i64).wrapping_add(reloc.addend);
                match self.objects[to].sections[to_section].kind {
                    SectionKind::Text => match u64::try_from(at) {
                        Ok(at) if self.is_function(to, to_section, at) => {
                            Target::Function(self.id(Node::Function(to, to_section, at)))
                        }
                        _ => return bad("it refers to an instruction that is not the start of a function"),
                    },
                    SectionKind::Rodata | SectionKind::Data | SectionKind::Bss => {
                        Target::Data(self.id(Node::Section(to, to_section)), at)
                    }
                    SectionKind::JumpTables => {
                        let size = self.objects[object].symbols[reloc.symbol].size;
                        return Ok(Reference::JumpTable(to, to_section, at as u64, size));
                    }
                    SectionKind::StackSizes | SectionKind::Debug | SectionKind::Ignored => {
                        return bad("it refers to a section that is not part of a program")
                    }
                }
            }
        };
        Ok(Reference::Target(target))
    }

    fn chunk(&mut self, object: usize, section: usize) -> Result<Chunk<'a>, LinkError> {
        let contents = &self.objects[object].sections[section];
        let mut fixups = Vec::with_capacity(contents.relocs.len());
        for reloc in &contents.relocs {
            let bad = |reason| {
                Err(LinkError::BadRelocation {
                    place: self.objects[object].place(section, reloc.offset),
                    reason,
                })
            };
            let width = match reloc.kind {
                RelocKind::Abs64 => 8,
                RelocKind::Abs32 => 4,
                RelocKind::Wide | RelocKind::Call => return bad("a relocation of code applies to data"),
            };
            match self.reference(object, section, reloc)? {
                Reference::Target(target) => fixups.push(Fixup { offset: reloc.offset, width, target }),
                Reference::Undefined => {}
                // The field holds the addend, which is the full value of an undefined weak symbol.
                Reference::Absolute(value) if value == reloc.addend => {}
                Reference::Absolute(_) => return bad("data must not refer to an absolute symbol"),
                Reference::Helper(_) => return bad("data refers to a helper function, which has no address"),
                Reference::JumpTable(..) => return bad("data must not refer to a jump table"),
            }
        }
        let region = match contents.kind {
            SectionKind::Data => Region::Data,
            SectionKind::Bss => Region::Bss,
            _ => Region::Rodata,
        };
        Ok(Chunk {
            name: contents.name,
            region,
            source: Some((object, section)),
            data: contents.data,
            size: contents.size,
            align: contents.align,
            fixups,
        })
    }

    fn function(&mut self, object: usize, section: usize, start: u64) -> Result<Function<'a>, LinkError> {
        let span = &self.spans[&(object, section)][&start];
        let (end, name) = (span.end, span.name);
        let mut code = Code { object, section, start, name, items: BTreeMap::new(), tables: Vec::new() };
        self.decode(&mut code, end)?;
        let blocks = self.blocks(&code, end)?;
        let index: BTreeMap<u64, BlockId> =
            blocks.iter().enumerate().map(|(id, block)| (block.start, id)).collect();
        let mut tables = Vec::new();
        for (_, targets) in &code.tables {
            tables.push(targets.iter().map(|target| index[target]).collect());
        }
        let blocks = blocks
            .into_iter()
            .map(|mut block| {
                block.end.retarget(|offset| index[&(offset as u64)]);
                Block { body: block.body, end: block.end }
            })
            .collect();
        let frame_size = self.frame_size(&code)?;
        Ok(Function { name, object, section, start, frame_size, blocks, returns_pair: true, tables })
    }

    fn bad_code(&self, code: &Code<'_>, offset: u64, reason: impl Into<String>) -> LinkError {
        LinkError::BadCode {
            place: self.objects[code.object].place(code.section, offset),
            function: crate::demangle::full(code.name),
            reason: reason.into(),
        }
    }

    /// Frame size from `.stack_sizes`. Without an entry the function may not use the stack.
    fn frame_size(&self, code: &Code<'_>) -> Result<u32, LinkError> {
        let size = match self.frames.get(&(code.object, code.section, code.start)) {
            Some(&size) => size,
            None => {
                let uses_stack = |item: &&Item| item.insn.reads().contains(Reg::R10);
                if let Some(item) = code.items.values().find(uses_stack) {
                    let reason = "it uses the stack, but no entry in `.stack_sizes` says how much";
                    return Err(self.bad_code(code, item.origin.into(), reason));
                }
                0
            }
        };
        match u32::try_from(size.next_multiple_of(FRAME_ALIGN.into())) {
            Ok(size) if size <= MAX_FRAME_SIZE => Ok(size),
            _ => Err(LinkError::TooLarge {
                what: format!("frame of `{}` is", crate::demangle::full(code.name)),
                size,
                limit: MAX_FRAME_SIZE.into(),
            }),
        }
    }

    fn decode(&mut self, code: &mut Code<'a>, end: u64) -> Result<(), LinkError> {
        let contents = &self.objects[code.object].sections[code.section];
        let relocs = &contents.relocs;
        let mut at = code.start;
        while at < end {
            let insn = bpf_isa::decode(contents.data, Slot((at / 8) as u32))
                .map_err(|error| self.bad_code(code, at, error.to_string()))?;
            let next = at + u64::from(insn.slots()) * 8;
            if next > end {
                return Err(self.bad_code(code, at, "its last instruction is cut off"));
            }
            let first = relocs.partition_point(|reloc| reloc.offset < at);
            let mut here = relocs[first..].iter().take_while(|reloc| reloc.offset < next);
            let reloc = here.next();
            if here.next().is_some() {
                return Err(self.bad_code(code, at, "it has two relocations"));
            }
            let item = self.item(code, at, insn, reloc)?;
            code.items.insert(at, item);
            at = next;
        }
        Ok(())
    }

    /// The instruction at `at` with its relocation resolved.
    fn item(
        &mut self,
        code: &mut Code<'a>,
        at: u64,
        mut insn: Insn,
        reloc: Option<&Reloc>,
    ) -> Result<Item, LinkError> {
        let (object, section) = (code.object, code.section);
        let mut target = None;
        match (insn.kind(), reloc) {
            (Kind::Call(Callee::Local), None) => {
                let to = insn.target(Slot((at / 8) as u32)).map(|slot| slot * 8).unwrap_or(-1);
                match u64::try_from(to) {
                    Ok(to) if self.is_function(object, section, to) => {
                        target = Some(Target::Function(self.id(Node::Function(object, section, to))));
                    }
                    _ => {
                        return Err(self.bad_code(
                            code,
                            at,
                            "it calls an instruction that is not the start of a function",
                        ))
                    }
                }
            }
            (Kind::Call(Callee::Local | Callee::Helper), Some(reloc))
                if reloc.kind == RelocKind::Call && reloc.offset == at =>
            {
                match self.reference(object, section, reloc)? {
                    Reference::Target(Target::Function(id)) => {
                        insn = Insn::new(Op::CallLocal);
                        target = Some(Target::Function(id));
                    }
                    Reference::Helper(number) => insn = Insn::new(Op::Call).with_imm(number.into()),
                    // The replacement does not matter: linking fails anyway.
                    Reference::Undefined => {
                        insn = Insn::new(Op::Call).with_imm(Intrinsic::Abort.number().into())
                    }
                    _ => return Err(self.bad_code(code, at, "it calls something that is not a function")),
                }
            }
            (Kind::LoadWide(WideImm::Value), Some(reloc))
                if reloc.kind == RelocKind::Wide && reloc.offset == at =>
            {
                match self.reference(object, section, reloc)? {
                    Reference::Target(to) => target = Some(to),
                    Reference::Absolute(value) => insn.imm = value,
                    Reference::JumpTable(object, section, start, size) => {
                        let index = self.jump_table(code, at, (object, section), start, size)?;
                        target = Some(Target::Table(index));
                    }
                    Reference::Undefined => {}
                    Reference::Helper(_) => {
                        return Err(self.bad_code(
                            code,
                            at,
                            "it takes the address of a helper function, but it has none",
                        ))
                    }
                }
            }
            (_, Some(reloc)) => {
                return Err(LinkError::BadRelocation {
                    place: self.objects[object].place(section, reloc.offset),
                    reason: "the relocation does not match the instruction it applies to",
                })
            }
            (Kind::LoadWide(WideImm::Value), None) => {}
            (Kind::LoadWide(_), None) => {
                return Err(self.bad_code(code, at, "maps and variables of the kernel are not supported"))
            }
            (Kind::Call(Callee::HelperByBtfId), None) => {
                return Err(self.bad_code(code, at, "functions of the kernel are not supported"))
            }
            (_, None) => {}
        }
        if target.is_some() {
            insn.imm = 0;
        }
        Ok(Item { insn, target, origin: at as u32 })
    }

    /// Number of the table among those of the function. A new table is added.
    fn jump_table(
        &mut self,
        code: &mut Code<'a>,
        at: u64,
        source: (usize, usize),
        start: u64,
        size: u64,
    ) -> Result<usize, LinkError> {
        let key = (source.0, source.1, start);
        if let Some(index) = code.tables.iter().position(|(known, _)| *known == key) {
            return Ok(index);
        }
        let data = self.objects[source.0].sections[source.1].data;
        let bytes =
            usize::try_from(start).ok().and_then(|from| data.get(from..from.checked_add(size as usize)?));
        let entries = match bytes {
            Some(bytes) if !bytes.is_empty() && bytes.len().is_multiple_of(8) => bytes,
            _ => return Err(self.bad_code(code, at, "its jump table does not lie within `.jumptables`")),
        };
        let targets = entries
            .chunks_exact(8)
            .map(|entry| u64::from_le_bytes(entry.try_into().expect("chunks are of 8 bytes; qed")))
            .collect();
        code.tables.push((key, targets));
        Ok(code.tables.len() - 1)
    }

    /// Cuts the code into blocks. Their ends name blocks by byte offset; the caller turns these into ids.
    fn blocks(&self, code: &Code<'_>, end: u64) -> Result<Vec<RawBlock>, LinkError> {
        let mut starts = BTreeSet::from([code.start]);
        for (&at, item) in &code.items {
            let next = at + u64::from(item.insn.slots()) * 8;
            if let (Kind::Jump | Kind::JumpLong | Kind::Branch(..), Some(slot)) =
                (item.insn.kind(), item.insn.target(Slot((at / 8) as u32)))
            {
                match u64::try_from(slot * 8) {
                    Ok(to) if code.items.contains_key(&to) => starts.insert(to),
                    _ => {
                        return Err(self.bad_code(
                            code,
                            at,
                            "it jumps out of its function, or into the middle of an instruction",
                        ))
                    }
                };
                starts.insert(next);
            }
            if item.insn.is_terminator() {
                starts.insert(next);
            }
        }
        for (_, targets) in &code.tables {
            for target in targets {
                if !code.items.contains_key(target) {
                    return Err(self.bad_code(
                        code,
                        code.start,
                        "its jump table has an entry that is not an instruction of the function",
                    ));
                }
                starts.insert(*target);
            }
        }
        starts.remove(&end);
        let mut blocks = Vec::with_capacity(starts.len());
        let mut rest = starts.iter().copied().peekable();
        while let Some(start) = rest.next() {
            let stop = rest.peek().copied().unwrap_or(end);
            blocks.push(self.block(code, start, stop, end)?);
        }
        Ok(blocks)
    }

    fn block(&self, code: &Code<'_>, start: u64, stop: u64, end: u64) -> Result<RawBlock, LinkError> {
        let mut body = Vec::new();
        for (&at, item) in code.items.range(start..stop) {
            let insn = item.insn;
            let to = || insn.target(Slot((at / 8) as u32)).unwrap_or(0) as usize * 8;
            let next = (at + u64::from(insn.slots()) * 8) as usize;
            let origin = item.origin;
            let found = match insn.kind() {
                Kind::Jump | Kind::JumpLong => Some(End::Jump(to())),
                Kind::Branch(..) if next as u64 == end => {
                    return Err(self.bad_code(code, at, "control runs off the end of the function"))
                }
                Kind::Branch(..) => {
                    Some(End::Branch { insn: insn.with_offset(0), taken: to(), other: next, origin })
                }
                Kind::Exit => Some(End::Exit { origin }),
                Kind::JumpPointer => Some(End::Table { reg: insn.dst, table: None, origin }),
                _ => {
                    body.push(*item);
                    item.never_returns().then_some(End::Never)
                }
            };
            if let Some(end) = found {
                return Ok(RawBlock { start, body, end });
            }
        }
        if stop < end {
            return Ok(RawBlock { start, body, end: End::Jump(stop as usize) });
        }
        // The compiler knows that the last call does not return. If it does, execution must stop here.
        let origin = body.last().map_or(start as u32, |item: &Item| item.origin);
        body.push(Item::trap(origin));
        Ok(RawBlock { start, body, end: End::Never })
    }

    fn undefined(&self, locate: &dyn Fn(usize, usize, u64) -> Vec<Referrer>) -> Result<(), LinkError> {
        if self.undefined.is_empty() {
            return Ok(());
        }
        let mut errors: Vec<Undefined> = Vec::new();
        for (&symbol, places) in &self.undefined {
            let kind = match EnforcedError::from_symbol(symbol) {
                Some(error) => UndefinedKind::Ink(error),
                None if symbol.starts_with("seal") => UndefinedKind::Syscall,
                None => UndefinedKind::Other,
            };
            let mut referrers: Vec<Referrer> = Vec::new();
            for &(object, section, offset) in places {
                let mut found = locate(object, section, offset);
                if found.is_empty() {
                    found.push(Referrer { function: self.name_of(object, section, offset), source: None });
                }
                for referrer in found {
                    if !referrers.contains(&referrer) {
                        referrers.push(referrer);
                    }
                }
            }
            errors.push(Undefined { symbol: symbol.to_owned(), kind, referrers });
        }
        Err(LinkError::Undefined(errors))
    }

    fn unused(&self) -> Vec<&'a str> {
        let all = self.spans.iter().flat_map(|(&(object, section), functions)| {
            functions.iter().map(move |(&start, span)| (Node::Function(object, section, start), span.name))
        });
        all.filter(|(node, _)| !self.ids.contains_key(node)).map(|(_, name)| name).collect()
    }

    /// The function or section that holds a byte.
    fn name_of(&self, object: usize, section: usize, offset: u64) -> String {
        let name = self
            .spans
            .get(&(object, section))
            .and_then(|spans| spans.range(..=offset).next_back())
            .map(|(_, span)| span.name)
            .filter(|name| !name.is_empty())
            .unwrap_or(self.objects[object].sections[section].name);
        crate::demangle::full(name)
    }
}

/// A function during decoding.
struct Code<'a> {
    object: usize,
    section: usize,
    start: u64,
    name: &'a str,
    /// By byte offset in the section.
    items: BTreeMap<u64, Item>,
    /// The origin of each table, and the section offsets in it.
    tables: Vec<((usize, usize, u64), Vec<u64>)>,
}

/// A block whose end names other blocks by byte offset.
struct RawBlock {
    start: u64,
    body: Vec<Item>,
    end: End,
}

fn spans<'a>(objects: &[Object<'a>], symbols: &Symbols<'_>) -> Spans<'a> {
    let mut spans = Spans::new();
    for (object, contents) in objects.iter().enumerate() {
        for symbol in &contents.symbols {
            let SymbolPlace::Section(section, start) = symbol.place else { continue };
            let text = &contents.sections[section];
            let named = symbol.kind == SymbolKind::Function
                || symbol.kind == SymbolKind::Other && symbol.binding != Binding::Local;
            if text.kind != SectionKind::Text
                || !named
                || start >= text.size
                || !start.is_multiple_of(8)
                || symbols.is_discarded(object, section)
            {
                continue;
            }
            let sized = match symbol.size {
                0 => text.size,
                size => start.saturating_add(size).min(text.size),
            };
            // If several names refer to the same bytes, keep the first in the file.
            spans
                .entry((object, section))
                .or_default()
                .entry(start)
                .or_insert(Span { end: sized.next_multiple_of(8), name: symbol.name });
        }
    }
    for functions in spans.values_mut() {
        let starts: Vec<u64> = functions.keys().copied().collect();
        for pair in starts.windows(2) {
            let span = functions.get_mut(&pair[0]).expect("the key was taken from this map; qed");
            span.end = span.end.min(pair[1]);
        }
    }
    spans
}

/// Frame sizes from all `.stack_sizes` sections. Each entry is an address and a ULEB128 number.
fn frames(
    objects: &[Object<'_>],
    symbols: &Symbols<'_>,
) -> Result<BTreeMap<(usize, usize, u64), u64>, LinkError> {
    let mut frames = BTreeMap::new();
    for (object, contents) in objects.iter().enumerate() {
        for (section, sizes) in contents.sections.iter().enumerate() {
            if sizes.kind != SectionKind::StackSizes || symbols.is_discarded(object, section) {
                continue;
            }
            let mut at = 0;
            while at < sizes.data.len() {
                let bad =
                    |reason| LinkError::BadRelocation { place: contents.place(section, at as u64), reason };
                let index = sizes
                    .relocs
                    .binary_search_by_key(&(at as u64), |reloc| reloc.offset)
                    .map_err(|_| bad("a frame size does not belong to any function"))?;
                let reloc = &sizes.relocs[index];
                let (size, len) = uleb(sizes.data.get(at + 8..).unwrap_or(&[]))
                    .ok_or_else(|| bad("a frame size is not a number"))?;
                if let Definition::Section { object, section, offset } =
                    symbols.resolve(objects, object, reloc.symbol)
                {
                    frames.insert((object, section, offset.wrapping_add(reloc.addend as u64)), size);
                }
                at += 8 + len;
            }
        }
    }
    Ok(frames)
}

/// A ULEB128 number of at most 63 bits, and its encoded length.
fn uleb(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}
