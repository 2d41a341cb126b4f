; Two copies of a long function would be one too many: it is called.
define i1 @f(i128 %a, i128 %b) {
  %u = call { i128, i1 } @llvm.umul.with.overflow.i128(i128 %a, i128 %b)
  %u.lost = extractvalue { i128, i1 } %u, 1
  %s = call { i128, i1 } @llvm.smul.with.overflow.i128(i128 %b, i128 %a)
  %s.low = extractvalue { i128, i1 } %s, 0
  %sign = icmp slt i128 %s.low, 0
  %r = xor i1 %u.lost, %sign
  ret i1 %r
}

;; after
define i1 @f(i128 %a, i128 %b) {
  %call.out = alloca [2 x i64], align 8
  %1 = trunc i128 %a to i64
  %2 = lshr i128 %a, 64
  %3 = trunc i128 %2 to i64
  %4 = trunc i128 %b to i64
  %5 = lshr i128 %b, 64
  %6 = trunc i128 %5 to i64
  %7 = call i1 @bpf_legalize.umulo.i128(ptr %call.out, i64 %1, i64 %3, i64 %4, i64 %6)
  %8 = load i64, ptr %call.out, align 8
  %9 = getelementptr inbounds i64, ptr %call.out, i64 1
  %10 = load i64, ptr %9, align 8
  %11 = insertvalue { i1, i128 } poison, i1 %7, 0
  %12 = zext i64 %8 to i128
  %13 = zext i64 %10 to i128
  %14 = shl i128 %13, 64
  %15 = or i128 %12, %14
  %16 = insertvalue { i1, i128 } %11, i128 %15, 1
  %17 = extractvalue { i1, i128 } %16, 1
  %18 = extractvalue { i1, i128 } %16, 0
  %19 = insertvalue { i128, i1 } poison, i128 %17, 0
  %20 = insertvalue { i128, i1 } %19, i1 %18, 1
  %u.lost = extractvalue { i128, i1 } %20, 1
  %21 = trunc i128 %b to i64
  %22 = lshr i128 %b, 64
  %23 = trunc i128 %22 to i64
  %24 = trunc i128 %a to i64
  %25 = lshr i128 %a, 64
  %26 = trunc i128 %25 to i64
  %27 = call i1 @bpf_legalize.smulo.i128(ptr %call.out, i64 %21, i64 %23, i64 %24, i64 %26)
  %28 = load i64, ptr %call.out, align 8
  %29 = getelementptr inbounds i64, ptr %call.out, i64 1
  %30 = load i64, ptr %29, align 8
  %31 = insertvalue { i1, i128 } poison, i1 %27, 0
  %32 = zext i64 %28 to i128
  %33 = zext i64 %30 to i128
  %34 = shl i128 %33, 64
  %35 = or i128 %32, %34
  %36 = insertvalue { i1, i128 } %31, i128 %35, 1
  %37 = extractvalue { i1, i128 } %36, 1
  %38 = extractvalue { i1, i128 } %36, 0
  %39 = insertvalue { i128, i1 } poison, i128 %37, 0
  %40 = insertvalue { i128, i1 } %39, i1 %38, 1
  %s.low = extractvalue { i128, i1 } %40, 0
  %sign = icmp slt i128 %s.low, 0
  %r = xor i1 %u.lost, %sign
  ret i1 %r
}

; Function Attrs: nofree nosync nounwind willreturn memory(none)
declare i64 @__bpf_umulh(i64, i64) #0

; Function Attrs: noinline nounwind
define internal i1 @bpf_legalize.umulo.i128(ptr %0, i64 %1, i64 %2, i64 %3, i64 %4) #1 {
  %6 = zext i64 %1 to i128
  %7 = zext i64 %2 to i128
  %8 = shl i128 %7, 64
  %9 = or i128 %6, %8
  %10 = zext i64 %3 to i128
  %11 = zext i64 %4 to i128
  %12 = shl i128 %11, 64
  %13 = or i128 %10, %12
  %a0 = trunc i128 %9 to i64
  %b0 = trunc i128 %13 to i64
  %a.top = lshr i128 %9, 64
  %b.top = lshr i128 %13, 64
  %a1 = trunc i128 %a.top to i64
  %b1 = trunc i128 %b.top to i64
  %a1.any = icmp ne i64 %a1, 0
  %b1.any = icmp ne i64 %b1, 0
  %both = and i1 %a1.any, %b1.any
  %low = mul i64 %a0, %b0
  %carry = call i64 @__bpf_umulh(i64 %a0, i64 %b0)
  %one.high = or i64 %a1, %b1
  %one.low = select i1 %a1.any, i64 %b0, i64 %a0
  %cross = mul i64 %one.high, %one.low
  %cross.high = call i64 @__bpf_umulh(i64 %one.high, i64 %one.low)
  %cross.lost = icmp ne i64 %cross.high, 0
  %high = add i64 %carry, %cross
  %high.lost = icmp ult i64 %high, %carry
  %lost.0 = or i1 %both, %cross.lost
  %lost = or i1 %lost.0, %high.lost
  %cross.a = mul i64 %a1, %b0
  %cross.b = mul i64 %a0, %b1
  %cross.all = add i64 %cross.a, %cross.b
  %high.all = add i64 %carry, %cross.all
  %high.wide = zext i64 %high.all to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  %r0 = insertvalue { i1, i128 } poison, i1 %lost, 0
  %r1 = insertvalue { i1, i128 } %r0, i128 %r, 1
  %14 = extractvalue { i1, i128 } %r1, 0
  %15 = extractvalue { i1, i128 } %r1, 1
  %16 = trunc i128 %15 to i64
  %17 = lshr i128 %15, 64
  %18 = trunc i128 %17 to i64
  store i64 %16, ptr %0, align 8
  %19 = getelementptr inbounds i64, ptr %0, i64 1
  store i64 %18, ptr %19, align 8
  ret i1 %14
}

; Function Attrs: noinline nounwind
define internal i1 @bpf_legalize.smulo.i128(ptr %0, i64 %1, i64 %2, i64 %3, i64 %4) #1 {
  %call.out = alloca [2 x i64], align 8
  %6 = zext i64 %1 to i128
  %7 = zext i64 %2 to i128
  %8 = shl i128 %7, 64
  %9 = or i128 %6, %8
  %10 = zext i64 %3 to i128
  %11 = zext i64 %4 to i128
  %12 = shl i128 %11, 64
  %13 = or i128 %10, %12
  %a.sign = ashr i128 %9, 127
  %b.sign = ashr i128 %13, 127
  %a.flip = xor i128 %9, %a.sign
  %b.flip = xor i128 %13, %b.sign
  %a.abs = sub i128 %a.flip, %a.sign
  %b.abs = sub i128 %b.flip, %b.sign
  %14 = trunc i128 %a.abs to i64
  %15 = lshr i128 %a.abs, 64
  %16 = trunc i128 %15 to i64
  %17 = trunc i128 %b.abs to i64
  %18 = lshr i128 %b.abs, 64
  %19 = trunc i128 %18 to i64
  %20 = call i1 @bpf_legalize.umulo.i128(ptr %call.out, i64 %14, i64 %16, i64 %17, i64 %19)
  %21 = load i64, ptr %call.out, align 8
  %22 = getelementptr inbounds i64, ptr %call.out, i64 1
  %23 = load i64, ptr %22, align 8
  %24 = insertvalue { i1, i128 } poison, i1 %20, 0
  %25 = zext i64 %21 to i128
  %26 = zext i64 %23 to i128
  %27 = shl i128 %26, 64
  %28 = or i128 %25, %27
  %29 = insertvalue { i1, i128 } %24, i128 %28, 1
  %beyond = extractvalue { i1, i128 } %29, 0
  %abs = extractvalue { i1, i128 } %29, 1
  %sign = xor i128 %a.sign, %b.sign
  %flip = xor i128 %abs, %sign
  %r = sub i128 %flip, %sign
  %wrong = xor i128 %r, %sign
  %is.wrong = icmp slt i128 %wrong, 0
  %is.some = icmp ne i128 %r, 0
  %is.lost = and i1 %is.wrong, %is.some
  %lost = or i1 %beyond, %is.lost
  %r0 = insertvalue { i1, i128 } poison, i1 %lost, 0
  %r1 = insertvalue { i1, i128 } %r0, i128 %r, 1
  %30 = extractvalue { i1, i128 } %r1, 0
  %31 = extractvalue { i1, i128 } %r1, 1
  %32 = trunc i128 %31 to i64
  %33 = lshr i128 %31, 64
  %34 = trunc i128 %33 to i64
  store i64 %32, ptr %0, align 8
  %35 = getelementptr inbounds i64, ptr %0, i64 1
  store i64 %34, ptr %35, align 8
  ret i1 %30
}

attributes #0 = { nofree nosync nounwind willreturn memory(none) }
attributes #1 = { noinline nounwind }
