; Landing pads mean that the crate was compiled to unwind.
define void @f() personality ptr @p {
  invoke void @g() to label %ok unwind label %bad

ok:
  ret void

bad:
  %x = landingpad { ptr, i32 } cleanup
  resume { ptr, i32 } %x
}

declare void @g()
declare i32 @p(...)

;; error
; unwinding in `f`: compile with panic = "abort"
