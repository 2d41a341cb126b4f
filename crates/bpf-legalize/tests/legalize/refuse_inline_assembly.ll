; An empty piece of assembly, which `black_box` is, may stay; any other may not.
define void @f(ptr %p) {
  call void asm sideeffect "", "r,~{memory}"(ptr %p)
  call void asm sideeffect "r0 = 1", "~{memory}"()
  ret void
}

;; error
; inline assembly in `f`: write it in Rust
