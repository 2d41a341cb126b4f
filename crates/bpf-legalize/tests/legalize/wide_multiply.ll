; 128 bits, fewer, and more.
define void @f(ptr %p, ptr %q) {
  %a = load i128, ptr %p
  %b = load i128, ptr %q
  %c = mul i128 %a, %b
  store i128 %c, ptr %p
  %d = load i96, ptr %p
  %e = mul i96 %d, 10
  store i96 %e, ptr %p
  %g = load i192, ptr %p
  %h = load i192, ptr %q
  %i = mul i192 %g, %h
  store i192 %i, ptr %p
  ret void
}

;; after
define void @f(ptr %p, ptr %q) {
  %a = load i128, ptr %p, align 16
  %b = load i128, ptr %q, align 16
  %a0.i = trunc i128 %a to i64
  %b0.i = trunc i128 %b to i64
  %a.top.i = lshr i128 %a, 64
  %b.top.i = lshr i128 %b, 64
  %a1.i = trunc i128 %a.top.i to i64
  %b1.i = trunc i128 %b.top.i to i64
  %low.i = mul i64 %a0.i, %b0.i
  %carry.i = call i64 @__bpf_umulh(i64 %a0.i, i64 %b0.i)
  %cross.a.i = mul i64 %a1.i, %b0.i
  %cross.b.i = mul i64 %a0.i, %b1.i
  %cross.i = add i64 %cross.a.i, %cross.b.i
  %high.i3 = add i64 %carry.i, %cross.i
  %high.wide.i = zext i64 %high.i3 to i128
  %low.wide.i = zext i64 %low.i to i128
  %high.place.i = shl i128 %high.wide.i, 64
  %r.i = or disjoint i128 %high.place.i, %low.wide.i
  store i128 %r.i, ptr %p, align 16
  %d = load i96, ptr %p, align 16
  %1 = zext i96 %d to i128
  %a0.i4 = trunc i128 %1 to i64
  %a.top.i5 = lshr i128 %1, 64
  %a1.i6 = trunc i128 %a.top.i5 to i64
  %low.i7 = mul i64 %a0.i4, 10
  %carry.i8 = call i64 @__bpf_umulh(i64 %a0.i4, i64 10)
  %cross.a.i9 = mul i64 %a1.i6, 10
  %high.i12 = add i64 %carry.i8, %cross.a.i9
  %high.wide.i13 = zext i64 %high.i12 to i128
  %low.wide.i14 = zext i64 %low.i7 to i128
  %high.place.i15 = shl i128 %high.wide.i13, 64
  %r.i16 = or disjoint i128 %high.place.i15, %low.wide.i14
  %2 = trunc i128 %r.i16 to i96
  store i96 %2, ptr %p, align 16
  %g = load i192, ptr %p, align 16
  %h = load i192, ptr %q, align 16
  %3 = trunc i192 %g to i64
  %4 = lshr i192 %g, 64
  %5 = trunc i192 %4 to i64
  %6 = lshr i192 %g, 128
  %7 = trunc i192 %6 to i64
  %8 = trunc i192 %h to i64
  %9 = lshr i192 %h, 64
  %10 = trunc i192 %9 to i64
  %11 = lshr i192 %h, 128
  %12 = trunc i192 %11 to i64
  %13 = mul i64 %3, %8
  %14 = zext i64 %13 to i192
  %15 = add i192 0, %14
  %high.i = call i64 @__bpf_umulh(i64 %3, i64 %8)
  %16 = zext i64 %high.i to i192
  %17 = shl i192 %16, 64
  %18 = add i192 %15, %17
  %19 = mul i64 %3, %10
  %20 = zext i64 %19 to i192
  %21 = shl i192 %20, 64
  %22 = add i192 %18, %21
  %high.i1 = call i64 @__bpf_umulh(i64 %3, i64 %10)
  %23 = zext i64 %high.i1 to i192
  %24 = shl i192 %23, 128
  %25 = add i192 %22, %24
  %26 = mul i64 %3, %12
  %27 = zext i64 %26 to i192
  %28 = shl i192 %27, 128
  %29 = add i192 %25, %28
  %30 = mul i64 %5, %8
  %31 = zext i64 %30 to i192
  %32 = shl i192 %31, 64
  %33 = add i192 %29, %32
  %high.i2 = call i64 @__bpf_umulh(i64 %5, i64 %8)
  %34 = zext i64 %high.i2 to i192
  %35 = shl i192 %34, 128
  %36 = add i192 %33, %35
  %37 = mul i64 %5, %10
  %38 = zext i64 %37 to i192
  %39 = shl i192 %38, 128
  %40 = add i192 %36, %39
  %41 = mul i64 %7, %8
  %42 = zext i64 %41 to i192
  %43 = shl i192 %42, 128
  %44 = add i192 %40, %43
  store i192 %44, ptr %p, align 16
  ret void
}

; Function Attrs: nofree nosync nounwind willreturn memory(none)
declare i64 @__bpf_umulh(i64, i64) #0

attributes #0 = { nofree nosync nounwind willreturn memory(none) }
