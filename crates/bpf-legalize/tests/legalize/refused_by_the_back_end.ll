; What no rewrite knows reaches the back end, whose refusal names the function and the line. (Rust has no
; rotation of 100 bits.)
define i64 @f(i64 %a, i64 %n) !dbg !5 {
  %wide = sext i64 %a to i100, !dbg !8
  %amount = zext i64 %n to i100, !dbg !8
  %turned = call i100 @llvm.fshl.i100(i100 %wide, i100 %wide, i100 %amount), !dbg !8
  %r = trunc i100 %turned to i64, !dbg !8
  ret i64 %r, !dbg !8
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, producer: "rustc", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!1 = !DIFile(filename: "src/odd.rs", directory: "/contract")
!2 = !DISubroutineType(types: !{})
!3 = !{i32 2, !"Debug Info Version", i32 3}
!5 = distinct !DISubprogram(name: "f", scope: !1, file: !1, line: 4, type: !2, unit: !0, spFlags: DISPFlagDefinition)
!8 = !DILocation(line: 6, column: 9, scope: !5)

;; error
; LLVM's BPF back end refuses `f` at src/odd.rs:6: A call to built-in function '__umodti3' is not supported.
