; Strong over weak, common symbols of two sizes, and calls across objects.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@shared = common global [8 x i8] zeroinitializer, align 8
declare i64 @helper(i64)
define weak i64 @which(i64 %a) {
  %r = add i64 %a, 1
  %s = mul i64 %r, 3
  ret i64 %s
}
define i64 @unused() {
  ret i64 9
}
define void @deploy() {
  %a = call i64 @which(i64 1)
  store i64 %a, ptr @shared
  ret void
}
define void @call() {
  %a = call i64 @helper(i64 1)
  store i64 %a, ptr @shared
  ret void
}

; The strong `which` is one instruction and `exit`.
; expect size which 16
; expect no symbol unused
; expect symbol helper
; expect section .bss 64
