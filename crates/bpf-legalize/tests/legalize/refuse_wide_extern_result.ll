; Nobody outside knows our way of returning two registers.
define i64 @f() {
  %x = call { i64, i64 } @g()
  %r = extractvalue { i64, i64 } %x, 1
  ret i64 %r
}

declare { i64, i64 } @g()

;; error
; an external function with a result of more than 64 bits in `g`: return at most 64 bits, or through a pointer
