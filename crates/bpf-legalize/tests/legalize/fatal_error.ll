; LLVM wants to end the process over this. It ends one thread.
define ptr @f() {
  %p = call ptr @llvm.returnaddress(i32 0)
  ret ptr %p
}

declare ptr @llvm.returnaddress(i32)

;; error
; LLVM: unimplemented opcode: 24
