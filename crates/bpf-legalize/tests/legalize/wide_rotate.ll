; A rotation is a funnel shift of a value with itself.
define void @f(ptr %p, i128 %n) {
  %a = load i128, ptr %p
  %b = call i128 @llvm.fshl.i128(i128 %a, i128 %a, i128 %n)
  %c = call i128 @llvm.fshr.i128(i128 %b, i128 %a, i128 %n)
  store i128 %c, ptr %p
  ret void
}

;; after
define void @f(ptr %p, i128 %n) {
  %call.out = alloca [1 x i64], align 8
  %a = load i128, ptr %p, align 16
  %1 = and i128 %n, 127
  %2 = sub i128 127, %1
  %3 = lshr i128 %a, 1
  %4 = trunc i128 %1 to i64
  %5 = trunc i128 %a to i64
  %6 = lshr i128 %a, 64
  %7 = trunc i128 %6 to i64
  %8 = call i64 @bpf_legalize.shl.i128(ptr %call.out, i64 %5, i64 %7, i64 %4)
  %9 = load i64, ptr %call.out, align 8
  %10 = zext i64 %8 to i128
  %11 = zext i64 %9 to i128
  %12 = shl i128 %11, 64
  %13 = or i128 %10, %12
  %14 = trunc i128 %2 to i64
  %15 = trunc i128 %3 to i64
  %16 = lshr i128 %3, 64
  %17 = trunc i128 %16 to i64
  %18 = call i64 @bpf_legalize.lshr.i128(ptr %call.out, i64 %15, i64 %17, i64 %14)
  %19 = load i64, ptr %call.out, align 8
  %20 = zext i64 %18 to i128
  %21 = zext i64 %19 to i128
  %22 = shl i128 %21, 64
  %23 = or i128 %20, %22
  %24 = or i128 %13, %23
  %25 = and i128 %n, 127
  %26 = sub i128 127, %25
  %27 = shl i128 %24, 1
  %28 = trunc i128 %26 to i64
  %29 = trunc i128 %27 to i64
  %30 = lshr i128 %27, 64
  %31 = trunc i128 %30 to i64
  %32 = call i64 @bpf_legalize.shl.i128(ptr %call.out, i64 %29, i64 %31, i64 %28)
  %33 = load i64, ptr %call.out, align 8
  %34 = zext i64 %32 to i128
  %35 = zext i64 %33 to i128
  %36 = shl i128 %35, 64
  %37 = or i128 %34, %36
  %38 = trunc i128 %25 to i64
  %39 = trunc i128 %a to i64
  %40 = lshr i128 %a, 64
  %41 = trunc i128 %40 to i64
  %42 = call i64 @bpf_legalize.lshr.i128(ptr %call.out, i64 %39, i64 %41, i64 %38)
  %43 = load i64, ptr %call.out, align 8
  %44 = zext i64 %42 to i128
  %45 = zext i64 %43 to i128
  %46 = shl i128 %45, 64
  %47 = or i128 %44, %46
  %48 = or i128 %37, %47
  store i128 %48, ptr %p, align 16
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

attributes #0 = { noinline nounwind }
