; A program without `deploy`.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

define void @call() {
  ret void
}

; expect error the program has no function `deploy`
