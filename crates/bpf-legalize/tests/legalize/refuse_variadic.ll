; C's printf and its like.
define void @f() {
  %r = call i32 (ptr, ...) @printf(ptr null, i64 1)
  ret void
}

declare i32 @printf(ptr, ...)

;; error
; a variable number of arguments in `f`: give the function a fixed number of arguments
