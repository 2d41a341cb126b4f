; Two panics in one function: LLVM would let them share a trap, which has one line only. A function with
; one is left alone.
; entry: f g
define i64 @f(i64 %a, i64 %b) {
  %c = icmp ugt i64 %a, 7
  br i1 %c, label %first, label %more
more:
  %d = icmp ugt i64 %b, 9
  br i1 %d, label %second, label %good
good:
  ret i64 1
first:
  call void @llvm.trap()
  unreachable
second:
  call void @llvm.trap()
  unreachable
}

define void @g() {
  call void @llvm.trap()
  unreachable
}

declare void @llvm.trap()

;; after
define i64 @f(i64 %a, i64 %b) {
  %c = icmp ugt i64 %a, 7
  br i1 %c, label %first, label %more

more:                                             ; preds = %0
  %d = icmp ugt i64 %b, 9
  br i1 %d, label %second, label %good

good:                                             ; preds = %more
  ret i64 1

first:                                            ; preds = %0
  call void @__bpf_trap.0()
  unreachable

second:                                           ; preds = %more
  call void @__bpf_trap.1()
  unreachable
}

define void @g() {
  call void @llvm.trap()
  unreachable
}

; Function Attrs: cold noreturn nounwind memory(inaccessiblemem: write)
declare void @llvm.trap() #0

declare void @__bpf_trap.0()

declare void @__bpf_trap.1()

attributes #0 = { cold noreturn nounwind memory(inaccessiblemem: write) }
