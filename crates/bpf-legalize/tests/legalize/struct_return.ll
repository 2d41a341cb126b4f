; rustc's own results through a pointer: the back end must not take the attribute for a returned struct.
define void @f(ptr %p) {
  call void @make(ptr sret([3 x i64]) %p, i64 5)
  ret void
}

define internal void @make(ptr sret([3 x i64]) %p, i64 %a) noinline {
  store i64 %a, ptr %p
  ret void
}

;; after
define void @f(ptr %p) {
  call void @make(ptr %p, i64 5)
  ret void
}

; Function Attrs: noinline
define internal void @make(ptr %p, i64 %a) #0 {
  store i64 %a, ptr %p, align 8
  ret void
}

attributes #0 = { noinline }
