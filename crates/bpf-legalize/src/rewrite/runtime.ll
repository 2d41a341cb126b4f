; Arithmetic that BPF has no instruction for, in terms of what it has and of the virtual machine's
; intrinsics (contract_abi::intrinsic). Linked into a module that needs any of it: see runtime.rs.
;
; Everything here is exact arithmetic on two's complement integers, without undefined behaviour for any
; operands except a zero divisor, for which the LLVM instruction it stands for has none either.

; High 64 bits of the unsigned product.
declare i64 @__bpf_umulh(i64, i64) #0

; Result through the pointer, low half first.
declare i64 @__bpf_udivti3(i64, i64, i64, i64, ptr) #1
declare i64 @__bpf_umodti3(i64, i64, i64, i64, ptr) #1
declare i64 @__bpf_divti3(i64, i64, i64, i64, ptr) #1
declare i64 @__bpf_modti3(i64, i64, i64, i64, ptr) #1

define i64 @bpf_legalize.umulh(i64 %a, i64 %b) #2 {
  %high = call i64 @__bpf_umulh(i64 %a, i64 %b)
  ret i64 %high
}

; It overflows if the high half of the product is not zero.
define { i1, i64 } @bpf_legalize.umulo.i64(i64 %a, i64 %b) #2 {
  %low = mul i64 %a, %b
  %high = call i64 @__bpf_umulh(i64 %a, i64 %b)
  %lost = icmp ne i64 %high, 0
  %r0 = insertvalue { i1, i64 } poison, i1 %lost, 0
  %r1 = insertvalue { i1, i64 } %r0, i64 %low, 1
  ret { i1, i64 } %r1
}

; A negative a is a + 2^64 when read as unsigned, which adds b to the high half; likewise b. It overflows
; if the signed high half is not the sign of the low one.
define { i1, i64 } @bpf_legalize.smulo.i64(i64 %a, i64 %b) #2 {
  %low = mul i64 %a, %b
  %unsigned = call i64 @__bpf_umulh(i64 %a, i64 %b)
  %a.sign = ashr i64 %a, 63
  %b.sign = ashr i64 %b, 63
  %a.excess = and i64 %a.sign, %b
  %b.excess = and i64 %b.sign, %a
  %less = sub i64 %unsigned, %a.excess
  %high = sub i64 %less, %b.excess
  %low.sign = ashr i64 %low, 63
  %lost = icmp ne i64 %high, %low.sign
  %r0 = insertvalue { i1, i64 } poison, i1 %lost, 0
  %r1 = insertvalue { i1, i64 } %r0, i64 %low, 1
  ret { i1, i64 } %r1
}

; (a1·2^64 + a0)·(b1·2^64 + b0): a1·b1 is beyond 128 bits.
define i128 @bpf_legalize.mul.i128(i128 %a, i128 %b) #2 {
  %a0 = trunc i128 %a to i64
  %b0 = trunc i128 %b to i64
  %a.top = lshr i128 %a, 64
  %b.top = lshr i128 %b, 64
  %a1 = trunc i128 %a.top to i64
  %b1 = trunc i128 %b.top to i64
  %low = mul i64 %a0, %b0
  %carry = call i64 @__bpf_umulh(i64 %a0, i64 %b0)
  %cross.a = mul i64 %a1, %b0
  %cross.b = mul i64 %a0, %b1
  %cross = add i64 %cross.a, %cross.b
  %high = add i64 %carry, %cross
  %high.wide = zext i64 %high to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  ret i128 %r
}

; As above, and it overflows if a1·b1 is not zero, if a cross product has a high half, or if the sum of
; the cross products and the carry does. One of a1 and b1 is zero unless it has overflowed already, so
; that the sum of the cross products cannot wrap unseen.
define { i1, i128 } @bpf_legalize.umulo.i128(i128 %a, i128 %b) #3 {
  %a0 = trunc i128 %a to i64
  %b0 = trunc i128 %b to i64
  %a.top = lshr i128 %a, 64
  %b.top = lshr i128 %b, 64
  %a1 = trunc i128 %a.top to i64
  %b1 = trunc i128 %b.top to i64
  %a1.any = icmp ne i64 %a1, 0
  %b1.any = icmp ne i64 %b1, 0
  %both = and i1 %a1.any, %b1.any
  %low = mul i64 %a0, %b0
  %carry = call i64 @__bpf_umulh(i64 %a0, i64 %b0)
  ; The one of the two that is not zero, times the other number's low half.
  %one.high = or i64 %a1, %b1
  %one.low = select i1 %a1.any, i64 %b0, i64 %a0
  %cross = mul i64 %one.high, %one.low
  %cross.high = call i64 @__bpf_umulh(i64 %one.high, i64 %one.low)
  %cross.lost = icmp ne i64 %cross.high, 0
  %high = add i64 %carry, %cross
  %high.lost = icmp ult i64 %high, %carry
  %lost.0 = or i1 %both, %cross.lost
  %lost = or i1 %lost.0, %high.lost
  ; Modulo 2^128 the product has both cross products even where it has overflowed.
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
  ret { i1, i128 } %r1
}

; The product of the absolute values, and the sign put back. It overflows if that product does, or if the
; result's sign is wrong, which zero's never is.
define { i1, i128 } @bpf_legalize.smulo.i128(i128 %a, i128 %b) #3 {
  %a.sign = ashr i128 %a, 127
  %b.sign = ashr i128 %b, 127
  %a.flip = xor i128 %a, %a.sign
  %b.flip = xor i128 %b, %b.sign
  %a.abs = sub i128 %a.flip, %a.sign
  %b.abs = sub i128 %b.flip, %b.sign
  %product = call { i1, i128 } @bpf_legalize.umulo.i128(i128 %a.abs, i128 %b.abs)
  %beyond = extractvalue { i1, i128 } %product, 0
  %abs = extractvalue { i1, i128 } %product, 1
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
  ret { i1, i128 } %r1
}

define i128 @bpf_legalize.udiv.i128(i128 %a, i128 %b) #2 {
  %out = alloca i128, align 16
  %a0 = trunc i128 %a to i64
  %b0 = trunc i128 %b to i64
  %a.top = lshr i128 %a, 64
  %b.top = lshr i128 %b, 64
  %a1 = trunc i128 %a.top to i64
  %b1 = trunc i128 %b.top to i64
  %zero = call i64 @__bpf_udivti3(i64 %a0, i64 %a1, i64 %b0, i64 %b1, ptr %out)
  %r = load i128, ptr %out, align 16
  ret i128 %r
}

define i128 @bpf_legalize.urem.i128(i128 %a, i128 %b) #2 {
  %out = alloca i128, align 16
  %a0 = trunc i128 %a to i64
  %b0 = trunc i128 %b to i64
  %a.top = lshr i128 %a, 64
  %b.top = lshr i128 %b, 64
  %a1 = trunc i128 %a.top to i64
  %b1 = trunc i128 %b.top to i64
  %zero = call i64 @__bpf_umodti3(i64 %a0, i64 %a1, i64 %b0, i64 %b1, ptr %out)
  %r = load i128, ptr %out, align 16
  ret i128 %r
}

define i128 @bpf_legalize.sdiv.i128(i128 %a, i128 %b) #2 {
  %out = alloca i128, align 16
  %a0 = trunc i128 %a to i64
  %b0 = trunc i128 %b to i64
  %a.top = lshr i128 %a, 64
  %b.top = lshr i128 %b, 64
  %a1 = trunc i128 %a.top to i64
  %b1 = trunc i128 %b.top to i64
  %zero = call i64 @__bpf_divti3(i64 %a0, i64 %a1, i64 %b0, i64 %b1, ptr %out)
  %r = load i128, ptr %out, align 16
  ret i128 %r
}

define i128 @bpf_legalize.srem.i128(i128 %a, i128 %b) #2 {
  %out = alloca i128, align 16
  %a0 = trunc i128 %a to i64
  %b0 = trunc i128 %b to i64
  %a.top = lshr i128 %a, 64
  %b.top = lshr i128 %b, 64
  %a1 = trunc i128 %a.top to i64
  %b1 = trunc i128 %b.top to i64
  %zero = call i64 @__bpf_modti3(i64 %a0, i64 %a1, i64 %b0, i64 %b1, ptr %out)
  %r = load i128, ptr %out, align 16
  ret i128 %r
}

; By 64 and more, one half moves as a whole. `near` is what leaves one half for the other: shifting by one
; first keeps the amount below 64.
define i128 @bpf_legalize.shl.i128(i128 %a, i64 %n) #3 {
  %a0 = trunc i128 %a to i64
  %a.top = lshr i128 %a, 64
  %a1 = trunc i128 %a.top to i64
  %m = and i64 %n, 63
  %rest = xor i64 %m, 63
  %a0.moved = shl i64 %a0, %m
  %a1.moved = shl i64 %a1, %m
  %a0.half = lshr i64 %a0, 1
  %near = lshr i64 %a0.half, %rest
  %mixed = or i64 %a1.moved, %near
  %far.bit = and i64 %n, 64
  %far = icmp ne i64 %far.bit, 0
  %low = select i1 %far, i64 0, i64 %a0.moved
  %high = select i1 %far, i64 %a0.moved, i64 %mixed
  %high.wide = zext i64 %high to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  ret i128 %r
}

define i128 @bpf_legalize.lshr.i128(i128 %a, i64 %n) #3 {
  %a0 = trunc i128 %a to i64
  %a.top = lshr i128 %a, 64
  %a1 = trunc i128 %a.top to i64
  %m = and i64 %n, 63
  %rest = xor i64 %m, 63
  %a0.moved = lshr i64 %a0, %m
  %a1.moved = lshr i64 %a1, %m
  %a1.twice = shl i64 %a1, 1
  %near = shl i64 %a1.twice, %rest
  %mixed = or i64 %a0.moved, %near
  %far.bit = and i64 %n, 64
  %far = icmp ne i64 %far.bit, 0
  %low = select i1 %far, i64 %a1.moved, i64 %mixed
  %high = select i1 %far, i64 0, i64 %a1.moved
  %high.wide = zext i64 %high to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  ret i128 %r
}

define i128 @bpf_legalize.ashr.i128(i128 %a, i64 %n) #3 {
  %a0 = trunc i128 %a to i64
  %a.top = lshr i128 %a, 64
  %a1 = trunc i128 %a.top to i64
  %sign = ashr i64 %a1, 63
  %m = and i64 %n, 63
  %rest = xor i64 %m, 63
  %a0.moved = lshr i64 %a0, %m
  %a1.moved = ashr i64 %a1, %m
  %a1.twice = shl i64 %a1, 1
  %near = shl i64 %a1.twice, %rest
  %mixed = or i64 %a0.moved, %near
  %far.bit = and i64 %n, 64
  %far = icmp ne i64 %far.bit, 0
  %low = select i1 %far, i64 %a1.moved, i64 %mixed
  %high = select i1 %far, i64 %sign, i64 %a1.moved
  %high.wide = zext i64 %high to i128
  %low.wide = zext i64 %low to i128
  %high.place = shl i128 %high.wide, 64
  %r = or disjoint i128 %high.place, %low.wide
  ret i128 %r
}

attributes #0 = { nounwind nofree nosync willreturn memory(none) }
attributes #1 = { nounwind nofree nosync willreturn memory(argmem: write) }
attributes #2 = { alwaysinline nounwind }
attributes #3 = { noinline nounwind }
