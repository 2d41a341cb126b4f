; A table of pointers that the back end would take for a jump table, and arrays it leaves alone.
@table = private unnamed_addr constant [2 x ptr] [ptr @f, ptr @bytes]
@bytes = private constant [9 x i8] c"012345678"

define ptr @f(i64 %i) {
  %s = getelementptr ptr, ptr @table, i64 %i
  %r = load ptr, ptr %s
  ret ptr %r
}

;; after
@table = internal unnamed_addr constant [2 x ptr] [ptr @f, ptr @bytes]
@bytes = private constant [9 x i8] c"012345678"

define ptr @f(i64 %i) {
  %s = getelementptr ptr, ptr @table, i64 %i
  %r = load ptr, ptr %s, align 8
  ret ptr %r
}
