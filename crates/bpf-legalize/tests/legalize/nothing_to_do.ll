; IR that BPF can run as it is comes out as it went in.
define i64 @f(i64 %a, i64 %b, ptr %c, i32 %d, i8 zeroext %e) {
  %sum = add i64 %a, %b
  %product = mul i64 %sum, %a
  %wide = zext i64 %product to i128
  %more = add i128 %wide, 7
  store i128 %more, ptr %c, align 16
  %quotient = udiv i64 %product, %b
  call void @llvm.memcpy.p0.p0.i64(ptr %c, ptr @data, i64 24, i1 false)
  %shifted = lshr i128 %more, 3
  %r = trunc i128 %shifted to i64
  %x = call i64 @g(i64 %r, i64 %quotient)
  ret i64 %x
}

define internal i64 @g(i64 %a, i64 %b) noinline {
  %r = call i64 @llvm.umax.i64(i64 %a, i64 %b)
  ret i64 %r
}

@data = internal constant [32 x i8] c"01234567890123456789012345678901"

;; after
@data = internal constant [32 x i8] c"01234567890123456789012345678901"

define i64 @f(i64 %a, i64 %b, ptr %c, i32 %d, i8 zeroext %e) {
  %sum = add i64 %a, %b
  %product = mul i64 %sum, %a
  %wide = zext i64 %product to i128
  %more = add i128 %wide, 7
  store i128 %more, ptr %c, align 16
  %quotient = udiv i64 %product, %b
  call void @llvm.memcpy.p0.p0.i64(ptr %c, ptr @data, i64 24, i1 false)
  %shifted = lshr i128 %more, 3
  %r = trunc i128 %shifted to i64
  %x = call i64 @g(i64 %r, i64 %quotient)
  ret i64 %x
}

; Function Attrs: noinline
define internal i64 @g(i64 %a, i64 %b) #0 {
  %r = call i64 @llvm.umax.i64(i64 %a, i64 %b)
  ret i64 %r
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias writeonly captures(none), ptr noalias readonly captures(none), i64, i1 immarg) #1

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.umax.i64(i64, i64) #2

attributes #0 = { noinline }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }
