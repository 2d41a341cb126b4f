; A result of several pieces that fit one register together comes back in it.
define i32 @f(i32 %a) {
  %x = call { i1, i32 } @maybe(i32 %a)
  %some = extractvalue { i1, i32 } %x, 0
  %value = extractvalue { i1, i32 } %x, 1
  %y = call { i8, i8 } @bytes()
  %low = extractvalue { i8, i8 } %y, 1
  %wide = zext i8 %low to i32
  %r = select i1 %some, i32 %value, i32 %wide
  ret i32 %r
}

define internal { i1, i32 } @maybe(i32 %a) noinline {
  %some = icmp ne i32 %a, 0
  %v0 = insertvalue { i1, i32 } poison, i1 %some, 0
  %v1 = insertvalue { i1, i32 } %v0, i32 %a, 1
  ret { i1, i32 } %v1
}

define internal { i8, i8 } @bytes() noinline {
  ret { i8, i8 } { i8 1, i8 2 }
}

;; after
define i32 @f(i32 %a) {
  %1 = call i64 @maybe(i32 %a)
  %2 = trunc i64 %1 to i1
  %3 = lshr i64 %1, 1
  %4 = trunc i64 %3 to i32
  %5 = insertvalue { i1, i32 } poison, i1 %2, 0
  %6 = insertvalue { i1, i32 } %5, i32 %4, 1
  %some = extractvalue { i1, i32 } %6, 0
  %value = extractvalue { i1, i32 } %6, 1
  %7 = call i64 @bytes()
  %8 = trunc i64 %7 to i8
  %9 = lshr i64 %7, 8
  %10 = trunc i64 %9 to i8
  %11 = insertvalue { i8, i8 } poison, i8 %8, 0
  %12 = insertvalue { i8, i8 } %11, i8 %10, 1
  %low = extractvalue { i8, i8 } %12, 1
  %wide = zext i8 %low to i32
  %r = select i1 %some, i32 %value, i32 %wide
  ret i32 %r
}

; Function Attrs: noinline
define internal i64 @maybe(i32 %0) #0 {
  %some = icmp ne i32 %0, 0
  %v0 = insertvalue { i1, i32 } poison, i1 %some, 0
  %v1 = insertvalue { i1, i32 } %v0, i32 %0, 1
  %2 = extractvalue { i1, i32 } %v1, 0
  %3 = extractvalue { i1, i32 } %v1, 1
  %4 = zext i1 %2 to i64
  %5 = zext i32 %3 to i64
  %6 = shl i64 %5, 1
  %7 = or i64 %4, %6
  ret i64 %7
}

; Function Attrs: noinline
define internal i64 @bytes() #0 {
  ret i64 513
}

attributes #0 = { noinline }
