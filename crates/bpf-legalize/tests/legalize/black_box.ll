; An empty piece of assembly is `core::hint::black_box`.
define void @f(ptr %p) {
  call void asm sideeffect "", "r,~{memory}"(ptr %p)
  ret void
}

;; after
define void @f(ptr %p) {
  call void asm sideeffect "", "r,~{memory}"(ptr %p)
  ret void
}
