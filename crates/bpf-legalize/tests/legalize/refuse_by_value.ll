; C's structs by value, on targets that copy them to the stack.
define i64 @f(ptr byval([4 x i64]) %p) {
  %r = load i64, ptr %p
  ret i64 %r
}

;; error
; an argument copied to the stack in `f`: pass a pointer
