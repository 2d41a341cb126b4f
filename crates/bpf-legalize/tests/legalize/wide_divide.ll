; Each of the four, and a narrower width. What is wider than 128 bits LLVM expands itself.
define void @f(ptr %p, ptr %q) {
  %a = load i128, ptr %p
  %b = load i128, ptr %q
  %c = udiv i128 %a, %b
  %d = urem i128 %c, %b
  %e = sdiv i128 %d, %b
  %g = srem i128 %e, %b
  store i128 %g, ptr %p
  %h = load i72, ptr %p
  %i = load i72, ptr %q
  %j = sdiv i72 %h, %i
  store i72 %j, ptr %p
  %k = load i256, ptr %p
  %l = udiv i256 %k, 1000
  store i256 %l, ptr %p
  ret void
}

;; after
define void @f(ptr %p, ptr %q) {
  %out.i28 = alloca i128, align 16
  %out.i19 = alloca i128, align 16
  %out.i10 = alloca i128, align 16
  %out.i1 = alloca i128, align 16
  %out.i = alloca i128, align 16
  %a = load i128, ptr %p, align 16
  %b = load i128, ptr %q, align 16
  call void @llvm.lifetime.start.p0(ptr %out.i)
  %a0.i = trunc i128 %a to i64
  %b0.i = trunc i128 %b to i64
  %a.top.i = lshr i128 %a, 64
  %b.top.i = lshr i128 %b, 64
  %a1.i = trunc i128 %a.top.i to i64
  %b1.i = trunc i128 %b.top.i to i64
  %zero.i = call i64 @__bpf_udivti3(i64 %a0.i, i64 %a1.i, i64 %b0.i, i64 %b1.i, ptr %out.i)
  %r.i = load i128, ptr %out.i, align 16
  call void @llvm.lifetime.end.p0(ptr %out.i)
  call void @llvm.lifetime.start.p0(ptr %out.i1)
  %a0.i2 = trunc i128 %r.i to i64
  %b0.i3 = trunc i128 %b to i64
  %a.top.i4 = lshr i128 %r.i, 64
  %b.top.i5 = lshr i128 %b, 64
  %a1.i6 = trunc i128 %a.top.i4 to i64
  %b1.i7 = trunc i128 %b.top.i5 to i64
  %zero.i8 = call i64 @__bpf_umodti3(i64 %a0.i2, i64 %a1.i6, i64 %b0.i3, i64 %b1.i7, ptr %out.i1)
  %r.i9 = load i128, ptr %out.i1, align 16
  call void @llvm.lifetime.end.p0(ptr %out.i1)
  call void @llvm.lifetime.start.p0(ptr %out.i10)
  %a0.i11 = trunc i128 %r.i9 to i64
  %b0.i12 = trunc i128 %b to i64
  %a.top.i13 = lshr i128 %r.i9, 64
  %b.top.i14 = lshr i128 %b, 64
  %a1.i15 = trunc i128 %a.top.i13 to i64
  %b1.i16 = trunc i128 %b.top.i14 to i64
  %zero.i17 = call i64 @__bpf_divti3(i64 %a0.i11, i64 %a1.i15, i64 %b0.i12, i64 %b1.i16, ptr %out.i10)
  %r.i18 = load i128, ptr %out.i10, align 16
  call void @llvm.lifetime.end.p0(ptr %out.i10)
  call void @llvm.lifetime.start.p0(ptr %out.i28)
  %a0.i29 = trunc i128 %r.i18 to i64
  %b0.i30 = trunc i128 %b to i64
  %a.top.i31 = lshr i128 %r.i18, 64
  %b.top.i32 = lshr i128 %b, 64
  %a1.i33 = trunc i128 %a.top.i31 to i64
  %b1.i34 = trunc i128 %b.top.i32 to i64
  %zero.i35 = call i64 @__bpf_modti3(i64 %a0.i29, i64 %a1.i33, i64 %b0.i30, i64 %b1.i34, ptr %out.i28)
  %r.i36 = load i128, ptr %out.i28, align 16
  call void @llvm.lifetime.end.p0(ptr %out.i28)
  store i128 %r.i36, ptr %p, align 16
  %h = load i72, ptr %p, align 16
  %i = load i72, ptr %q, align 16
  %1 = sext i72 %h to i128
  %2 = sext i72 %i to i128
  call void @llvm.lifetime.start.p0(ptr %out.i19)
  %a0.i20 = trunc i128 %1 to i64
  %b0.i21 = trunc i128 %2 to i64
  %a.top.i22 = lshr i128 %1, 64
  %b.top.i23 = lshr i128 %2, 64
  %a1.i24 = trunc i128 %a.top.i22 to i64
  %b1.i25 = trunc i128 %b.top.i23 to i64
  %zero.i26 = call i64 @__bpf_divti3(i64 %a0.i20, i64 %a1.i24, i64 %b0.i21, i64 %b1.i25, ptr %out.i19)
  %r.i27 = load i128, ptr %out.i19, align 16
  call void @llvm.lifetime.end.p0(ptr %out.i19)
  %3 = trunc i128 %r.i27 to i72
  store i72 %3, ptr %p, align 16
  %k = load i256, ptr %p, align 16
  %l = udiv i256 %k, 1000
  store i256 %l, ptr %p, align 16
  ret void
}

; Function Attrs: nofree nosync nounwind willreturn memory(argmem: write)
declare i64 @__bpf_udivti3(i64, i64, i64, i64, ptr) #0

; Function Attrs: nofree nosync nounwind willreturn memory(argmem: write)
declare i64 @__bpf_umodti3(i64, i64, i64, i64, ptr) #0

; Function Attrs: nofree nosync nounwind willreturn memory(argmem: write)
declare i64 @__bpf_divti3(i64, i64, i64, i64, ptr) #0

; Function Attrs: nofree nosync nounwind willreturn memory(argmem: write)
declare i64 @__bpf_modti3(i64, i64, i64, i64, ptr) #0

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(ptr captures(none)) #1

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(ptr captures(none)) #1

attributes #0 = { nofree nosync nounwind willreturn memory(argmem: write) }
attributes #1 = { nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
