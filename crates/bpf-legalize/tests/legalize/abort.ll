; A C-style abort is a trap like any other.
define void @f() {
  call void @abort()
  unreachable
}

declare void @abort()

;; after
define void @f() {
  call void @llvm.trap()
  unreachable
}

; Function Attrs: cold noreturn nounwind memory(inaccessiblemem: write)
declare void @llvm.trap() #0

attributes #0 = { cold noreturn nounwind memory(inaccessiblemem: write) }
