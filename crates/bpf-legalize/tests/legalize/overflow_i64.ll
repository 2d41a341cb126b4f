; The back end would multiply in 128 bits to see whether 64 are enough.
define i64 @f(i64 %a, i64 %b) {
  %u = call { i64, i1 } @llvm.umul.with.overflow.i64(i64 %a, i64 %b)
  %u.low = extractvalue { i64, i1 } %u, 0
  %u.lost = extractvalue { i64, i1 } %u, 1
  %s = call { i64, i1 } @llvm.smul.with.overflow.i64(i64 %a, i64 %b)
  %s.lost = extractvalue { i64, i1 } %s, 1
  %lost = and i1 %u.lost, %s.lost
  %r = select i1 %lost, i64 0, i64 %u.low
  ret i64 %r
}

;; after
define i64 @f(i64 %a, i64 %b) {
  %low.i = mul i64 %a, %b
  %high.i = call i64 @__bpf_umulh(i64 %a, i64 %b)
  %lost.i = icmp ne i64 %high.i, 0
  %r0.i = insertvalue { i1, i64 } poison, i1 %lost.i, 0
  %r1.i = insertvalue { i1, i64 } %r0.i, i64 %low.i, 1
  %1 = extractvalue { i1, i64 } %r1.i, 1
  %2 = extractvalue { i1, i64 } %r1.i, 0
  %3 = insertvalue { i64, i1 } poison, i64 %1, 0
  %4 = insertvalue { i64, i1 } %3, i1 %2, 1
  %u.low = extractvalue { i64, i1 } %4, 0
  %u.lost = extractvalue { i64, i1 } %4, 1
  %low.i1 = mul i64 %a, %b
  %unsigned.i = call i64 @__bpf_umulh(i64 %a, i64 %b)
  %a.sign.i = ashr i64 %a, 63
  %b.sign.i = ashr i64 %b, 63
  %a.excess.i = and i64 %a.sign.i, %b
  %b.excess.i = and i64 %b.sign.i, %a
  %less.i = sub i64 %unsigned.i, %a.excess.i
  %high.i2 = sub i64 %less.i, %b.excess.i
  %low.sign.i = ashr i64 %low.i1, 63
  %lost.i3 = icmp ne i64 %high.i2, %low.sign.i
  %r0.i4 = insertvalue { i1, i64 } poison, i1 %lost.i3, 0
  %r1.i5 = insertvalue { i1, i64 } %r0.i4, i64 %low.i1, 1
  %5 = extractvalue { i1, i64 } %r1.i5, 1
  %6 = extractvalue { i1, i64 } %r1.i5, 0
  %7 = insertvalue { i64, i1 } poison, i64 %5, 0
  %8 = insertvalue { i64, i1 } %7, i1 %6, 1
  %s.lost = extractvalue { i64, i1 } %8, 1
  %lost = and i1 %u.lost, %s.lost
  %r = select i1 %lost, i64 0, i64 %u.low
  ret i64 %r
}

; Function Attrs: nofree nosync nounwind willreturn memory(none)
declare i64 @__bpf_umulh(i64, i64) #0

attributes #0 = { nofree nosync nounwind willreturn memory(none) }
