; The rule depends on the type alone, so a call through a pointer or a table fits whatever it reaches.
@table = private constant [2 x ptr] [ptr @one, ptr @two]

define i64 @f(i64 %i) {
  %slot = getelementptr ptr, ptr @table, i64 %i
  %function = load ptr, ptr %slot
  %x = call { i64, ptr } %function(i64 1, i64 2, i64 3, i64 4, i64 5)
  %r = extractvalue { i64, ptr } %x, 0
  ret i64 %r
}

define internal { i64, ptr } @one(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e) {
  %v0 = insertvalue { i64, ptr } { i64 0, ptr @table }, i64 %e, 0
  ret { i64, ptr } %v0
}

define internal { i64, ptr } @two(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e) {
  %x = call { i64, ptr } @one(i64 %e, i64 %d, i64 %c, i64 %b, i64 %a)
  ret { i64, ptr } %x
}

;; after
@table = internal constant [2 x ptr] [ptr @one, ptr @two]

define i64 @f(i64 %i) {
  %call.rest = alloca [2 x i64], align 8
  %call.out = alloca [1 x i64], align 8
  %slot = getelementptr ptr, ptr @table, i64 %i
  %function = load ptr, ptr %slot, align 8
  store i64 4, ptr %call.rest, align 8
  %1 = getelementptr inbounds i64, ptr %call.rest, i64 1
  store i64 5, ptr %1, align 8
  %2 = call i64 %function(ptr %call.out, i64 1, i64 2, i64 3, ptr %call.rest)
  %3 = load ptr, ptr %call.out, align 8
  %4 = insertvalue { i64, ptr } poison, i64 %2, 0
  %5 = insertvalue { i64, ptr } %4, ptr %3, 1
  %r = extractvalue { i64, ptr } %5, 0
  ret i64 %r
}

define internal i64 @one(ptr %0, i64 %1, i64 %2, i64 %3, ptr %4) {
  %6 = load i64, ptr %4, align 8
  %7 = getelementptr inbounds i64, ptr %4, i64 1
  %8 = load i64, ptr %7, align 8
  %v0 = insertvalue { i64, ptr } { i64 0, ptr @table }, i64 %8, 0
  %9 = extractvalue { i64, ptr } %v0, 0
  %10 = extractvalue { i64, ptr } %v0, 1
  store ptr %10, ptr %0, align 8
  ret i64 %9
}

define internal i64 @two(ptr %0, i64 %1, i64 %2, i64 %3, ptr %4) {
  %call.rest = alloca [2 x i64], align 8
  %call.out = alloca [1 x i64], align 8
  %6 = load i64, ptr %4, align 8
  %7 = getelementptr inbounds i64, ptr %4, i64 1
  %8 = load i64, ptr %7, align 8
  store i64 %2, ptr %call.rest, align 8
  %9 = getelementptr inbounds i64, ptr %call.rest, i64 1
  store i64 %1, ptr %9, align 8
  %10 = call i64 @one(ptr %call.out, i64 %8, i64 %6, i64 %3, ptr %call.rest)
  %11 = load ptr, ptr %call.out, align 8
  %12 = insertvalue { i64, ptr } poison, i64 %10, 0
  %13 = insertvalue { i64, ptr } %12, ptr %11, 1
  %14 = extractvalue { i64, ptr } %13, 0
  %15 = extractvalue { i64, ptr } %13, 1
  store ptr %15, ptr %0, align 8
  ret i64 %14
}
