; Structs, arrays and vectors travel as their members.
define i64 @f({ i64, i32 } %a, [2 x i64] %b, <2 x i32> %c) {
  %r = call i64 @g({ i64, i32 } %a, [2 x i64] %b, <2 x i32> %c)
  ret i64 %r
}

define internal i64 @g({ i64, i32 } %a, [2 x i64] %b, <2 x i32> %c) noinline {
  %x = extractvalue { i64, i32 } %a, 0
  %y = extractvalue [2 x i64] %b, 1
  %z = extractelement <2 x i32> %c, i64 1
  %w = zext i32 %z to i64
  %s = add i64 %x, %y
  %r = add i64 %s, %w
  ret i64 %r
}

;; after
define i64 @f(i64 %0, i32 %1, i64 %2, i64 %3, ptr %4) {
  %call.rest = alloca [2 x i64], align 8
  %6 = insertvalue { i64, i32 } poison, i64 %0, 0
  %7 = insertvalue { i64, i32 } %6, i32 %1, 1
  %8 = insertvalue [2 x i64] poison, i64 %2, 0
  %9 = insertvalue [2 x i64] %8, i64 %3, 1
  %10 = load i32, ptr %4, align 4
  %11 = getelementptr inbounds i64, ptr %4, i64 1
  %12 = load i32, ptr %11, align 4
  %13 = insertelement <2 x i32> poison, i32 %10, i64 0
  %14 = insertelement <2 x i32> %13, i32 %12, i64 1
  %15 = extractvalue { i64, i32 } %7, 0
  %16 = extractvalue { i64, i32 } %7, 1
  %17 = extractvalue [2 x i64] %9, 0
  %18 = extractvalue [2 x i64] %9, 1
  %19 = extractelement <2 x i32> %14, i64 0
  %20 = extractelement <2 x i32> %14, i64 1
  %21 = zext i32 %19 to i64
  store i64 %21, ptr %call.rest, align 8
  %22 = getelementptr inbounds i64, ptr %call.rest, i64 1
  %23 = zext i32 %20 to i64
  store i64 %23, ptr %22, align 8
  %24 = call i64 @g(i64 %15, i32 %16, i64 %17, i64 %18, ptr %call.rest)
  ret i64 %24
}

; Function Attrs: noinline
define internal i64 @g(i64 %0, i32 %1, i64 %2, i64 %3, ptr %4) #0 {
  %6 = insertvalue { i64, i32 } poison, i64 %0, 0
  %7 = insertvalue { i64, i32 } %6, i32 %1, 1
  %8 = insertvalue [2 x i64] poison, i64 %2, 0
  %9 = insertvalue [2 x i64] %8, i64 %3, 1
  %10 = load i32, ptr %4, align 4
  %11 = getelementptr inbounds i64, ptr %4, i64 1
  %12 = load i32, ptr %11, align 4
  %13 = insertelement <2 x i32> poison, i32 %10, i64 0
  %14 = insertelement <2 x i32> %13, i32 %12, i64 1
  %x = extractvalue { i64, i32 } %7, 0
  %y = extractvalue [2 x i64] %9, 1
  %z = extractelement <2 x i32> %14, i64 1
  %w = zext i32 %z to i64
  %s = add i64 %x, %y
  %r = add i64 %s, %w
  ret i64 %r
}

attributes #0 = { noinline }
