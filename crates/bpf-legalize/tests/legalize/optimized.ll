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
; Function Attrs: nofree norecurse nosync nounwind willreturn memory(none)
define range(i64 0, -1) i64 @f(i64 %a, i64 %b) local_unnamed_addr #0 {
  %carry.i = call i64 @__bpf_umulh(i64 %b, i64 %a)
  ret i64 %carry.i
}

; Function Attrs: nofree nosync nounwind willreturn memory(none)
declare i64 @__bpf_umulh(i64, i64) #1

attributes #0 = { nofree norecurse nosync nounwind willreturn memory(none) }
attributes #1 = { nofree nosync nounwind willreturn memory(none) }
