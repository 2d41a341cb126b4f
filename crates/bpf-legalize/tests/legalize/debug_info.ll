; A rewritten function keeps its subprogram, and its instructions their lines.
define i64 @f(i64 %a) !dbg !5 {
  %x = call { i64, i64 } @pair(i64 %a), !dbg !8
  %r = extractvalue { i64, i64 } %x, 1, !dbg !8
  ret i64 %r, !dbg !9
}

define internal { i64, i64 } @pair(i64 %a) noinline !dbg !10 {
    #dbg_value(i64 %a, !12, !DIExpression(), !11)
  %v0 = insertvalue { i64, i64 } poison, i64 %a, 1, !dbg !11
  ret { i64, i64 } %v0, !dbg !11
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3, !4}
!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, producer: "rustc", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!1 = !DIFile(filename: "lib.rs", directory: "/contract")
!2 = !DISubroutineType(types: !{})
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !{i32 2, !"Dwarf Version", i32 4}
!5 = distinct !DISubprogram(name: "f", scope: !1, file: !1, line: 10, type: !2, unit: !0, spFlags: DISPFlagDefinition)
!8 = !DILocation(line: 11, column: 5, scope: !5)
!9 = !DILocation(line: 12, column: 1, scope: !5)
!10 = distinct !DISubprogram(name: "pair", scope: !1, file: !1, line: 20, type: !2, unit: !0, spFlags: DISPFlagDefinition, retainedNodes: !{!12})
!11 = !DILocation(line: 21, column: 5, scope: !10)
!12 = !DILocalVariable(name: "a", arg: 1, scope: !10, file: !1, line: 20, type: !13)
!13 = !DIBasicType(name: "u64", size: 64, encoding: DW_ATE_unsigned)

;; after
define i64 @f(i64 %a) !dbg !4 {
  %call.out = alloca [1 x i64], align 8
  %1 = call i64 @pair(ptr %call.out, i64 %a), !dbg !7
  %2 = load i64, ptr %call.out, align 8, !dbg !7
  %3 = insertvalue { i64, i64 } poison, i64 %1, 0, !dbg !7
  %4 = insertvalue { i64, i64 } %3, i64 %2, 1, !dbg !7
  %r = extractvalue { i64, i64 } %4, 1, !dbg !7
  ret i64 %r, !dbg !8
}

; Function Attrs: noinline
define internal i64 @pair(ptr %0, i64 %1) #0 !dbg !9 {
    #dbg_value(i64 %1, !11, !DIExpression(), !13)
  %v0 = insertvalue { i64, i64 } poison, i64 %1, 1, !dbg !13
  %3 = extractvalue { i64, i64 } %v0, 0, !dbg !13
  %4 = extractvalue { i64, i64 } %v0, 1, !dbg !13
  store i64 %4, ptr %0, align 8, !dbg !13
  ret i64 %3, !dbg !13
}

attributes #0 = { noinline }

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}

!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, producer: "rustc", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!1 = !DIFile(filename: "lib.rs", directory: "/contract")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !{i32 2, !"Dwarf Version", i32 4}
!4 = distinct !DISubprogram(name: "f", scope: !1, file: !1, line: 10, type: !5, spFlags: DISPFlagDefinition, unit: !0)
!5 = !DISubroutineType(types: !6)
!6 = !{}
!7 = !DILocation(line: 11, column: 5, scope: !4)
!8 = !DILocation(line: 12, column: 1, scope: !4)
!9 = distinct !DISubprogram(name: "pair", scope: !1, file: !1, line: 20, type: !5, spFlags: DISPFlagDefinition, unit: !0, retainedNodes: !10)
!10 = !{!11}
!11 = !DILocalVariable(name: "a", arg: 1, scope: !9, file: !1, line: 20, type: !12)
!12 = !DIBasicType(name: "u64", size: 64, encoding: DW_ATE_unsigned)
!13 = !DILocation(line: 21, column: 5, scope: !9)
