; Every relocation that LLVM makes for data and calls, with symbols and with sections plus addends:
; private constants have no symbol, and functions lie in more than one section.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@text = private unnamed_addr constant [5 x i8] c"hello", align 1
@more = private unnamed_addr constant [6 x i8] c"world!", align 1
@vtable = internal constant [3 x ptr] [ptr @first, ptr @second, ptr @more], align 8
@value = global i64 5
@zeroed = global [100 x i8] zeroinitializer
@inside = global ptr getelementptr (i8, ptr @text, i64 3)
@__heap_base = external global i8
@__heap_end = external global i8

declare void @"seal0::set_storage"(ptr, ptr, i32)

define internal i64 @first(i64 %a) {
  ret i64 1
}
define internal i64 @second(i64 %a) {
  ret i64 %a
}
define weak i64 @other(i64 %a) section ".text.other" {
  %r = call i64 @first(i64 %a)
  %s = add i64 %r, 7
  ret i64 %s
}
define void @deploy() {
  %p = alloca [40 x i8]
  call void @"seal0::set_storage"(ptr @text, ptr %p, i32 5)
  ret void
}
define void @call() {
  %v = load i64, ptr @value
  %i = and i64 %v, 1
  %q = getelementptr [3 x ptr], ptr @vtable, i64 0, i64 %i
  %f = load ptr, ptr %q
  %r = call i64 %f(i64 %v)
  %z = call i64 @other(i64 %r)
  store ptr @second, ptr @inside
  store i64 %z, ptr @zeroed
  store ptr @__heap_base, ptr getelementptr (i8, ptr @zeroed, i64 8)
  store ptr @__heap_end, ptr getelementptr (i8, ptr @zeroed, i64 16)
  ret void
}

; expect symbol deploy
; expect symbol call
; expect symbol other
; expect frame deploy 48
; expect frame call 0
; expect taken first
; expect taken second
; expect not taken other
; `hello` and `world!`, then the table of pointers.
; expect section .rodata 40
; expect section .data 16
