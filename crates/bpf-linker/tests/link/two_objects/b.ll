target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@shared = common global [64 x i8] zeroinitializer, align 8
define i64 @which(i64 %a) {
  ret i64 2
}
define i64 @helper(i64 %a) {
  %p = getelementptr i8, ptr @shared, i64 %a
  %r = load i64, ptr %p
  ret i64 %r
}
