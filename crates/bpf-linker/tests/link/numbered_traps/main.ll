; Two panics that LLVM would join if both called `__bpf_trap`.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

declare void @__bpf_trap.1() noreturn
declare void @__bpf_trap.2() noreturn

define void @deploy() {
  ret void
}
define i64 @call(i64 %a, i64 %b) {
  %c = icmp ugt i64 %a, 7
  br i1 %c, label %first, label %more
more:
  %d = icmp ugt i64 %b, 9
  br i1 %d, label %second, label %good
good:
  ret i64 1
first:
  call void @__bpf_trap.1()
  unreachable
second:
  call void @__bpf_trap.2()
  unreachable
}

; rewrite all
; expect listing call
; | if r1 > 7 goto +3
; | if r2 > 9 goto +3
; | r0 = 1
; | exit
; | call 4096
; | call 4096
