; A frame has a fixed size.
define void @f(i64 %n) {
  %p = alloca i8, i64 %n
  call void @g(ptr %p)
  ret void
}

declare void @g(ptr)

;; error
; a stack allocation of variable size in `f`: frames have a fixed size; allocate on the heap
