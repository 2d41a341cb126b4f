; Six arguments: the first four stay, the rest go through memory. The call's area is shared by both calls.
define i64 @f(i64 %a, ptr %p) {
  %x = call i64 @many(i64 %a, i32 2, i8 zeroext 3, ptr %p, i16 5, i64 6)
  %y = tail call i64 @many(i64 %x, i32 1, i8 zeroext 3, ptr %p, i16 5, i64 7)
  ret i64 %y
}

define internal i64 @many(i64 %a, i32 %b, i8 zeroext %c, ptr noalias nonnull %d, i16 signext %e, i64 %g) noinline memory(none) {
  %b64 = zext i32 %b to i64
  %e64 = sext i16 %e to i64
  %s = add i64 %b64, %e64
  %r = add i64 %s, %g
  ret i64 %r
}

;; after
define i64 @f(i64 %a, ptr %p) {
  %call.rest = alloca [2 x i64], align 8
  store i64 5, ptr %call.rest, align 8
  %1 = getelementptr inbounds i64, ptr %call.rest, i64 1
  store i64 6, ptr %1, align 8
  %2 = call i64 @many(i64 %a, i32 2, i8 zeroext 3, ptr %p, ptr %call.rest)
  store i64 5, ptr %call.rest, align 8
  %3 = getelementptr inbounds i64, ptr %call.rest, i64 1
  store i64 7, ptr %3, align 8
  %4 = call i64 @many(i64 %2, i32 1, i8 zeroext 3, ptr %p, ptr %call.rest)
  ret i64 %4
}

; Function Attrs: noinline
define internal i64 @many(i64 %0, i32 %1, i8 zeroext %2, ptr noalias nonnull %3, ptr %4) #0 {
  %6 = load i16, ptr %4, align 2
  %7 = getelementptr inbounds i64, ptr %4, i64 1
  %8 = load i64, ptr %7, align 8
  %b64 = zext i32 %1 to i64
  %e64 = sext i16 %6 to i64
  %s = add i64 %b64, %e64
  %r = add i64 %s, %8
  ret i64 %r
}

attributes #0 = { noinline }
