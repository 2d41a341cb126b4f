; The intrinsics that LLVM's BPF target adds for the kernel's verifier go.
define i64 @f(i64 %a, i64 %b, i1 %c) {
  %hidden = call i1 @llvm.bpf.passthrough.i1.i1(i32 0, i1 %c)
  %less = call i1 @llvm.bpf.compare.i64.i64(i32 36, i64 %a, i64 %b)
  %both = and i1 %hidden, %less
  %r = select i1 %both, i64 %a, i64 %b
  ret i64 %r
}

declare i1 @llvm.bpf.passthrough.i1.i1(i32, i1)
declare i1 @llvm.bpf.compare.i64.i64(i32, i64, i64)

;; after
define i64 @f(i64 %a, i64 %b, i1 %c) {
  %1 = icmp ult i64 %a, %b
  %both = and i1 %c, %1
  %r = select i1 %both, i64 %a, i64 %b
  ret i64 %r
}
