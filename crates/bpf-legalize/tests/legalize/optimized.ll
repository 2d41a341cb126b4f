; With optimisation: a widening product loses the cross terms that are zero.
; optimize
define i64 @f(i64 %a, i64 %b) {
  %x = zext i64 %a to i128
  %y = zext i64 %b to i128
  %p = mul i128 %x, %y
  %h = lshr i128 %p, 64
  %r = trunc i128 %h to i64
  ret i64 %r
}

;; after
define i64 @f(i64 %a, i64 %b) {
  %carry.i = call i64 @__bpf_umulh(i64 %a, i64 %b)
  ret i64 %carry.i
}

; Function Attrs: nofree nosync nounwind willreturn memory(none)
declare i64 @__bpf_umulh(i64, i64) #0

attributes #0 = { nofree nosync nounwind willreturn memory(none) }
