; A constant amount is no problem, any other is.
define void @f(ptr %p, i128 %n) {
  %a = load i128, ptr %p
  %b = shl i128 %a, 9
  %c = shl i128 %b, %n
  %d = lshr i128 %c, %n
  %e = ashr i128 %d, %n
  store i128 %e, ptr %p
  ret void
}

;; after
define void @f(ptr %p, i128 %n) {
  %call.out = alloca [1 x i64], align 8
  %a = load i128, ptr %p, align 16
  %b = shl i128 %a, 9
  %1 = trunc i128 %n to i64
  %2 = trunc i128 %b to i64
  %3 = lshr i128 %b, 64
  %4 = trunc i128 %3 to i64
  %5 = call i64 @bpf_legalize.shl.i128(ptr %call.out, i64 %2, i64 %4, i64 %1)
  %6 = load i64, ptr %call.out, align 8
  %7 = zext i64 %5 to i128
  %8 = zext i64 %6 to i128
  %9 = shl i128 %8, 64
  %10 = or i128 %7, %9
  %11 = trunc i128 %n to i64
  %12 = trunc i128 %10 to i64
  %13 = lshr i128 %10, 64
  %14 = trunc i128 %13 to i64
  %15 = call i64 @bpf_legalize.lshr.i128(ptr %call.out, i64 %12, i64 %14, i64 %11)
  %16 = load i64, ptr %call.out, align 8
  %17 = zext i64 %15 to i128
  %18 = zext i64 %16 to i128
  %19 = shl i128 %18, 64
  %20 = or i128 %17, %19
  %21 = trunc i128 %n to i64
  %22 = trunc i128 %20 to i64
  %23 = lshr i128 %20, 64
  %24 = trunc i128 %23 to i64
  %25 = call i64 @bpf_legalize.ashr.i128(ptr %call.out, i64 %22, i64 %24, i64 %21)
  %26 = load i64, ptr %call.out, align 8
  %27 = zext i64 %25 to i128
  %28 = zext i64 %26 to i128
  %29 = shl i128 %28, 64
  %30 = or i128 %27, %29
  store i128 %30, ptr %p, align 16
  ret void
}

; Function Attrs: noinline nounwind
define internal i64 @bpf_legalize.shl.i128(ptr %0, i64 %1, i64 %2, i64 %3) #0 {
  %5 = zext i64 %1 to i128
  %6 = zext i64 %2 to i128
  %7 = shl i128 %6, 64
  %8 = or i128 %5, %7
  %a0 = trunc i128 %8 to i64
  %a.top = lshr i128 %8, 64
  %a1 = trunc i128 %a.top to i64
  %m = and i64 %3, 63
  %rest = xor i64 %m, 63
  %a0.moved = shl i64 %a0, %m
  %a1.moved = shl i64 %a1, %m
  %a0.half = lshr i64 %a0, 1
  %near = lshr i64 %a0.half, %rest
  %mixed = or i64 %a1.moved, %near
  %far.bit = and i64 %3, 64
  %far = icmp ne i64 %far.bit, 0
  %low = select i1 %far, i64 0, i64 %a0.moved
  %high = select i1 %far, i64 %a0.moved, i64 %mixed
  %high.wide = zext i64 %high to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  %9 = trunc i128 %r to i64
  %10 = lshr i128 %r, 64
  %11 = trunc i128 %10 to i64
  store i64 %11, ptr %0, align 8
  ret i64 %9
}

; Function Attrs: noinline nounwind
define internal i64 @bpf_legalize.lshr.i128(ptr %0, i64 %1, i64 %2, i64 %3) #0 {
  %5 = zext i64 %1 to i128
  %6 = zext i64 %2 to i128
  %7 = shl i128 %6, 64
  %8 = or i128 %5, %7
  %a0 = trunc i128 %8 to i64
  %a.top = lshr i128 %8, 64
  %a1 = trunc i128 %a.top to i64
  %m = and i64 %3, 63
  %rest = xor i64 %m, 63
  %a0.moved = lshr i64 %a0, %m
  %a1.moved = lshr i64 %a1, %m
  %a1.twice = shl i64 %a1, 1
  %near = shl i64 %a1.twice, %rest
  %mixed = or i64 %a0.moved, %near
  %far.bit = and i64 %3, 64
  %far = icmp ne i64 %far.bit, 0
  %low = select i1 %far, i64 %a1.moved, i64 %mixed
  %high = select i1 %far, i64 0, i64 %a1.moved
  %high.wide = zext i64 %high to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  %9 = trunc i128 %r to i64
  %10 = lshr i128 %r, 64
  %11 = trunc i128 %10 to i64
  store i64 %11, ptr %0, align 8
  ret i64 %9
}

; Function Attrs: noinline nounwind
define internal i64 @bpf_legalize.ashr.i128(ptr %0, i64 %1, i64 %2, i64 %3) #0 {
  %5 = zext i64 %1 to i128
  %6 = zext i64 %2 to i128
  %7 = shl i128 %6, 64
  %8 = or i128 %5, %7
  %a0 = trunc i128 %8 to i64
  %a.top = lshr i128 %8, 64
  %a1 = trunc i128 %a.top to i64
  %sign = ashr i64 %a1, 63
  %m = and i64 %3, 63
  %rest = xor i64 %m, 63
  %a0.moved = lshr i64 %a0, %m
  %a1.moved = ashr i64 %a1, %m
  %a1.twice = shl i64 %a1, 1
  %near = shl i64 %a1.twice, %rest
  %mixed = or i64 %a0.moved, %near
  %far.bit = and i64 %3, 64
  %far = icmp ne i64 %far.bit, 0
  %low = select i1 %far, i64 %a1.moved, i64 %mixed
  %high = select i1 %far, i64 %sign, i64 %a1.moved
  %high.wide = zext i64 %high to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  %9 = trunc i128 %r to i64
  %10 = lshr i128 %r, 64
  %11 = trunc i128 %10 to i64
  store i64 %11, ptr %0, align 8
  ret i64 %9
}

attributes #0 = { noinline nounwind }
