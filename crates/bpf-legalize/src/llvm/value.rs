//! Types and values.

use std::ffi::{c_char, c_uint};
use std::fmt;
use std::marker::PhantomData;

use super::api::{Api, AttributeRef, BlockRef, MetadataRef, TypeRef, ValueRef};
use super::{ffi, owned_text, Module};

/// A type of a module's context.
#[derive(Clone, Copy)]
pub struct Type<'m> {
    pub(super) api: &'static Api,
    pub(super) raw: TypeRef,
    pub(super) module: PhantomData<&'m Module>,
}

/// A function in which an instruction was written, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The function's symbol, if it has one.
    pub symbol: Option<String>,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// The kind of a type (`LLVMTypeKind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `void`
    Void,
    /// Any floating-point type.
    Float,
    /// `iN`
    Integer,
    /// A function's type.
    Function,
    /// `{ … }`
    Struct,
    /// `[N x T]`
    Array,
    /// `ptr`
    Pointer,
    /// `<N x T>`
    Vector,
    /// Labels, metadata, tokens, and whatever a newer LLVM adds.
    Other,
}

impl PartialEq for Type<'_> {
    /// LLVM stores each type only once in a context.
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let llvm = super::Llvm { api: self.api };
        f.write_str(&llvm.take_message(ffi!(self.api, LLVMPrintTypeToString(self.raw))))
    }
}

impl<'m> Type<'m> {
    fn of(self, raw: TypeRef) -> Type<'m> {
        Type { raw, ..self }
    }

    /// The kind of the type.
    pub fn kind(self) -> Kind {
        match ffi!(self.api, LLVMGetTypeKind(self.raw)) {
            0 => Kind::Void,
            1..=6 | 18 => Kind::Float,
            8 => Kind::Integer,
            9 => Kind::Function,
            10 => Kind::Struct,
            11 => Kind::Array,
            12 => Kind::Pointer,
            13 => Kind::Vector,
            _ => Kind::Other,
        }
    }

    /// Width of an integer type in bits; 0 for every other.
    pub fn int_width(self) -> u32 {
        match self.kind() {
            Kind::Integer => ffi!(self.api, LLVMGetIntTypeWidth(self.raw)),
            _ => 0,
        }
    }

    /// Result of a function type.
    pub fn result(self) -> Type<'m> {
        assert_eq!(self.kind(), Kind::Function);
        self.of(ffi!(self.api, LLVMGetReturnType(self.raw)))
    }

    /// Parameters of a function type.
    pub fn params(self) -> Vec<Type<'m>> {
        assert_eq!(self.kind(), Kind::Function);
        let count = ffi!(self.api, LLVMCountParamTypes(self.raw)) as usize;
        let mut raw = vec![std::ptr::null_mut(); count];
        ffi!(self.api, LLVMGetParamTypes(self.raw, raw.as_mut_ptr()));
        raw.into_iter().map(|t| self.of(t)).collect()
    }

    /// Whether a function type ends in `...`.
    pub fn is_variadic(self) -> bool {
        assert_eq!(self.kind(), Kind::Function);
        ffi!(self.api, LLVMIsFunctionVarArg(self.raw)) != 0
    }

    /// Members of a struct, array or vector type, in order; none for any other type.
    pub fn members(self) -> Vec<Type<'m>> {
        match self.kind() {
            Kind::Struct => {
                let count = ffi!(self.api, LLVMCountStructElementTypes(self.raw));
                (0..count).map(|i| self.of(ffi!(self.api, LLVMStructGetTypeAtIndex(self.raw, i)))).collect()
            }
            Kind::Array => {
                let count = ffi!(self.api, LLVMGetArrayLength2(self.raw)) as usize;
                vec![self.of(ffi!(self.api, LLVMGetElementType(self.raw))); count]
            }
            Kind::Vector => {
                let count = ffi!(self.api, LLVMGetVectorSize(self.raw)) as usize;
                vec![self.of(ffi!(self.api, LLVMGetElementType(self.raw))); count]
            }
            _ => Vec::new(),
        }
    }

    /// `[count x self]`.
    pub fn array(self, count: u64) -> Type<'m> {
        self.of(ffi!(self.api, LLVMArrayType2(self.raw, count)))
    }

    /// Element of an array or vector type.
    pub fn element(self) -> Type<'m> {
        assert!(matches!(self.kind(), Kind::Array | Kind::Vector));
        self.of(ffi!(self.api, LLVMGetElementType(self.raw)))
    }
}

/// A value of a module: global, argument, constant or instruction.
#[derive(Clone, Copy)]
pub struct Value<'m> {
    pub(super) module: &'m Module,
    pub(super) raw: ValueRef,
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

/// Instructions that the rewrites look at (`LLVMOpcode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // LLVM's language reference describes each.
pub enum Opcode {
    Ret,
    IndirectBr,
    Invoke,
    CallBr,
    Mul,
    UDiv,
    SDiv,
    URem,
    SRem,
    Shl,
    LShr,
    AShr,
    Alloca,
    Load,
    Store,
    Fence,
    AtomicCmpXchg,
    AtomicRmw,
    ICmp,
    Phi,
    Call,
    VaArg,
    LandingPad,
    Resume,
    Other,
}

/// Two-operand instructions that the rewrites build, with LLVM's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)] // As above.
pub enum Binary {
    Add = 8,
    Sub = 10,
    Mul = 12,
    Shl = 20,
    LShr = 21,
    AShr = 22,
    And = 23,
    Or = 24,
    Xor = 25,
}

/// Conversions that the rewrites build, with LLVM's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)] // As above.
pub enum Cast {
    Trunc = 30,
    ZExt = 31,
    SExt = 32,
    PtrToInt = 39,
    IntToPtr = 40,
    BitCast = 41,
}

/// Integer comparisons, with LLVM's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)] // As above.
pub enum Predicate {
    Eq = 32,
    Ne = 33,
    Ugt = 34,
    Uge = 35,
    Ult = 36,
    Ule = 37,
    Sgt = 38,
    Sge = 39,
    Slt = 40,
    Sle = 41,
}

/// Linkages that matter here, with LLVM's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)] // As above.
pub enum Linkage {
    External = 0,
    Internal = 8,
}

impl<'m> Value<'m> {
    fn of(self, raw: ValueRef) -> Value<'m> {
        assert!(!raw.is_null());
        Value { raw, ..self }
    }

    fn api(self) -> &'static Api {
        self.module.api
    }

    /// The module it belongs to.
    pub fn module(self) -> &'m Module {
        self.module
    }

    /// Its type.
    pub fn ty(self) -> Type<'m> {
        self.module.wrap_type(ffi!(self.api(), LLVMTypeOf(self.raw)))
    }

    /// Its name, empty if it has none.
    pub fn name(self) -> String {
        let mut len = 0;
        let start = ffi!(self.api(), LLVMGetValueName2(self.raw, &mut len));
        owned_text(start, len)
    }

    /// Renames it; LLVM appends a number if a global of this name exists.
    pub fn set_name(self, name: &str) {
        ffi!(self.api(), LLVMSetValueName2(self.raw, name.as_ptr().cast(), name.len()));
    }

    /// Replaces all uses of this value by `other`.
    pub fn replace_uses(self, other: Value<'m>) {
        assert!(self.raw != other.raw && self.ty() == other.ty());
        ffi!(self.api(), LLVMReplaceAllUsesWith(self.raw, other.raw));
    }

    /// Whether it has any uses.
    pub fn is_used(self) -> bool {
        !ffi!(self.api(), LLVMGetFirstUse(self.raw)).is_null()
    }

    // Globals.

    /// Whether it is a function, not a pointer to one.
    pub fn is_function(self) -> bool {
        !ffi!(self.api(), LLVMIsAFunction(self.raw)).is_null()
    }

    /// Whether a global has no body or initial value here.
    pub fn is_declaration(self) -> bool {
        ffi!(self.api(), LLVMIsDeclaration(self.raw)) != 0
    }

    /// Whether each thread has its own copy of a global variable.
    pub fn is_thread_local(self) -> bool {
        ffi!(self.api(), LLVMIsThreadLocal(self.raw)) != 0
    }

    /// Type of a global's content; for a function, its function type.
    pub fn content_type(self) -> Type<'m> {
        self.module.wrap_type(ffi!(self.api(), LLVMGlobalGetValueType(self.raw)))
    }

    /// Sets a global's linkage.
    pub fn set_linkage(self, linkage: Linkage) {
        // Visibility 0 is the default, and the only one allowed for a local symbol.
        ffi!(self.api(), LLVMSetVisibility(self.raw, 0));
        ffi!(self.api(), LLVMSetLinkage(self.raw, linkage as c_uint));
    }

    /// Whether the global is visible only in this module.
    pub fn is_local(self) -> bool {
        // `LLVMInternalLinkage`.
        self.is_private() || ffi!(self.api(), LLVMGetLinkage(self.raw)) == 8
    }

    /// Whether the global also has no symbol.
    pub fn is_private(self) -> bool {
        // `LLVMPrivateLinkage`.
        ffi!(self.api(), LLVMGetLinkage(self.raw)) == 9
    }

    /// Whether a function is one of LLVM's intrinsics.
    pub fn is_intrinsic(self) -> bool {
        self.is_function() && ffi!(self.api(), LLVMGetIntrinsicID(self.raw)) != 0
    }

    /// A function's parameters.
    pub fn params(self) -> Vec<Value<'m>> {
        assert!(self.is_function());
        let count = ffi!(self.api(), LLVMCountParams(self.raw));
        (0..count).map(|i| self.of(ffi!(self.api(), LLVMGetParam(self.raw, i)))).collect()
    }

    fn blocks(self) -> Vec<BlockRef> {
        assert!(self.is_function());
        let mut all = Vec::new();
        let mut at = ffi!(self.api(), LLVMGetFirstBasicBlock(self.raw));
        while !at.is_null() {
            all.push(at);
            at = ffi!(self.api(), LLVMGetNextBasicBlock(at));
        }
        all
    }

    /// A function's instructions, in the order of its blocks.
    pub fn instructions(self) -> Vec<Value<'m>> {
        let mut all = Vec::new();
        for block in self.blocks() {
            let mut at = ffi!(self.api(), LLVMGetFirstInstruction(block));
            while !at.is_null() {
                all.push(self.of(at));
                at = ffi!(self.api(), LLVMGetNextInstruction(at));
            }
        }
        all
    }

    /// The first instruction of a function's first block, where its allocas are placed.
    pub fn entry(self) -> Option<Value<'m>> {
        let block = self.blocks().first().copied()?;
        self.module.wrap(ffi!(self.api(), LLVMGetFirstInstruction(block)))
    }

    /// Moves all blocks of `from` to the end of this function.
    pub fn take_body(self, from: Value<'m>) {
        for block in from.blocks() {
            ffi!(self.api(), LLVMRemoveBasicBlockFromParent(block));
            ffi!(self.api(), LLVMAppendExistingBasicBlock(self.raw, block));
        }
    }

    /// Copies all properties of the function `from` that do not depend on its type: linkage, visibility,
    /// section, calling convention, alignment, function attributes, debug information.
    pub fn take_properties(self, from: Value<'m>) {
        assert!(self.is_function() && from.is_function());
        let api = self.api();
        let linkage = ffi!(api, LLVMGetLinkage(from.raw));
        ffi!(api, LLVMSetLinkage(self.raw, linkage));
        let visibility = ffi!(api, LLVMGetVisibility(from.raw));
        ffi!(api, LLVMSetVisibility(self.raw, visibility));
        let unnamed = ffi!(api, LLVMGetUnnamedAddress(from.raw));
        ffi!(api, LLVMSetUnnamedAddress(self.raw, unnamed));
        let convention = ffi!(api, LLVMGetFunctionCallConv(from.raw));
        ffi!(api, LLVMSetFunctionCallConv(self.raw, convention));
        let alignment = ffi!(api, LLVMGetAlignment(from.raw));
        ffi!(api, LLVMSetAlignment(self.raw, alignment));
        let section = ffi!(api, LLVMGetSection(from.raw));
        if !section.is_null() {
            ffi!(api, LLVMSetSection(self.raw, section));
        }
        for attribute in from.attributes(Place::Function) {
            ffi!(api, LLVMAddAttributeAtIndex(self.raw, Place::Function.index(), attribute));
        }
        // `!dbg` and similar. A subprogram may belong to only one function.
        let mut count = 0;
        let entries = ffi!(api, LLVMGlobalCopyAllMetadata(from.raw, &mut count));
        for i in 0..count as c_uint {
            let kind = ffi!(api, LLVMValueMetadataEntriesGetKind(entries, i));
            let metadata = ffi!(api, LLVMValueMetadataEntriesGetMetadata(entries, i));
            ffi!(api, LLVMGlobalSetMetadata(self.raw, kind, metadata));
        }
        ffi!(api, LLVMDisposeValueMetadataEntries(entries));
        ffi!(api, LLVMGlobalClearMetadata(from.raw));
    }

    /// The source location of a function or global, from its debug information.
    pub fn declared_at(self) -> Option<(String, u32)> {
        if !self.is_function() {
            return None;
        }
        let subprogram = ffi!(self.api(), LLVMGetSubprogram(self.raw));
        if subprogram.is_null() {
            return None;
        }
        let line = ffi!(self.api(), LLVMDISubprogramGetLine(subprogram));
        Some((self.file_of(subprogram)?, line))
    }

    /// The file of a debug information scope.
    fn file_of(self, scope: MetadataRef) -> Option<String> {
        let file = ffi!(self.api(), LLVMDIScopeGetFile(scope));
        if file.is_null() {
            return None;
        }
        let mut len = 0;
        let start = ffi!(self.api(), LLVMDIFileGetFilename(file, &mut len));
        Some(owned_text(start, len as usize))
    }

    // Constants.

    /// The value of a constant integer of at most 64 bits, zero-extended.
    pub fn as_constant(self) -> Option<u64> {
        (self.is_constant_int() && self.ty().int_width() <= 64)
            .then(|| ffi!(self.api(), LLVMConstIntGetZExtValue(self.raw)))
    }

    /// The initial value of a global variable.
    pub fn initializer(self) -> Option<Value<'m>> {
        if ffi!(self.api(), LLVMIsAGlobalVariable(self.raw)).is_null() {
            return None;
        }
        self.module.wrap(ffi!(self.api(), LLVMGetInitializer(self.raw)))
    }

    /// Whether it is a constant array that LLVM stores element by element: one whose elements are not
    /// integers, or of which some integers are not known. LLVM stores other arrays as plain data.
    pub fn is_constant_array_of_elements(self) -> bool {
        !ffi!(self.api(), LLVMIsAConstantArray(self.raw)).is_null()
    }

    /// Member `index` of a constant struct, array or vector.
    pub fn member(self, index: u32) -> Option<Value<'m>> {
        if ffi!(self.api(), LLVMIsAConstant(self.raw)).is_null() {
            return None;
        }
        self.module.wrap(ffi!(self.api(), LLVMGetAggregateElement(self.raw, index)))
    }

    /// Operands of a constant expression; none for anything else.
    pub fn constant_operands(self) -> Vec<Value<'m>> {
        if ffi!(self.api(), LLVMIsAConstantExpr(self.raw)).is_null() {
            return Vec::new();
        }
        let count = ffi!(self.api(), LLVMGetNumOperands(self.raw)) as c_uint;
        (0..count).filter_map(|i| self.module.wrap(ffi!(self.api(), LLVMGetOperand(self.raw, i)))).collect()
    }

    /// Whether it is a constant integer of any width.
    pub fn is_constant_int(self) -> bool {
        !ffi!(self.api(), LLVMIsAConstantInt(self.raw)).is_null()
    }

    /// Whether it is the constant 0 of its type.
    pub fn is_zero(self) -> bool {
        ffi!(self.api(), LLVMIsNull(self.raw)) != 0
    }

    /// The text of inline assembly that is called.
    pub fn as_inline_asm(self) -> Option<String> {
        if ffi!(self.api(), LLVMIsAInlineAsm(self.raw)).is_null() {
            return None;
        }
        let mut len = 0;
        let start = ffi!(self.api(), LLVMGetInlineAsmAsmString(self.raw, &mut len));
        Some(owned_text(start, len))
    }

    // Instructions.

    /// Whether it is an instruction.
    pub fn is_instruction(self) -> bool {
        !ffi!(self.api(), LLVMIsAInstruction(self.raw)).is_null()
    }

    /// An instruction's opcode; `Other` if it is not an instruction.
    pub fn opcode(self) -> Opcode {
        if !self.is_instruction() {
            return Opcode::Other;
        }
        match ffi!(self.api(), LLVMGetInstructionOpcode(self.raw)) {
            1 => Opcode::Ret,
            4 => Opcode::IndirectBr,
            5 => Opcode::Invoke,
            67 => Opcode::CallBr,
            12 => Opcode::Mul,
            14 => Opcode::UDiv,
            15 => Opcode::SDiv,
            17 => Opcode::URem,
            18 => Opcode::SRem,
            20 => Opcode::Shl,
            21 => Opcode::LShr,
            22 => Opcode::AShr,
            26 => Opcode::Alloca,
            27 => Opcode::Load,
            28 => Opcode::Store,
            42 => Opcode::ICmp,
            44 => Opcode::Phi,
            45 => Opcode::Call,
            49 => Opcode::VaArg,
            55 => Opcode::Fence,
            56 => Opcode::AtomicCmpXchg,
            57 => Opcode::AtomicRmw,
            58 => Opcode::Resume,
            59 => Opcode::LandingPad,
            _ => Opcode::Other,
        }
    }

    /// An instruction's operands.
    pub fn operands(self) -> Vec<Value<'m>> {
        assert!(self.is_instruction());
        let count = ffi!(self.api(), LLVMGetNumOperands(self.raw)) as c_uint;
        (0..count).filter_map(|i| self.module.wrap(ffi!(self.api(), LLVMGetOperand(self.raw, i)))).collect()
    }

    /// Arguments of a call.
    pub fn args(self) -> Vec<Value<'m>> {
        assert_eq!(self.opcode(), Opcode::Call);
        let count = ffi!(self.api(), LLVMGetNumArgOperands(self.raw));
        (0..count).map(|i| self.of(ffi!(self.api(), LLVMGetOperand(self.raw, i)))).collect()
    }

    /// The target of a call: a function, a pointer or inline assembly.
    pub fn callee(self) -> Value<'m> {
        assert_eq!(self.opcode(), Opcode::Call);
        self.of(ffi!(self.api(), LLVMGetCalledValue(self.raw)))
    }

    /// The function that a call calls directly.
    pub fn direct_callee(self) -> Option<Value<'m>> {
        (self.opcode() == Opcode::Call).then(|| self.callee()).filter(|c| c.is_function())
    }

    /// The name of the intrinsic that a call calls, with its overloads (`llvm.umul.with.overflow.i64`).
    pub fn called_intrinsic(self) -> Option<String> {
        self.direct_callee().filter(|f| f.is_intrinsic()).map(|f| f.name())
    }

    /// The function type that a call uses.
    pub fn called_type(self) -> Type<'m> {
        assert_eq!(self.opcode(), Opcode::Call);
        self.module.wrap_type(ffi!(self.api(), LLVMGetCalledFunctionType(self.raw)))
    }

    /// Whether a call carries operand bundles.
    pub fn has_bundles(self) -> bool {
        assert_eq!(self.opcode(), Opcode::Call);
        ffi!(self.api(), LLVMGetNumOperandBundles(self.raw)) != 0
    }

    /// Copies the calling convention of another call or function.
    pub fn take_calling_convention(self, from: Value<'m>) {
        if self.is_function() && from.is_function() {
            let convention = ffi!(self.api(), LLVMGetFunctionCallConv(from.raw));
            ffi!(self.api(), LLVMSetFunctionCallConv(self.raw, convention));
            return;
        }
        assert!(self.opcode() == Opcode::Call && from.opcode() == Opcode::Call);
        let convention = ffi!(self.api(), LLVMGetInstructionCallConv(from.raw));
        ffi!(self.api(), LLVMSetInstructionCallConv(self.raw, convention));
    }

    /// The type for which an alloca reserves space.
    pub fn allocated_type(self) -> Type<'m> {
        assert_eq!(self.opcode(), Opcode::Alloca);
        self.module.wrap_type(ffi!(self.api(), LLVMGetAllocatedType(self.raw)))
    }

    /// Sets the alignment of an alloca, load, store or global, in bytes.
    pub fn set_align(self, bytes: u32) {
        assert!(bytes.is_power_of_two());
        ffi!(self.api(), LLVMSetAlignment(self.raw, bytes));
    }

    /// The functions in which an instruction was written, from its debug information: the innermost, then the
    /// one into which that was inlined, and so on. The last is the source of the function that contains the
    /// instruction.
    pub fn written_in(self) -> Vec<Origin> {
        assert!(self.is_instruction());
        let mut origins = Vec::new();
        let mut location = ffi!(self.api(), LLVMInstructionGetDebugLoc(self.raw));
        while !location.is_null() {
            let scope = ffi!(self.api(), LLVMDILocationGetScope(location));
            let line = ffi!(self.api(), LLVMDILocationGetLine(location));
            // Line 0 marks code that corresponds to no source line.
            if let Some(file) = self.file_of(scope).filter(|_| line != 0) {
                origins.push(Origin { symbol: self.linkage_name(scope), file, line });
            }
            location = ffi!(self.api(), LLVMDILocationGetInlinedAt(location));
        }
        origins
    }

    /// The symbol of the function that contains a debug information scope. LLVM's C interface has no accessor
    /// for it, but allows access to the operands.
    fn linkage_name(self, mut scope: MetadataRef) -> Option<String> {
        // `LLVMMetadataKind`; the operands are defined in `llvm/IR/DebugInfoMetadata.h`.
        const SUBPROGRAM: c_uint = 17;
        const LEXICAL_BLOCK: c_uint = 18;
        const LEXICAL_BLOCK_FILE: c_uint = 19;
        const SCOPE: usize = 1;
        const LINKAGE_NAME: usize = 3;
        loop {
            let operand = match ffi!(self.api(), LLVMGetMetadataKind(scope)) {
                SUBPROGRAM => LINKAGE_NAME,
                LEXICAL_BLOCK | LEXICAL_BLOCK_FILE => SCOPE,
                _ => return None,
            };
            let node = ffi!(self.api(), LLVMMetadataAsValue(self.module.context, scope));
            let count = ffi!(self.api(), LLVMGetMDNodeNumOperands(node));
            let mut operands = vec![std::ptr::null_mut(); count as usize];
            ffi!(self.api(), LLVMGetMDNodeOperands(node, operands.as_mut_ptr()));
            let value = operands.get(operand).copied().filter(|value| !value.is_null())?;
            if operand == LINKAGE_NAME {
                let mut len = 0;
                let start = ffi!(self.api(), LLVMGetMDString(value, &mut len));
                return (!start.is_null()).then(|| owned_text(start, len as usize));
            }
            scope = ffi!(self.api(), LLVMValueAsMetadata(value));
        }
    }

    /// Unlinks an instruction, or a function without a body. It must have no users left.
    pub fn erase(self) {
        assert!(!self.is_used(), "erased while in use");
        if self.is_function() {
            self.set_name("");
            self.module.graveyard.borrow_mut().functions.push(self.raw);
            return;
        }
        assert!(self.is_instruction());
        ffi!(self.api(), LLVMInstructionRemoveFromParent(self.raw));
        // While it waits, its operands should not count it as a user.
        for i in 0..ffi!(self.api(), LLVMGetNumOperands(self.raw)) as c_uint {
            let Some(operand) = self.module.wrap(ffi!(self.api(), LLVMGetOperand(self.raw, i))) else {
                continue;
            };
            if operand.ty().kind() != Kind::Other {
                let poison = ffi!(self.api(), LLVMGetPoison(operand.ty().raw));
                ffi!(self.api(), LLVMSetOperand(self.raw, i, poison));
            }
        }
        self.module.graveyard.borrow_mut().instructions.push(self.raw);
    }

    // Attributes.

    fn attributes(self, place: Place) -> Vec<AttributeRef> {
        let index = place.index();
        if self.is_function() {
            let count = ffi!(self.api(), LLVMGetAttributeCountAtIndex(self.raw, index)) as usize;
            let mut raw = vec![std::ptr::null_mut(); count];
            ffi!(self.api(), LLVMGetAttributesAtIndex(self.raw, index, raw.as_mut_ptr()));
            raw
        } else {
            assert_eq!(self.opcode(), Opcode::Call);
            let count = ffi!(self.api(), LLVMGetCallSiteAttributeCount(self.raw, index)) as usize;
            let mut raw = vec![std::ptr::null_mut(); count];
            ffi!(self.api(), LLVMGetCallSiteAttributes(self.raw, index, raw.as_mut_ptr()));
            raw
        }
    }

    /// Copies the attributes at `at` of the function or call `from` to `to` of this one.
    pub fn copy_attributes(self, to: Place, from: Value<'m>, at: Place) {
        for attribute in from.attributes(at) {
            if self.is_function() {
                ffi!(self.api(), LLVMAddAttributeAtIndex(self.raw, to.index(), attribute));
            } else {
                assert_eq!(self.opcode(), Opcode::Call);
                ffi!(self.api(), LLVMAddCallSiteAttribute(self.raw, to.index(), attribute));
            }
        }
    }

    /// Adds an attribute without a value to a function or call.
    pub fn add_attribute(self, place: Place, name: &str) {
        let kind = attribute_kind(self.api(), name);
        let attribute = ffi!(self.api(), LLVMCreateEnumAttribute(self.module.context, kind, 0));
        if self.is_function() {
            ffi!(self.api(), LLVMAddAttributeAtIndex(self.raw, place.index(), attribute));
        } else {
            assert_eq!(self.opcode(), Opcode::Call);
            ffi!(self.api(), LLVMAddCallSiteAttribute(self.raw, place.index(), attribute));
        }
    }

    /// Adds a `"name"="value"` attribute to a function.
    pub fn add_text_attribute(self, name: &str, value: &str) {
        assert!(self.is_function());
        let (name_len, value_len) = (name.len() as c_uint, value.len() as c_uint);
        let (name, value) = (name.as_ptr().cast::<c_char>(), value.as_ptr().cast::<c_char>());
        let context = self.module.context;
        let attribute =
            ffi!(self.api(), LLVMCreateStringAttribute(context, name, name_len, value, value_len));
        ffi!(self.api(), LLVMAddAttributeAtIndex(self.raw, Place::Function.index(), attribute));
    }

    /// Removes an attribute of a function or call, if present.
    pub fn remove_attribute(self, place: Place, name: &str) {
        let kind = attribute_kind(self.api(), name);
        if self.is_function() {
            ffi!(self.api(), LLVMRemoveEnumAttributeAtIndex(self.raw, place.index(), kind));
        } else {
            assert_eq!(self.opcode(), Opcode::Call);
            ffi!(self.api(), LLVMRemoveCallSiteEnumAttribute(self.raw, place.index(), kind));
        }
    }

    /// Whether a function has an attribute.
    pub fn has_attribute(self, place: Place, name: &str) -> bool {
        assert!(self.is_function());
        let kind = attribute_kind(self.api(), name);
        !ffi!(self.api(), LLVMGetEnumAttributeAtIndex(self.raw, place.index(), kind)).is_null()
    }
}

/// Which part of a function or call an attribute belongs to (`LLVMAttributeIndex`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The result.
    Result,
    /// The parameter of this number, from 0.
    Param(u32),
    /// The function or call itself.
    Function,
}

impl Place {
    fn index(self) -> c_uint {
        match self {
            Place::Result => 0,
            Place::Param(i) => i + 1,
            Place::Function => c_uint::MAX,
        }
    }
}

fn attribute_kind(api: &'static Api, name: &str) -> c_uint {
    let kind = ffi!(api, LLVMGetEnumAttributeKindForName(name.as_ptr().cast(), name.len()));
    assert_ne!(kind, 0, "{name} is an attribute of every LLVM this crate loads");
    kind
}
