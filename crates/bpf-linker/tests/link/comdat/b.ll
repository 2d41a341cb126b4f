target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

$group = comdat any
define linkonce_odr i64 @group(i64 %a) noinline comdat {
  %p = alloca [32 x i8]
  store volatile i64 %a, ptr %p
  %r = load volatile i64, ptr %p
  ret i64 %r
}
define i64 @helper(i64 %a) {
  %b = add i64 %a, 1
  %r = call i64 @group(i64 %b)
  ret i64 %r
}
