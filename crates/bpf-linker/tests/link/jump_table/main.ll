; A dense switch: LLVM makes a table of distances within the section, which here is not the first one
; and does not begin with this function. The table has to become code addresses.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

define internal i64 @before(i64 %a) noinline section ".text.switch" {
  %r = mul i64 %a, 3
  ret i64 %r
}
define internal i64 @choose(i32 %x) noinline section ".text.switch" {
  switch i32 %x, label %default [ i32 0, label %a
    i32 1, label %b
    i32 2, label %c
    i32 3, label %d
    i32 4, label %e
    i32 5, label %f ]
a:
  %ra = call i64 @before(i64 1)
  ret i64 %ra
b:
  %rb = call i64 @before(i64 20)
  %sb = add i64 %rb, 2
  ret i64 %sb
c:
  ret i64 300
d:
  %rd = call i64 @before(i64 4000)
  %sd = sub i64 %rd, 1
  ret i64 %sd
e:
  ret i64 50000
f:
  ret i64 600000
default:
  ret i64 7
}
define i64 @call(i32 %x) {
  %r = call i64 @choose(i32 %x)
  ret i64 %r
}
define void @deploy() {
  ret void
}

; expect table choose 6
; expect section .rodata 48
