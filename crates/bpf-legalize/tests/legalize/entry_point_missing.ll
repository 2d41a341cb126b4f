; An entry point that is only declared is as good as none.
define void @g() {
  call void @f()
  ret void
}

declare void @f()

;; error
; the module does not define the entry point `f`
