; The first piece comes back in r0, the rest through memory.
define i64 @f(i64 %a) {
  %x = call { i64, i64 } @pair(i64 %a)
  %x.0 = extractvalue { i64, i64 } %x, 0
  %x.1 = extractvalue { i64, i64 } %x, 1
  %y = call i128 @wide(i64 %x.0)
  %z = trunc i128 %y to i64
  %r = add i64 %z, %x.1
  ret i64 %r
}

define internal { i64, i64 } @pair(i64 %a) noinline {
  %v0 = insertvalue { i64, i64 } poison, i64 %a, 0
  %v1 = insertvalue { i64, i64 } %v0, i64 7, 1
  ret { i64, i64 } %v1
}

define internal i128 @wide(i64 %a) noinline {
  %v0 = zext i64 %a to i128
  %v1 = shl i128 %v0, 60
  ret i128 %v1
}

;; after
define i64 @f(i64 %a) {
  %call.out = alloca [1 x i64], align 8
  %1 = call i64 @pair(ptr %call.out, i64 %a)
  %2 = load i64, ptr %call.out, align 8
  %3 = insertvalue { i64, i64 } poison, i64 %1, 0
  %4 = insertvalue { i64, i64 } %3, i64 %2, 1
  %x.0 = extractvalue { i64, i64 } %4, 0
  %x.1 = extractvalue { i64, i64 } %4, 1
  %5 = call i64 @wide(ptr %call.out, i64 %x.0)
  %6 = load i64, ptr %call.out, align 8
  %7 = zext i64 %5 to i128
  %8 = zext i64 %6 to i128
  %9 = shl i128 %8, 64
  %10 = or i128 %7, %9
  %z = trunc i128 %10 to i64
  %r = add i64 %z, %x.1
  ret i64 %r
}

; Function Attrs: noinline
define internal i64 @pair(ptr %0, i64 %1) #0 {
  %v0 = insertvalue { i64, i64 } poison, i64 %1, 0
  %v1 = insertvalue { i64, i64 } %v0, i64 7, 1
  %3 = extractvalue { i64, i64 } %v1, 0
  %4 = extractvalue { i64, i64 } %v1, 1
  store i64 %4, ptr %0, align 8
  ret i64 %3
}

; Function Attrs: noinline
define internal i64 @wide(ptr %0, i64 %1) #0 {
  %v0 = zext i64 %1 to i128
  %v1 = shl i128 %v0, 60
  %3 = trunc i128 %v1 to i64
  %4 = lshr i128 %v1, 64
  %5 = trunc i128 %4 to i64
  store i64 %5, ptr %0, align 8
  ret i64 %3
}

attributes #0 = { noinline }
