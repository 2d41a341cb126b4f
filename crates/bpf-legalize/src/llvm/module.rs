//! A module, its context, and operations on the whole module.

use std::cell::RefCell;
use std::ffi::{c_char, CString};
use std::marker::PhantomData;

use super::api::{Api, ContextRef, ModuleRef, ValueRef};
use super::diagnostic::{on_diagnostic, Sink};
use super::{c_string, ffi, owned_text, Builder, Diagnostic, Llvm, TargetMachine, Type, Value};

/// One LLVM module together with its context.
pub struct Module {
    pub(super) api: &'static Api,
    pub(super) context: ContextRef,
    pub(super) raw: ModuleRef,
    /// Unlinked values; freed when nothing can refer to them.
    pub(super) graveyard: RefCell<Graveyard>,
    // Boxed: the context holds its address.
    sink: Box<Sink>,
}

#[derive(Default)]
pub(super) struct Graveyard {
    pub(super) instructions: Vec<ValueRef>,
    pub(super) functions: Vec<ValueRef>,
}

impl Module {
    /// Reads bitcode or text.
    ///
    /// # Errors
    /// LLVM's message.
    pub fn parse(llvm: Llvm, name: &str, ir: &[u8]) -> Result<Module, String> {
        let api = llvm.api;
        let context = ffi!(api, LLVMContextCreate());
        let sink = Box::new(Sink { api, list: RefCell::default() });
        let address: *const Sink = &*sink;
        ffi!(api, LLVMContextSetDiagnosticHandler(context, Some(on_diagnostic), address.cast_mut().cast()));
        match parse_into(llvm, context, name, ir) {
            Ok(raw) => Ok(Module { api, context, raw, graveyard: RefCell::default(), sink }),
            Err(message) => {
                let said = sink.list.borrow().iter().map(|d| d.text.clone()).collect::<Vec<_>>().join("; ");
                ffi!(api, LLVMContextDispose(context));
                Err(if message.is_empty() { said } else { message })
            }
        }
    }

    /// The LLVM this module belongs to.
    pub fn llvm(&self) -> Llvm {
        Llvm { api: self.api }
    }

    /// Parses a second module and moves all its definitions into this one.
    ///
    /// # Errors
    /// LLVM's message.
    pub fn link_ir(&mut self, name: &str, ir: &[u8]) -> Result<(), String> {
        self.bury();
        let other = parse_into(self.llvm(), self.context, name, ir)?;
        // This consumes `other` whether it succeeds or not.
        if ffi!(self.api, LLVMLinkModules2(self.raw, other)) != 0 {
            return Err(self.take_diagnostics().into_iter().map(|d| d.text).collect::<Vec<_>>().join("; "));
        }
        Ok(())
    }

    /// Runs a pass pipeline, given in the syntax of `opt -passes`.
    ///
    /// # Errors
    /// LLVM's message.
    pub fn run_passes(&mut self, pipeline: &str, target: &TargetMachine) -> Result<(), String> {
        self.bury();
        let options = ffi!(self.api, LLVMCreatePassBuilderOptions());
        let pipeline = c_string(pipeline);
        let error = ffi!(self.api, LLVMRunPasses(self.raw, pipeline.as_ptr(), target.raw, options));
        ffi!(self.api, LLVMDisposePassBuilderOptions(options));
        if error.is_null() {
            return Ok(());
        }
        let message = ffi!(self.api, LLVMGetErrorMessage(error));
        // SAFETY: a NUL-terminated text, ours until it is disposed of.
        let text = unsafe { std::ffi::CStr::from_ptr(message) }.to_string_lossy().into_owned();
        ffi!(self.api, LLVMDisposeErrorMessage(message));
        Err(text)
    }

    /// Checks that the IR is well formed.
    ///
    /// # Errors
    /// What the verifier found.
    pub fn verify(&mut self) -> Result<(), String> {
        self.bury();
        let mut message: *mut c_char = std::ptr::null_mut();
        // 2 is `LLVMReturnStatusAction`.
        let broken = ffi!(self.api, LLVMVerifyModule(self.raw, 2, &mut message)) != 0;
        let text = self.llvm().take_message(message);
        if broken {
            Err(text)
        } else {
            Ok(())
        }
    }

    /// The module as text.
    pub fn to_text(&mut self) -> String {
        self.bury();
        self.llvm().take_message(ffi!(self.api, LLVMPrintModuleToString(self.raw)))
    }

    /// Generates the object file.
    ///
    /// # Errors
    /// LLVM's message. Most problems are diagnostics instead: see [`Module::take_diagnostics`].
    pub fn emit_object(&mut self, target: &TargetMachine) -> Result<Vec<u8>, String> {
        self.bury();
        let mut message: *mut c_char = std::ptr::null_mut();
        let mut buffer = std::ptr::null_mut();
        // 1 is `LLVMObjectFile`.
        let failed = ffi!(
            self.api,
            LLVMTargetMachineEmitToMemoryBuffer(target.raw, self.raw, 1, &mut message, &mut buffer)
        ) != 0;
        if failed {
            return Err(self.llvm().take_message(message));
        }
        let start = ffi!(self.api, LLVMGetBufferStart(buffer)).cast::<u8>();
        let size = ffi!(self.api, LLVMGetBufferSize(buffer));
        // SAFETY: the buffer is ours and holds `size` bytes at `start`.
        let bytes = unsafe { std::slice::from_raw_parts(start, size) }.to_vec();
        ffi!(self.api, LLVMDisposeMemoryBuffer(buffer));
        Ok(bytes)
    }

    /// Removes all debug information.
    pub fn strip_debug_info(&mut self) {
        self.bury();
        ffi!(self.api, LLVMStripModuleDebugInfo(self.raw));
    }

    /// Sets triple.
    pub fn set_triple(&mut self, triple: &str) {
        let triple = c_string(triple);
        ffi!(self.api, LLVMSetTarget(self.raw, triple.as_ptr()));
    }

    /// The module's target triple.
    pub fn triple(&self) -> String {
        text(ffi!(self.api, LLVMGetTarget(self.raw)))
    }

    /// The module's data layout.
    pub fn data_layout(&self) -> String {
        text(ffi!(self.api, LLVMGetDataLayoutStr(self.raw)))
    }

    /// Module-level assembly; empty in nearly all modules.
    pub fn inline_asm(&self) -> String {
        let mut len = 0;
        let start = ffi!(self.api, LLVMGetModuleInlineAsm(self.raw, &mut len));
        owned_text(start, len)
    }

    /// LLVM's diagnostics since the last call.
    pub fn take_diagnostics(&self) -> Vec<Diagnostic> {
        self.sink.list.take()
    }

    /// All functions: definitions, declarations and intrinsics.
    pub fn functions(&self) -> Vec<Value<'_>> {
        let first = ffi!(self.api, LLVMGetFirstFunction(self.raw));
        self.list(first, |f| ffi!(self.api, LLVMGetNextFunction(f)))
    }

    /// All global variables.
    pub fn globals(&self) -> Vec<Value<'_>> {
        let first = ffi!(self.api, LLVMGetFirstGlobal(self.raw));
        self.list(first, |g| ffi!(self.api, LLVMGetNextGlobal(g)))
    }

    /// All instructions of all functions.
    pub fn instructions(&self) -> Vec<Value<'_>> {
        self.functions().into_iter().flat_map(|f| f.instructions()).collect()
    }

    /// The function of this name.
    pub fn function(&self, name: &str) -> Option<Value<'_>> {
        let name = c_string(name);
        self.wrap(ffi!(self.api, LLVMGetNamedFunction(self.raw, name.as_ptr())))
    }

    /// The function with this name and type; declared if it does not exist.
    pub fn declare<'m>(&'m self, name: &str, ty: Type<'m>) -> Value<'m> {
        self.function(name).unwrap_or_else(|| self.add_function(name, ty))
    }

    /// A new function; LLVM changes the name if it is taken.
    pub fn add_function<'m>(&'m self, name: &str, ty: Type<'m>) -> Value<'m> {
        assert_eq!(ty.kind(), super::Kind::Function);
        let name = c_string(name);
        self.wrap(ffi!(self.api, LLVMAddFunction(self.raw, name.as_ptr(), ty.raw)))
            .expect("LLVM always makes the function; qed")
    }

    /// A new private constant array of pointers; LLVM changes the name if it is taken.
    pub fn add_pointer_table<'m>(&'m self, name: &str, entries: &[Value<'m>]) -> Value<'m> {
        assert!(entries.iter().all(|e| e.ty() == self.pointer()));
        let name = c_string(name);
        let mut raw: Vec<_> = entries.iter().map(|e| e.raw).collect();
        let array = ffi!(self.api, LLVMConstArray2(self.pointer().raw, raw.as_mut_ptr(), raw.len() as u64));
        let ty = ffi!(self.api, LLVMTypeOf(array));
        let global = ffi!(self.api, LLVMAddGlobal(self.raw, ty, name.as_ptr()));
        ffi!(self.api, LLVMSetInitializer(global, array));
        ffi!(self.api, LLVMSetGlobalConstant(global, 1));
        let global = self.wrap(global).expect("LLVM always makes the variable; qed");
        global.set_linkage(super::Linkage::Internal);
        global
    }

    /// The declaration of an intrinsic, for the types on which it is overloaded.
    pub fn intrinsic<'m>(&'m self, name: &str, overloads: &[Type<'m>]) -> Value<'m> {
        let id = ffi!(self.api, LLVMLookupIntrinsicID(name.as_ptr().cast(), name.len()));
        assert_ne!(id, 0, "{name} is an intrinsic of every LLVM this crate loads");
        let mut types: Vec<_> = overloads.iter().map(|t| t.raw).collect();
        let raw = ffi!(self.api, LLVMGetIntrinsicDeclaration(self.raw, id, types.as_mut_ptr(), types.len()));
        self.wrap(raw).expect("an intrinsic can always be declared; qed")
    }

    /// A builder without a position.
    pub fn builder(&self) -> Builder<'_> {
        Builder::new(self)
    }

    /// `iN`.
    pub fn int(&self, bits: u32) -> Type<'_> {
        self.wrap_type(ffi!(self.api, LLVMIntTypeInContext(self.context, bits)))
    }

    /// `ptr`.
    pub fn pointer(&self) -> Type<'_> {
        self.wrap_type(ffi!(self.api, LLVMPointerTypeInContext(self.context, 0)))
    }

    /// `void`.
    pub fn void(&self) -> Type<'_> {
        self.wrap_type(ffi!(self.api, LLVMVoidTypeInContext(self.context)))
    }

    /// `{ first, second }`.
    pub fn pair<'m>(&'m self, first: Type<'m>, second: Type<'m>) -> Type<'m> {
        let mut members = [first.raw, second.raw];
        self.wrap_type(ffi!(self.api, LLVMStructTypeInContext(self.context, members.as_mut_ptr(), 2, 0)))
    }

    /// A function type without variable arguments.
    pub fn function_type<'m>(&'m self, result: Type<'m>, params: &[Type<'m>]) -> Type<'m> {
        let mut params: Vec<_> = params.iter().map(|t| t.raw).collect();
        let count = params.len() as u32;
        self.wrap_type(ffi!(self.api, LLVMFunctionType(result.raw, params.as_mut_ptr(), count, 0)))
    }

    /// The integer `value` of type `ty`.
    pub fn constant<'m>(&'m self, ty: Type<'m>, value: u64) -> Value<'m> {
        assert_eq!(ty.kind(), super::Kind::Integer);
        self.wrap(ffi!(self.api, LLVMConstInt(ty.raw, value, 0))).expect("a constant always exists; qed")
    }

    /// Size in bytes in memory, including padding.
    pub fn size_of(&self, ty: Type<'_>) -> u64 {
        let layout = ffi!(self.api, LLVMGetModuleDataLayout(self.raw));
        ffi!(self.api, LLVMABISizeOfType(layout, ty.raw))
    }

    pub(super) fn wrap(&self, raw: ValueRef) -> Option<Value<'_>> {
        (!raw.is_null()).then_some(Value { module: self, raw })
    }

    pub(super) fn wrap_type(&self, raw: super::api::TypeRef) -> Type<'_> {
        Type { api: self.api, raw, module: PhantomData }
    }

    fn list(&self, first: ValueRef, next: impl Fn(ValueRef) -> ValueRef) -> Vec<Value<'_>> {
        let mut all = Vec::new();
        let mut at = first;
        while let Some(value) = self.wrap(at) {
            all.push(value);
            at = next(at);
        }
        all
    }

    /// Frees unlinked values. `&mut self` proves that no handle is left.
    fn bury(&mut self) {
        let graveyard = std::mem::take(self.graveyard.get_mut());
        for instruction in graveyard.instructions {
            ffi!(self.api, LLVMDeleteInstruction(instruction));
        }
        for function in graveyard.functions {
            ffi!(self.api, LLVMDeleteFunction(function));
        }
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.bury();
        ffi!(self.api, LLVMDisposeModule(self.raw));
        ffi!(self.api, LLVMContextDispose(self.context));
    }
}

/// Parses into a context; the caller owns the module.
fn parse_into(llvm: Llvm, context: ContextRef, name: &str, ir: &[u8]) -> Result<ModuleRef, String> {
    let api = llvm.api;
    let name: CString = c_string(name);
    let buffer =
        ffi!(api, LLVMCreateMemoryBufferWithMemoryRangeCopy(ir.as_ptr().cast(), ir.len(), name.as_ptr()));
    let mut module: ModuleRef = std::ptr::null_mut();
    let mut message: *mut c_char = std::ptr::null_mut();
    // This consumes the buffer whether it succeeds or not.
    let failed = ffi!(api, LLVMParseIRInContext(context, buffer, &mut module, &mut message)) != 0;
    let text = llvm.take_message(message);
    if failed {
        Err(text)
    } else {
        Ok(module)
    }
}

fn text(start: *const c_char) -> String {
    if start.is_null() {
        return String::new();
    }
    // SAFETY: NUL-terminated, owned by the module the caller borrows.
    unsafe { std::ffi::CStr::from_ptr(start) }.to_string_lossy().into_owned()
}
