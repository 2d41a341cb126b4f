; 32 bits and fewer the back end does itself; other widths go through the next that there is code for.
define i1 @f(i48 %a, i48 %b, i100 %c) {
  %small.a = trunc i48 %a to i32
  %small.b = trunc i48 %b to i32
  %small = call { i32, i1 } @llvm.umul.with.overflow.i32(i32 %small.a, i32 %small.b)
  %small.lost = extractvalue { i32, i1 } %small, 1
  %odd = call { i48, i1 } @llvm.smul.with.overflow.i48(i48 %a, i48 %b)
  %odd.lost = extractvalue { i48, i1 } %odd, 1
  %wide = call { i100, i1 } @llvm.umul.with.overflow.i100(i100 %c, i100 %c)
  %wide.lost = extractvalue { i100, i1 } %wide, 1
  %some = or i1 %small.lost, %odd.lost
  %r = or i1 %some, %wide.lost
  ret i1 %r
}

;; after
define i1 @f(i48 %a, i48 %b, i100 %c) {
  %call.out = alloca [2 x i64], align 8
  %small.a = trunc i48 %a to i32
  %small.b = trunc i48 %b to i32
  %small = call { i32, i1 } @llvm.umul.with.overflow.i32(i32 %small.a, i32 %small.b)
  %small.lost = extractvalue { i32, i1 } %small, 1
  %1 = sext i48 %a to i64
  %2 = sext i48 %b to i64
  %low.i = mul i64 %1, %2
  %unsigned.i = call i64 @__bpf_umulh(i64 %1, i64 %2)
  %a.sign.i = ashr i64 %1, 63
  %b.sign.i = ashr i64 %2, 63
  %a.excess.i = and i64 %a.sign.i, %2
  %b.excess.i = and i64 %b.sign.i, %1
  %less.i = sub i64 %unsigned.i, %a.excess.i
  %high.i = sub i64 %less.i, %b.excess.i
  %low.sign.i = ashr i64 %low.i, 63
  %lost.i = icmp ne i64 %high.i, %low.sign.i
  %r0.i = insertvalue { i1, i64 } poison, i1 %lost.i, 0
  %r1.i = insertvalue { i1, i64 } %r0.i, i64 %low.i, 1
  %3 = extractvalue { i1, i64 } %r1.i, 1
  %4 = extractvalue { i1, i64 } %r1.i, 0
  %5 = trunc i64 %3 to i48
  %6 = sext i48 %5 to i64
  %7 = icmp ne i64 %6, %3
  %8 = or i1 %4, %7
  %9 = insertvalue { i48, i1 } poison, i48 %5, 0
  %10 = insertvalue { i48, i1 } %9, i1 %8, 1
  %odd.lost = extractvalue { i48, i1 } %10, 1
  %11 = zext i100 %c to i128
  %12 = zext i100 %c to i128
  %13 = trunc i128 %11 to i64
  %14 = lshr i128 %11, 64
  %15 = trunc i128 %14 to i64
  %16 = trunc i128 %12 to i64
  %17 = lshr i128 %12, 64
  %18 = trunc i128 %17 to i64
  %19 = call i1 @bpf_legalize.umulo.i128(ptr %call.out, i64 %13, i64 %15, i64 %16, i64 %18)
  %20 = load i64, ptr %call.out, align 8
  %21 = getelementptr inbounds i64, ptr %call.out, i64 1
  %22 = load i64, ptr %21, align 8
  %23 = insertvalue { i1, i128 } poison, i1 %19, 0
  %24 = zext i64 %20 to i128
  %25 = zext i64 %22 to i128
  %26 = shl i128 %25, 64
  %27 = or i128 %24, %26
  %28 = insertvalue { i1, i128 } %23, i128 %27, 1
  %29 = extractvalue { i1, i128 } %28, 1
  %30 = extractvalue { i1, i128 } %28, 0
  %31 = trunc i128 %29 to i100
  %32 = zext i100 %31 to i128
  %33 = icmp ne i128 %32, %29
  %34 = or i1 %30, %33
  %35 = insertvalue { i100, i1 } poison, i100 %31, 0
  %36 = insertvalue { i100, i1 } %35, i1 %34, 1
  %wide.lost = extractvalue { i100, i1 } %36, 1
  %some = or i1 %small.lost, %odd.lost
  %r = or i1 %some, %wide.lost
  ret i1 %r
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare { i32, i1 } @llvm.umul.with.overflow.i32(i32, i32) #0

; Function Attrs: nofree nosync nounwind willreturn memory(none)
declare i64 @__bpf_umulh(i64, i64) #1

; Function Attrs: noinline nounwind
define internal i1 @bpf_legalize.umulo.i128(ptr %0, i64 %1, i64 %2, i64 %3, i64 %4) #2 {
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

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }
attributes #1 = { nofree nosync nounwind willreturn memory(none) }
attributes #2 = { noinline nounwind }
