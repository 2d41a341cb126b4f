; A function of the outside world with more than five arguments: r5 points to the rest, each zero-extended.
define i32 @f(ptr %p, i32 %n) {
  %r = call i32 @"seal1::call"(i32 %n, ptr %p, i64 3, ptr %p, ptr %p, i32 %n, ptr %p, ptr %p)
  ret i32 %r
}

declare i32 @"seal1::call"(i32 noundef, ptr noundef, i64 noundef, ptr noundef, ptr noundef, i32 noundef, ptr noundef, ptr noundef)

;; after
define i32 @f(ptr %p, i32 %n) {
  %call.rest = alloca [4 x i64], align 8
  store ptr %p, ptr %call.rest, align 8
  %1 = getelementptr inbounds i64, ptr %call.rest, i64 1
  %2 = zext i32 %n to i64
  store i64 %2, ptr %1, align 8
  %3 = getelementptr inbounds i64, ptr %call.rest, i64 2
  store ptr %p, ptr %3, align 8
  %4 = getelementptr inbounds i64, ptr %call.rest, i64 3
  store ptr %p, ptr %4, align 8
  %5 = call i32 @"seal1::call"(i32 %n, ptr %p, i64 3, ptr %p, ptr %call.rest)
  ret i32 %5
}

declare i32 @"seal1::call"(i32 noundef, ptr noundef, i64 noundef, ptr noundef, ptr)
