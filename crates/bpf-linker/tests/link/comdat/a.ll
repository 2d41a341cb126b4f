; Two objects hold the same COMDAT group: one is kept, and both call it.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

$group = comdat any
define linkonce_odr i64 @group(i64 %a) noinline comdat {
  %p = alloca [32 x i8]
  store volatile i64 %a, ptr %p
  %r = load volatile i64, ptr %p
  ret i64 %r
}
declare i64 @helper(i64)
define void @deploy() {
  %a = call i64 @group(i64 1)
  ret void
}
define void @call() {
  %a = call i64 @helper(i64 1)
  ret void
}

; expect symbol group
; expect frame group 32
; expect functions 4
