; A 128-bit integer is two registers, and may be cut in two by the limit.
define i128 @g(i64 %a, i64 %b, i64 %c, i128 %d, i8 %e) noinline {
  %w = zext i8 %e to i128
  %r = add i128 %d, %w
  ret i128 %r
}

define void @f(ptr %p, i128 %v) {
  %r = call i128 @g(i64 1, i64 2, i64 3, i128 %v, i8 4)
  store i128 %r, ptr %p
  ret void
}

;; after
define void @f(ptr %p, i128 %v) {
  %call.rest = alloca [3 x i64], align 8
  %call.out = alloca [1 x i64], align 8
  %1 = trunc i128 %v to i64
  %2 = lshr i128 %v, 64
  %3 = trunc i128 %2 to i64
  store i64 %1, ptr %call.rest, align 8
  %4 = getelementptr inbounds i64, ptr %call.rest, i64 1
  store i64 %3, ptr %4, align 8
  %5 = getelementptr inbounds i64, ptr %call.rest, i64 2
  store i64 4, ptr %5, align 8
  %6 = call i64 @g(ptr %call.out, i64 1, i64 2, i64 3, ptr %call.rest)
  %7 = load i64, ptr %call.out, align 8
  %8 = zext i64 %6 to i128
  %9 = zext i64 %7 to i128
  %10 = shl i128 %9, 64
  %11 = or i128 %8, %10
  store i128 %11, ptr %p, align 16
  ret void
}

; Function Attrs: noinline
define internal i64 @g(ptr %0, i64 %1, i64 %2, i64 %3, ptr %4) #0 {
  %6 = load i64, ptr %4, align 8
  %7 = getelementptr inbounds i64, ptr %4, i64 1
  %8 = load i64, ptr %7, align 8
  %9 = zext i64 %6 to i128
  %10 = zext i64 %8 to i128
  %11 = shl i128 %10, 64
  %12 = or i128 %9, %11
  %13 = getelementptr inbounds i64, ptr %4, i64 2
  %14 = load i8, ptr %13, align 1
  %w = zext i8 %14 to i128
  %r = add i128 %12, %w
  %15 = trunc i128 %r to i64
  %16 = lshr i128 %r, 64
  %17 = trunc i128 %16 to i64
  store i64 %17, ptr %0, align 8
  ret i64 %15
}

attributes #0 = { noinline }
