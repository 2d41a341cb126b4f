; A float that is only passed on is one all the same.
define void @f(ptr %p) {
  %x = load i64, ptr %p
  call void @g(float 1.0)
  ret void
}

declare void @g(float)

;; error
; floating-point arithmetic in `f`: a contract's result must be the same everywhere; use integers or fixed point
