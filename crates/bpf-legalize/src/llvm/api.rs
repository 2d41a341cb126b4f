//! The table of LLVM-C functions this crate uses, filled from a shared library at run time.
//!
//! The problem: the code generator must be the LLVM of the rustc that made the bitcode, and this rustc is
//! known only when a contract is built. So LLVM cannot be linked; every function is looked up by name.
//!
//! Invariant: an [`Api`] exists only if every name was found. Its library is never unloaded, so a pointer in
//! the table is valid as long as the process runs.
//!
//! Source: the headers `llvm-c/*.h` of LLVM 20 to 22; the signatures are stable within that range.
//! Enumerations are passed as integers, because a newer LLVM may return a value that no Rust `enum` here has.

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void, OsStr};

use libloading::Library;

macro_rules! opaque {
    ($($(#[$doc:meta])* $pointer:ident => $target:ident;)*) => {
        $(
            #[doc(hidden)]
            #[repr(C)]
            pub struct $target([u8; 0]);
            $(#[$doc])*
            pub type $pointer = *mut $target;
        )*
    };
}

opaque! {
    /// `LLVMContextRef`
    ContextRef => OpaqueContext;
    /// `LLVMModuleRef`
    ModuleRef => OpaqueModule;
    /// `LLVMTypeRef`
    TypeRef => OpaqueType;
    /// `LLVMValueRef`
    ValueRef => OpaqueValue;
    /// `LLVMBasicBlockRef`
    BlockRef => OpaqueBlock;
    /// `LLVMBuilderRef`
    BuilderRef => OpaqueBuilder;
    /// `LLVMMemoryBufferRef`
    MemoryBufferRef => OpaqueMemoryBuffer;
    /// `LLVMMetadataRef`
    MetadataRef => OpaqueMetadata;
    /// `LLVMValueMetadataEntry *`
    MetadataEntries => OpaqueMetadataEntries;
    /// `LLVMAttributeRef`
    AttributeRef => OpaqueAttribute;
    /// `LLVMDiagnosticInfoRef`
    DiagnosticRef => OpaqueDiagnostic;
    /// `LLVMTargetRef`
    TargetRef => OpaqueTarget;
    /// `LLVMTargetMachineRef`
    TargetMachineRef => OpaqueTargetMachine;
    /// `LLVMTargetDataRef`
    TargetDataRef => OpaqueTargetData;
    /// `LLVMPassBuilderOptionsRef`
    PassOptionsRef => OpaquePassOptions;
    /// `LLVMErrorRef`
    ErrorRef => OpaqueError;
}

/// `LLVMDiagnosticHandler`
pub type DiagnosticHandler = extern "C" fn(DiagnosticRef, *mut c_void);
/// `LLVMFatalErrorHandler`
pub type FatalErrorHandler = extern "C" fn(*const c_char);
/// `LLVMBool`
pub type Bool = c_int;

macro_rules! functions {
    ($(fn $name:ident($($arg:ty),* $(,)?) $(-> $ret:ty)?;)*) => {
        /// One pointer for each function, named as in LLVM's headers.
        #[allow(non_snake_case)]
        pub struct Api { $(pub $name: unsafe extern "C" fn($($arg),*) $(-> $ret)?,)* }

        impl Api {
            /// Loads the library and looks up every name.
            ///
            /// # Errors
            /// The loader's message: no such file, not a library, or which name is missing.
            pub fn load(library: &OsStr) -> Result<&'static Api, String> {
                // SAFETY: the library's initialisers are LLVM's static constructors. They register options
                // and passes and assume nothing about the process. The caller states that the file is LLVM;
                // this cannot be checked before it is loaded.
                let library = unsafe { Library::new(library) }.map_err(|e| e.to_string())?;
                // Never unloaded: LLVM leaves thread-local destructors and `atexit` handlers behind.
                let library: &'static Library = Box::leak(Box::new(library));
                $(
                    // SAFETY: the type is the one LLVM's C header gives this name.
                    #[allow(non_snake_case)]
                    let $name = unsafe {
                        library.get::<unsafe extern "C" fn($($arg),*) $(-> $ret)?>(
                            concat!(stringify!($name), "\0").as_bytes()
                        )
                    }.map_err(|e| e.to_string())?;
                )*
                Ok(Box::leak(Box::new(Api { $($name: *$name,)* })))
            }
        }
    };
}

functions! {
    // Process and context.
    fn LLVMGetVersion(*mut c_uint, *mut c_uint, *mut c_uint);
    fn LLVMParseCommandLineOptions(c_int, *const *const c_char, *const c_char);
    fn LLVMInstallFatalErrorHandler(FatalErrorHandler);
    fn LLVMContextCreate() -> ContextRef;
    fn LLVMContextDispose(ContextRef);
    fn LLVMContextSetDiagnosticHandler(ContextRef, Option<DiagnosticHandler>, *mut c_void);
    fn LLVMGetDiagInfoDescription(DiagnosticRef) -> *mut c_char;
    fn LLVMGetDiagInfoSeverity(DiagnosticRef) -> c_uint;
    fn LLVMDisposeMessage(*mut c_char);
    fn LLVMCreateMemoryBufferWithMemoryRangeCopy(*const c_char, usize, *const c_char) -> MemoryBufferRef;
    fn LLVMGetBufferStart(MemoryBufferRef) -> *const c_char;
    fn LLVMGetBufferSize(MemoryBufferRef) -> usize;
    fn LLVMDisposeMemoryBuffer(MemoryBufferRef);

    // Modules.
    fn LLVMParseIRInContext(ContextRef, MemoryBufferRef, *mut ModuleRef, *mut *mut c_char) -> Bool;
    fn LLVMPrintModuleToString(ModuleRef) -> *mut c_char;
    fn LLVMDisposeModule(ModuleRef);
    fn LLVMLinkModules2(ModuleRef, ModuleRef) -> Bool;
    fn LLVMVerifyModule(ModuleRef, c_uint, *mut *mut c_char) -> Bool;
    fn LLVMSetTarget(ModuleRef, *const c_char);
    fn LLVMGetTarget(ModuleRef) -> *const c_char;
    fn LLVMGetDataLayoutStr(ModuleRef) -> *const c_char;
    fn LLVMGetModuleDataLayout(ModuleRef) -> TargetDataRef;
    fn LLVMABISizeOfType(TargetDataRef, TypeRef) -> c_ulonglong;
    fn LLVMGetModuleInlineAsm(ModuleRef, *mut usize) -> *const c_char;
    fn LLVMStripModuleDebugInfo(ModuleRef) -> Bool;
    fn LLVMGetFirstFunction(ModuleRef) -> ValueRef;
    fn LLVMGetNextFunction(ValueRef) -> ValueRef;
    fn LLVMGetFirstGlobal(ModuleRef) -> ValueRef;
    fn LLVMGetNextGlobal(ValueRef) -> ValueRef;
    fn LLVMGetNamedFunction(ModuleRef, *const c_char) -> ValueRef;
    fn LLVMAddFunction(ModuleRef, *const c_char, TypeRef) -> ValueRef;
    fn LLVMGetIntrinsicDeclaration(ModuleRef, c_uint, *mut TypeRef, usize) -> ValueRef;
    fn LLVMLookupIntrinsicID(*const c_char, usize) -> c_uint;

    // Types.
    fn LLVMTypeOf(ValueRef) -> TypeRef;
    fn LLVMGetTypeKind(TypeRef) -> c_uint;
    fn LLVMGetIntTypeWidth(TypeRef) -> c_uint;
    fn LLVMIntTypeInContext(ContextRef, c_uint) -> TypeRef;
    fn LLVMPointerTypeInContext(ContextRef, c_uint) -> TypeRef;
    fn LLVMVoidTypeInContext(ContextRef) -> TypeRef;
    fn LLVMFunctionType(TypeRef, *mut TypeRef, c_uint, Bool) -> TypeRef;
    fn LLVMIsFunctionVarArg(TypeRef) -> Bool;
    fn LLVMGetReturnType(TypeRef) -> TypeRef;
    fn LLVMCountParamTypes(TypeRef) -> c_uint;
    fn LLVMGetParamTypes(TypeRef, *mut TypeRef);
    fn LLVMArrayType2(TypeRef, u64) -> TypeRef;
    fn LLVMGetArrayLength2(TypeRef) -> u64;
    fn LLVMGetElementType(TypeRef) -> TypeRef;
    fn LLVMGetVectorSize(TypeRef) -> c_uint;
    fn LLVMStructTypeInContext(ContextRef, *mut TypeRef, c_uint, Bool) -> TypeRef;
    fn LLVMCountStructElementTypes(TypeRef) -> c_uint;
    fn LLVMStructGetTypeAtIndex(TypeRef, c_uint) -> TypeRef;
    fn LLVMPrintTypeToString(TypeRef) -> *mut c_char;

    // Values.
    fn LLVMGetValueName2(ValueRef, *mut usize) -> *const c_char;
    fn LLVMSetValueName2(ValueRef, *const c_char, usize);
    fn LLVMReplaceAllUsesWith(ValueRef, ValueRef);
    fn LLVMGetFirstUse(ValueRef) -> *mut c_void;
    fn LLVMIsDeclaration(ValueRef) -> Bool;
    fn LLVMIsThreadLocal(ValueRef) -> Bool;
    fn LLVMIsAFunction(ValueRef) -> ValueRef;
    fn LLVMIsAInstruction(ValueRef) -> ValueRef;
    fn LLVMIsAConstantInt(ValueRef) -> ValueRef;
    fn LLVMIsAInlineAsm(ValueRef) -> ValueRef;
    fn LLVMGetInlineAsmAsmString(ValueRef, *mut usize) -> *const c_char;
    fn LLVMConstInt(TypeRef, c_ulonglong, Bool) -> ValueRef;
    fn LLVMIsAGlobalVariable(ValueRef) -> ValueRef;
    fn LLVMIsAConstant(ValueRef) -> ValueRef;
    fn LLVMIsAConstantExpr(ValueRef) -> ValueRef;
    fn LLVMIsAConstantArray(ValueRef) -> ValueRef;
    fn LLVMGetInitializer(ValueRef) -> ValueRef;
    fn LLVMGetAggregateElement(ValueRef, c_uint) -> ValueRef;
    fn LLVMConstArray2(TypeRef, *mut ValueRef, u64) -> ValueRef;
    fn LLVMAddGlobal(ModuleRef, TypeRef, *const c_char) -> ValueRef;
    fn LLVMSetInitializer(ValueRef, ValueRef);
    fn LLVMSetGlobalConstant(ValueRef, Bool);
    fn LLVMIsNull(ValueRef) -> Bool;
    fn LLVMGetPoison(TypeRef) -> ValueRef;
    fn LLVMConstIntGetZExtValue(ValueRef) -> c_ulonglong;
    fn LLVMGetLinkage(ValueRef) -> c_uint;
    fn LLVMSetLinkage(ValueRef, c_uint);
    fn LLVMSetVisibility(ValueRef, c_uint);
    fn LLVMGetVisibility(ValueRef) -> c_uint;
    fn LLVMGetUnnamedAddress(ValueRef) -> c_uint;
    fn LLVMSetUnnamedAddress(ValueRef, c_uint);
    fn LLVMGetSection(ValueRef) -> *const c_char;
    fn LLVMSetSection(ValueRef, *const c_char);
    fn LLVMGlobalGetValueType(ValueRef) -> TypeRef;
    fn LLVMGetFunctionCallConv(ValueRef) -> c_uint;
    fn LLVMSetFunctionCallConv(ValueRef, c_uint);
    fn LLVMGetSubprogram(ValueRef) -> MetadataRef;
    fn LLVMDISubprogramGetLine(MetadataRef) -> c_uint;
    fn LLVMDIScopeGetFile(MetadataRef) -> MetadataRef;
    fn LLVMDIFileGetFilename(MetadataRef, *mut c_uint) -> *const c_char;
    fn LLVMDILocationGetLine(MetadataRef) -> c_uint;
    fn LLVMDILocationGetScope(MetadataRef) -> MetadataRef;
    fn LLVMDILocationGetInlinedAt(MetadataRef) -> MetadataRef;
    fn LLVMGetMetadataKind(MetadataRef) -> c_uint;
    fn LLVMMetadataAsValue(ContextRef, MetadataRef) -> ValueRef;
    fn LLVMValueAsMetadata(ValueRef) -> MetadataRef;
    fn LLVMGetMDNodeNumOperands(ValueRef) -> c_uint;
    fn LLVMGetMDNodeOperands(ValueRef, *mut ValueRef);
    fn LLVMGetMDString(ValueRef, *mut c_uint) -> *const c_char;
    fn LLVMGlobalCopyAllMetadata(ValueRef, *mut usize) -> MetadataEntries;
    fn LLVMValueMetadataEntriesGetKind(MetadataEntries, c_uint) -> c_uint;
    fn LLVMValueMetadataEntriesGetMetadata(MetadataEntries, c_uint) -> MetadataRef;
    fn LLVMDisposeValueMetadataEntries(MetadataEntries);
    fn LLVMGlobalSetMetadata(ValueRef, c_uint, MetadataRef);
    fn LLVMGlobalClearMetadata(ValueRef);
    fn LLVMGetAlignment(ValueRef) -> c_uint;
    fn LLVMSetAlignment(ValueRef, c_uint);
    fn LLVMDeleteFunction(ValueRef);

    // Functions, blocks, instructions.
    fn LLVMCountParams(ValueRef) -> c_uint;
    fn LLVMGetParam(ValueRef, c_uint) -> ValueRef;
    fn LLVMGetIntrinsicID(ValueRef) -> c_uint;
    fn LLVMGetFirstBasicBlock(ValueRef) -> BlockRef;
    fn LLVMGetNextBasicBlock(BlockRef) -> BlockRef;
    fn LLVMRemoveBasicBlockFromParent(BlockRef);
    fn LLVMAppendExistingBasicBlock(ValueRef, BlockRef);
    fn LLVMGetFirstInstruction(BlockRef) -> ValueRef;
    fn LLVMGetNextInstruction(ValueRef) -> ValueRef;
    fn LLVMGetInstructionOpcode(ValueRef) -> c_uint;
    fn LLVMInstructionRemoveFromParent(ValueRef);
    fn LLVMDeleteInstruction(ValueRef);
    fn LLVMGetNumOperands(ValueRef) -> c_int;
    fn LLVMGetOperand(ValueRef, c_uint) -> ValueRef;
    fn LLVMSetOperand(ValueRef, c_uint, ValueRef);
    fn LLVMGetCalledValue(ValueRef) -> ValueRef;
    fn LLVMGetCalledFunctionType(ValueRef) -> TypeRef;
    fn LLVMGetNumArgOperands(ValueRef) -> c_uint;
    fn LLVMGetInstructionCallConv(ValueRef) -> c_uint;
    fn LLVMSetInstructionCallConv(ValueRef, c_uint);
    fn LLVMGetNumOperandBundles(ValueRef) -> c_uint;
    fn LLVMGetAllocatedType(ValueRef) -> TypeRef;
    fn LLVMInstructionGetDebugLoc(ValueRef) -> MetadataRef;

    // Attributes.
    fn LLVMGetEnumAttributeKindForName(*const c_char, usize) -> c_uint;
    fn LLVMCreateEnumAttribute(ContextRef, c_uint, u64) -> AttributeRef;
    fn LLVMCreateStringAttribute(ContextRef, *const c_char, c_uint, *const c_char, c_uint) -> AttributeRef;
    fn LLVMAddAttributeAtIndex(ValueRef, c_uint, AttributeRef);
    fn LLVMRemoveEnumAttributeAtIndex(ValueRef, c_uint, c_uint);
    fn LLVMGetAttributeCountAtIndex(ValueRef, c_uint) -> c_uint;
    fn LLVMGetAttributesAtIndex(ValueRef, c_uint, *mut AttributeRef);
    fn LLVMGetEnumAttributeAtIndex(ValueRef, c_uint, c_uint) -> AttributeRef;
    fn LLVMAddCallSiteAttribute(ValueRef, c_uint, AttributeRef);
    fn LLVMGetCallSiteAttributeCount(ValueRef, c_uint) -> c_uint;
    fn LLVMGetCallSiteAttributes(ValueRef, c_uint, *mut AttributeRef);
    fn LLVMRemoveCallSiteEnumAttribute(ValueRef, c_uint, c_uint);

    // Building.
    fn LLVMCreateBuilderInContext(ContextRef) -> BuilderRef;
    fn LLVMDisposeBuilder(BuilderRef);
    fn LLVMPositionBuilderBefore(BuilderRef, ValueRef);
    fn LLVMSetCurrentDebugLocation2(BuilderRef, MetadataRef);
    fn LLVMBuildBinOp(BuilderRef, c_uint, ValueRef, ValueRef, *const c_char) -> ValueRef;
    fn LLVMBuildICmp(BuilderRef, c_uint, ValueRef, ValueRef, *const c_char) -> ValueRef;
    fn LLVMBuildCast(BuilderRef, c_uint, ValueRef, TypeRef, *const c_char) -> ValueRef;
    fn LLVMBuildAlloca(BuilderRef, TypeRef, *const c_char) -> ValueRef;
    fn LLVMBuildLoad2(BuilderRef, TypeRef, ValueRef, *const c_char) -> ValueRef;
    fn LLVMBuildStore(BuilderRef, ValueRef, ValueRef) -> ValueRef;
    fn LLVMBuildInBoundsGEP2(BuilderRef, TypeRef, ValueRef, *mut ValueRef, c_uint, *const c_char) -> ValueRef;
    fn LLVMBuildExtractValue(BuilderRef, ValueRef, c_uint, *const c_char) -> ValueRef;
    fn LLVMBuildInsertValue(BuilderRef, ValueRef, ValueRef, c_uint, *const c_char) -> ValueRef;
    fn LLVMBuildExtractElement(BuilderRef, ValueRef, ValueRef, *const c_char) -> ValueRef;
    fn LLVMBuildInsertElement(BuilderRef, ValueRef, ValueRef, ValueRef, *const c_char) -> ValueRef;
    fn LLVMBuildCall2(BuilderRef, TypeRef, ValueRef, *mut ValueRef, c_uint, *const c_char) -> ValueRef;
    fn LLVMBuildRet(BuilderRef, ValueRef) -> ValueRef;
    fn LLVMBuildRetVoid(BuilderRef) -> ValueRef;

    // Target and passes.
    fn LLVMInitializeBPFTargetInfo();
    fn LLVMInitializeBPFTarget();
    fn LLVMInitializeBPFTargetMC();
    fn LLVMInitializeBPFAsmPrinter();
    fn LLVMGetTargetFromTriple(*const c_char, *mut TargetRef, *mut *mut c_char) -> Bool;
    fn LLVMCreateTargetMachine(
        TargetRef, *const c_char, *const c_char, *const c_char, c_uint, c_uint, c_uint
    ) -> TargetMachineRef;
    fn LLVMDisposeTargetMachine(TargetMachineRef);
    fn LLVMTargetMachineEmitToMemoryBuffer(
        TargetMachineRef, ModuleRef, c_uint, *mut *mut c_char, *mut MemoryBufferRef
    ) -> Bool;
    fn LLVMCreatePassBuilderOptions() -> PassOptionsRef;
    fn LLVMDisposePassBuilderOptions(PassOptionsRef);
    fn LLVMRunPasses(ModuleRef, *const c_char, TargetMachineRef, PassOptionsRef) -> ErrorRef;
    fn LLVMGetErrorMessage(ErrorRef) -> *mut c_char;
    fn LLVMDisposeErrorMessage(*mut c_char);
}
