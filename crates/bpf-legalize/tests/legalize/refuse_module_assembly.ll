; `global_asm!`
module asm ".globl x"

define void @f() {
  ret void
}

;; error
; inline assembly in `global_asm!`: write it in Rust
