; A message that was inlined into ink!'s dispatch, with an operator of `core` inlined into it. The message is
; named: neither the dispatch, which its author never saw, nor `core`, which is not at fault.
; entry: call
define void @call(ptr %a) !dbg !5 {
  %x = load double, ptr %a, !dbg !11
  ret void
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, producer: "rustc", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!1 = !DIFile(filename: "lib.rs", directory: "/contract")
!2 = !DISubroutineType(types: !{})
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !DIFile(filename: "/rustc/1234/library/core/src/ops/arith.rs", directory: "")
!5 = distinct !DISubprogram(name: "call", linkageName: "call", scope: !1, file: !1, line: 3, type: !2, unit: !0, spFlags: DISPFlagDefinition)
!6 = distinct !DISubprogram(name: "rate", linkageName: "_RNvNtCs1234_7mycrate3tax4rate", scope: !1, file: !1, line: 40, type: !2, unit: !0, spFlags: DISPFlagDefinition)
!7 = distinct !DILexicalBlock(scope: !6, file: !1, line: 41)
!8 = distinct !DISubprogram(name: "add", linkageName: "_RNvXs_NtCs1234_4core5arithdNtB4_3Add3add", scope: !4, file: !4, line: 100, type: !2, unit: !0, spFlags: DISPFlagDefinition)
!9 = distinct !DILocation(line: 3, column: 1, scope: !5)
!10 = distinct !DILocation(line: 42, column: 9, scope: !7, inlinedAt: !9)
!11 = !DILocation(line: 101, column: 9, scope: !8, inlinedAt: !10)

;; error
; floating-point arithmetic in `mycrate::tax::rate` at lib.rs:42: a contract's result must be the same everywhere; use integers or fixed point
