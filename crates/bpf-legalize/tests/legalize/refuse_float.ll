; Named as its author wrote it, with the line.
; entry: call
define void @call(i64 %a) {
  %x = call i64 @_RNvNtCs1234_7mycrate3tax4rate(i64 %a)
  ret void
}

define internal i64 @_RNvNtCs1234_7mycrate3tax4rate(i64 %a) noinline !dbg !5 {
  %x = uitofp i64 %a to double, !dbg !8
  %y = fmul double %x, 1.5, !dbg !8
  %r = fptoui double %y to i64, !dbg !8
  ret i64 %r, !dbg !8
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, producer: "rustc", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!1 = !DIFile(filename: "src/tax.rs", directory: "/contract")
!2 = !DISubroutineType(types: !{})
!3 = !{i32 2, !"Debug Info Version", i32 3}
!5 = distinct !DISubprogram(name: "rate", scope: !1, file: !1, line: 40, type: !2, unit: !0, spFlags: DISPFlagDefinition)
!8 = !DILocation(line: 42, column: 9, scope: !5)

;; error
; floating-point arithmetic in `mycrate::tax::rate` at src/tax.rs:42: a contract's result must be the same everywhere; use integers or fixed point
