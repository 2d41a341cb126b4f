; Tables that the back end would take for jump tables (of pointers; of numbers of which one does not matter), and
; arrays it leaves alone.
; entry: f g
@table = private unnamed_addr constant [2 x ptr] [ptr @f, ptr @bytes]
@numbers = private unnamed_addr constant [3 x i64] [i64 1, i64 poison, i64 33]
@words = private constant [2 x i64] [i64 1, i64 2]
@bytes = private constant [9 x i8] c"012345678"

define ptr @f(i64 %i) {
  %s = getelementptr ptr, ptr @table, i64 %i
  %r = load ptr, ptr %s
  ret ptr %r
}

define i64 @g(i64 %i) {
  %s = getelementptr i64, ptr @numbers, i64 %i
  %r = load i64, ptr %s
  %t = getelementptr i64, ptr @words, i64 %r
  %q = load i64, ptr %t
  ret i64 %q
}

;; after
@table = internal unnamed_addr constant [2 x ptr] [ptr @f, ptr @bytes]
@numbers = internal unnamed_addr constant [3 x i64] [i64 1, i64 poison, i64 33]
@words = private constant [2 x i64] [i64 1, i64 2]
@bytes = private constant [9 x i8] c"012345678"

define ptr @f(i64 %i) {
  %s = getelementptr ptr, ptr @table, i64 %i
  %r = load ptr, ptr %s, align 8
  ret ptr %r
}

define i64 @g(i64 %i) {
  %s = getelementptr i64, ptr @numbers, i64 %i
  %r = load i64, ptr %s, align 8
  %t = getelementptr i64, ptr @words, i64 %r
  %q = load i64, ptr %t, align 8
  ret i64 %q
}
