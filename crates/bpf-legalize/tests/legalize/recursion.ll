; A rewritten function that calls itself: each call has an area in its own frame.
define i64 @f(i64 %a) {
  %x = call { i64, i64, i64 } @down(i64 %a, i64 1, i64 2, i64 3, i64 4)
  %r = extractvalue { i64, i64, i64 } %x, 2
  ret i64 %r
}

define internal { i64, i64, i64 } @down(i64 %n, i64 %a, i64 %b, i64 %c, i64 %d) {
  %done = icmp eq i64 %n, 0
  br i1 %done, label %end, label %more

more:
  %next = sub i64 %n, 1
  %x = call { i64, i64, i64 } @down(i64 %next, i64 %b, i64 %c, i64 %d, i64 %a)
  ret { i64, i64, i64 } %x

end:
  %v0 = insertvalue { i64, i64, i64 } poison, i64 %a, 0
  %v1 = insertvalue { i64, i64, i64 } %v0, i64 %b, 1
  %v2 = insertvalue { i64, i64, i64 } %v1, i64 %c, 2
  ret { i64, i64, i64 } %v2
}

;; after
define i64 @f(i64 %a) {
  %call.rest = alloca [2 x i64], align 8
  %call.out = alloca [2 x i64], align 8
  store i64 3, ptr %call.rest, align 8
  %1 = getelementptr inbounds i64, ptr %call.rest, i64 1
  store i64 4, ptr %1, align 8
  %2 = call i64 @down(ptr %call.out, i64 %a, i64 1, i64 2, ptr %call.rest)
  %3 = load i64, ptr %call.out, align 8
  %4 = getelementptr inbounds i64, ptr %call.out, i64 1
  %5 = load i64, ptr %4, align 8
  %6 = insertvalue { i64, i64, i64 } poison, i64 %2, 0
  %7 = insertvalue { i64, i64, i64 } %6, i64 %3, 1
  %8 = insertvalue { i64, i64, i64 } %7, i64 %5, 2
  %r = extractvalue { i64, i64, i64 } %8, 2
  ret i64 %r
}

define internal i64 @down(ptr %0, i64 %1, i64 %2, i64 %3, ptr %4) {
  %call.rest = alloca [2 x i64], align 8
  %call.out = alloca [2 x i64], align 8
  %6 = load i64, ptr %4, align 8
  %7 = getelementptr inbounds i64, ptr %4, i64 1
  %8 = load i64, ptr %7, align 8
  %done = icmp eq i64 %1, 0
  br i1 %done, label %end, label %more

more:                                             ; preds = %5
  %next = sub i64 %1, 1
  store i64 %8, ptr %call.rest, align 8
  %9 = getelementptr inbounds i64, ptr %call.rest, i64 1
  store i64 %2, ptr %9, align 8
  %10 = call i64 @down(ptr %call.out, i64 %next, i64 %3, i64 %6, ptr %call.rest)
  %11 = load i64, ptr %call.out, align 8
  %12 = getelementptr inbounds i64, ptr %call.out, i64 1
  %13 = load i64, ptr %12, align 8
  %14 = insertvalue { i64, i64, i64 } poison, i64 %10, 0
  %15 = insertvalue { i64, i64, i64 } %14, i64 %11, 1
  %16 = insertvalue { i64, i64, i64 } %15, i64 %13, 2
  %17 = extractvalue { i64, i64, i64 } %16, 0
  %18 = extractvalue { i64, i64, i64 } %16, 1
  %19 = extractvalue { i64, i64, i64 } %16, 2
  store i64 %18, ptr %0, align 8
  %20 = getelementptr inbounds i64, ptr %0, i64 1
  store i64 %19, ptr %20, align 8
  ret i64 %17

end:                                              ; preds = %5
  %v0 = insertvalue { i64, i64, i64 } poison, i64 %2, 0
  %v1 = insertvalue { i64, i64, i64 } %v0, i64 %3, 1
  %v2 = insertvalue { i64, i64, i64 } %v1, i64 %6, 2
  %21 = extractvalue { i64, i64, i64 } %v2, 0
  %22 = extractvalue { i64, i64, i64 } %v2, 1
  %23 = extractvalue { i64, i64, i64 } %v2, 2
  store i64 %22, ptr %0, align 8
  %24 = getelementptr inbounds i64, ptr %0, i64 1
  store i64 %23, ptr %24, align 8
  ret i64 %21
}
