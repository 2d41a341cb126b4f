//! Builds instructions.

use super::api::BuilderRef;
use super::{c_string, ffi, Binary, Cast, Kind, Module, Predicate, Type, Value};

/// Inserts new instructions before an existing one.
pub struct Builder<'m> {
    module: &'m Module,
    raw: BuilderRef,
}

impl<'m> Builder<'m> {
    pub(super) fn new(module: &'m Module) -> Builder<'m> {
        Builder { module, raw: ffi!(module.api, LLVMCreateBuilderInContext(module.context)) }
    }

    fn wrap(&self, raw: super::api::ValueRef) -> Value<'m> {
        self.module.wrap(raw).expect("LLVM's builder never returns null; qed")
    }

    /// Continues before `instruction`, using its source location.
    pub fn before(&self, instruction: Value<'m>) {
        assert!(instruction.is_instruction());
        ffi!(self.module.api, LLVMPositionBuilderBefore(self.raw, instruction.raw));
        let place = ffi!(self.module.api, LLVMInstructionGetDebugLoc(instruction.raw));
        ffi!(self.module.api, LLVMSetCurrentDebugLocation2(self.raw, place));
    }

    /// From here on new instructions have no source location, as for code that belongs to a function's frame.
    pub fn without_source(&self) {
        ffi!(self.module.api, LLVMSetCurrentDebugLocation2(self.raw, std::ptr::null_mut()));
    }

    /// `op a, b`.
    pub fn binary(&self, op: Binary, a: Value<'m>, b: Value<'m>) -> Value<'m> {
        assert!(a.ty() == b.ty());
        self.wrap(ffi!(self.module.api, LLVMBuildBinOp(self.raw, op as u32, a.raw, b.raw, c"".as_ptr())))
    }

    /// `or a, b`; if one operand is the constant 0, the other operand.
    pub fn or(&self, a: Value<'m>, b: Value<'m>) -> Value<'m> {
        if a.is_zero() {
            return b;
        }
        self.binary(Binary::Or, a, b)
    }

    /// `shl value, bits`.
    pub fn shift_left(&self, value: Value<'m>, bits: u32) -> Value<'m> {
        match bits {
            0 => value,
            _ => self.binary(Binary::Shl, value, self.module.constant(value.ty(), bits.into())),
        }
    }

    /// `lshr value, bits`.
    pub fn shift_right(&self, value: Value<'m>, bits: u32) -> Value<'m> {
        match bits {
            0 => value,
            _ => self.binary(Binary::LShr, value, self.module.constant(value.ty(), bits.into())),
        }
    }

    /// `extractelement vector, index`.
    pub fn extract_element(&self, vector: Value<'m>, index: u64) -> Value<'m> {
        assert_eq!(vector.ty().kind(), Kind::Vector);
        let index = self.module.constant(self.module.int(64), index).raw;
        self.wrap(ffi!(self.module.api, LLVMBuildExtractElement(self.raw, vector.raw, index, c"".as_ptr())))
    }

    /// `insertelement vector, value, index`.
    pub fn insert_element(&self, vector: Value<'m>, value: Value<'m>, index: u64) -> Value<'m> {
        assert_eq!(vector.ty().kind(), Kind::Vector);
        let index = self.module.constant(self.module.int(64), index).raw;
        self.wrap(ffi!(
            self.module.api,
            LLVMBuildInsertElement(self.raw, vector.raw, value.raw, index, c"".as_ptr())
        ))
    }

    /// `icmp predicate a, b`.
    pub fn compare(&self, predicate: Predicate, a: Value<'m>, b: Value<'m>) -> Value<'m> {
        assert!(a.ty() == b.ty());
        self.wrap(ffi!(
            self.module.api,
            LLVMBuildICmp(self.raw, predicate as u32, a.raw, b.raw, c"".as_ptr())
        ))
    }

    /// `cast value to ty`; the value itself if it already has that type.
    pub fn cast(&self, cast: Cast, value: Value<'m>, ty: Type<'m>) -> Value<'m> {
        if value.ty() == ty {
            return value;
        }
        self.wrap(ffi!(
            self.module.api,
            LLVMBuildCast(self.raw, cast as u32, value.raw, ty.raw, c"".as_ptr())
        ))
    }

    /// `alloca ty`.
    pub fn alloca(&self, ty: Type<'m>, name: &str) -> Value<'m> {
        let name = c_string(name);
        self.wrap(ffi!(self.module.api, LLVMBuildAlloca(self.raw, ty.raw, name.as_ptr())))
    }

    /// `load ty, ptr address`.
    pub fn load(&self, ty: Type<'m>, address: Value<'m>) -> Value<'m> {
        assert_eq!(address.ty().kind(), Kind::Pointer);
        self.wrap(ffi!(self.module.api, LLVMBuildLoad2(self.raw, ty.raw, address.raw, c"".as_ptr())))
    }

    /// `store value, ptr address`.
    pub fn store(&self, value: Value<'m>, address: Value<'m>) -> Value<'m> {
        assert_eq!(address.ty().kind(), Kind::Pointer);
        self.wrap(ffi!(self.module.api, LLVMBuildStore(self.raw, value.raw, address.raw)))
    }

    /// The address `offset` bytes after `address`.
    pub fn byte(&self, address: Value<'m>, offset: Value<'m>) -> Value<'m> {
        assert!(address.ty().kind() == Kind::Pointer && offset.ty().int_width() == 64);
        let byte = self.module.int(8);
        let mut offset = offset.raw;
        self.wrap(ffi!(
            self.module.api,
            LLVMBuildInBoundsGEP2(self.raw, byte.raw, address.raw, &mut offset, 1, c"".as_ptr())
        ))
    }

    /// The address of word `index` of an array of 64-bit words.
    pub fn word(&self, array: Value<'m>, index: u64) -> Value<'m> {
        assert_eq!(array.ty().kind(), Kind::Pointer);
        let word = self.module.int(64);
        if index == 0 {
            return array;
        }
        let mut index = self.module.constant(word, index).raw;
        self.wrap(ffi!(
            self.module.api,
            LLVMBuildInBoundsGEP2(self.raw, word.raw, array.raw, &mut index, 1, c"".as_ptr())
        ))
    }

    /// `extractvalue aggregate, index`.
    pub fn extract(&self, aggregate: Value<'m>, index: u32) -> Value<'m> {
        assert!(matches!(aggregate.ty().kind(), Kind::Struct | Kind::Array));
        self.wrap(ffi!(self.module.api, LLVMBuildExtractValue(self.raw, aggregate.raw, index, c"".as_ptr())))
    }

    /// `insertvalue aggregate, value, index`.
    pub fn insert(&self, aggregate: Value<'m>, value: Value<'m>, index: u32) -> Value<'m> {
        assert!(matches!(aggregate.ty().kind(), Kind::Struct | Kind::Array));
        self.wrap(ffi!(
            self.module.api,
            LLVMBuildInsertValue(self.raw, aggregate.raw, value.raw, index, c"".as_ptr())
        ))
    }

    /// `poison` of a type.
    pub fn poison(&self, ty: Type<'m>) -> Value<'m> {
        self.wrap(ffi!(self.module.api, LLVMGetPoison(ty.raw)))
    }

    /// `call ty callee(args)`.
    pub fn call(&self, ty: Type<'m>, callee: Value<'m>, args: &[Value<'m>]) -> Value<'m> {
        let params = ty.params();
        assert!(params.len() == args.len() && params.iter().zip(args).all(|(p, a)| *p == a.ty()));
        let mut raw: Vec<_> = args.iter().map(|a| a.raw).collect();
        let count = raw.len() as u32;
        self.wrap(ffi!(
            self.module.api,
            LLVMBuildCall2(self.raw, ty.raw, callee.raw, raw.as_mut_ptr(), count, c"".as_ptr())
        ))
    }

    /// A call of a function with its own type.
    pub fn call_function(&self, function: Value<'m>, args: &[Value<'m>]) -> Value<'m> {
        self.call(function.content_type(), function, args)
    }

    /// `ret`, or `ret void`.
    pub fn ret(&self, value: Option<Value<'m>>) -> Value<'m> {
        self.wrap(match value {
            Some(value) => ffi!(self.module.api, LLVMBuildRet(self.raw, value.raw)),
            None => ffi!(self.module.api, LLVMBuildRetVoid(self.raw)),
        })
    }

    /// The module in which it builds.
    pub fn module(&self) -> &'m Module {
        self.module
    }
}

impl Drop for Builder<'_> {
    fn drop(&mut self) {
        ffi!(self.module.api, LLVMDisposeBuilder(self.raw));
    }
}
