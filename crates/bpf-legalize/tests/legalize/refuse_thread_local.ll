; The variable is named, not the function that uses it.
@_RNvCs1234_7mycrate5STATE = internal thread_local global i64 0

define i64 @f() {
  %p = call ptr @llvm.threadlocal.address.p0(ptr @_RNvCs1234_7mycrate5STATE)
  %r = load i64, ptr %p
  ret i64 %r
}

;; error
; a thread-local variable in `mycrate::STATE`: a contract has one thread; use a plain static
