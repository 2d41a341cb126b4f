; After a call that does not return nothing is kept, and no function runs on into the next one, even
; where LLVM leaves nothing after the call.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

declare void @llvm.trap()
declare void @"seal0::seal_return"(i32, ptr, i32) noreturn

define void @deploy() {
  call void @"seal0::seal_return"(i32 0, ptr null, i32 0)
  unreachable
}
define i64 @call(i64 %a, i64 %b) {
  %c = icmp ult i64 %a, %b
  br i1 %c, label %good, label %bad
good:
  ret i64 7
bad:
  call void @llvm.trap()
  unreachable
}

; Three arguments, the call, and a trap in case it returns.
; expect size deploy 40
; Branch, result, exit, trap: not the `exit` that LLVM puts after it.
; expect size call 32
