; A contract whose `call` was compiled with `divide` inlined, and into that `core`'s panic. The rewrites
; move and remove instructions around it: a flag made of a condition, a branch over a jump, and a second
; function that nothing calls.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@table = internal global [4 x i64] [i64 1, i64 2, i64 3, i64 4], !dbg !40

declare void @llvm.trap()
declare i32 @"seal0::caller_is_origin"()

define i64 @_RNvC7counter6unused(i64 %a) !dbg !9 {
  %r = mul i64 %a, 3, !dbg !10
  ret i64 %r, !dbg !10
}

define void @deploy() !dbg !20 {
  ret void, !dbg !21
}

define i64 @_RNvC7counter4read(i64 %a) noinline !dbg !30 {
  %i = and i64 %a, 3, !dbg !31
  %p = getelementptr [4 x i64], ptr @table, i64 0, i64 %i, !dbg !31
  %r = load i64, ptr %p, !dbg !32
  ret i64 %r, !dbg !33
}

define i64 @call(i64 %a, i64 %b) !dbg !11 {
  %origin = call i32 @"seal0::caller_is_origin"(), !dbg !12
  %is = icmp eq i32 %origin, 0, !dbg !13
  br i1 %is, label %zero, label %go, !dbg !13
zero:
  %low = icmp ult i64 %a, %b, !dbg !13
  br label %go, !dbg !13
go:
  %flag = phi i1 [ true, %0 ], [ %low, %zero ], !dbg !13
  br i1 %flag, label %fine, label %panic, !dbg !14
panic:
  call void @llvm.trap(), !dbg !18
  unreachable, !dbg !18
fine:
  %q = udiv i64 %a, 7, !dbg !16
  %r = call i64 @_RNvC7counter4read(i64 %q), !dbg !19
  ret i64 %r, !dbg !19
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}
!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, producer: "by hand", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !42)
!1 = !DIFile(filename: "src/lib.rs", directory: "/home/alice/counter")
!2 = !{i32 7, !"Dwarf Version", i32 5}
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !DIFile(filename: "/rustc/0123/library/core/src/panicking.rs", directory: "/rustc/0123")
!5 = !DISubroutineType(types: !{null})
!6 = !DIBasicType(name: "u64", size: 64, encoding: DW_ATE_unsigned)
!7 = !DINamespace(name: "counter", scope: null)
!8 = !DINamespace(name: "panicking", scope: null)
!9 = distinct !DISubprogram(name: "unused", linkageName: "_RNvC7counter6unused", scope: !7, file: !1, line: 90, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!10 = !DILocation(line: 91, column: 3, scope: !9)
!11 = distinct !DISubprogram(name: "call", scope: !7, file: !1, line: 10, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!12 = !DILocation(line: 11, column: 5, scope: !11)
!13 = !DILocation(line: 12, column: 9, scope: !11)
!14 = !DILocation(line: 13, column: 9, scope: !11)
!15 = distinct !DISubprogram(name: "divide", linkageName: "_RNvC7counter6divide", scope: !7, file: !1, line: 30, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!16 = !DILocation(line: 32, column: 5, scope: !15, inlinedAt: !14)
!17 = distinct !DISubprogram(name: "panic", linkageName: "_RNvNtC4core9panicking5panic", scope: !8, file: !4, line: 140, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!18 = !DILocation(line: 144, column: 5, scope: !17, inlinedAt: !34)
!19 = !DILocation(line: 15, column: 1, scope: !11)
!20 = distinct !DISubprogram(name: "deploy", scope: !7, file: !1, line: 5, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!21 = !DILocation(line: 6, column: 1, scope: !20)
!30 = distinct !DISubprogram(name: "read", linkageName: "_RNvC7counter4read", scope: !7, file: !1, line: 50, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!31 = !DILocation(line: 51, column: 1, scope: !30)
!32 = !DILocation(line: 52, column: 1, scope: !30)
!33 = !DILocation(line: 53, column: 1, scope: !30)
!34 = !DILocation(line: 33, column: 9, scope: !15, inlinedAt: !14)
!42 = !{!40}
!40 = !DIGlobalVariableExpression(var: !41, expr: !DIExpression())
!41 = distinct !DIGlobalVariable(name: "table", scope: !7, file: !1, line: 3, type: !6, isLocal: true, isDefinition: true)
