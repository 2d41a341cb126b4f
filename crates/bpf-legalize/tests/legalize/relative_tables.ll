; A table of distances, which LLVM makes of a constant `match` in position-independent code.
@one = private constant [3 x i8] c"one"
@two = private constant [3 x i8] c"two"
@table.rel = private unnamed_addr constant [2 x i32] [
  i32 trunc (i64 sub (i64 ptrtoint (ptr @one to i64), i64 ptrtoint (ptr @table.rel to i64)) to i32),
  i32 trunc (i64 sub (i64 ptrtoint (ptr @two to i64), i64 ptrtoint (ptr @table.rel to i64)) to i32) ], align 4

define ptr @f(i64 %i) {
  %offset = shl i64 %i, 2
  %name = call ptr @llvm.load.relative.i64(ptr @table.rel, i64 %offset)
  ret ptr %name
}

;; after
@one = private constant [3 x i8] c"one"
@two = private constant [3 x i8] c"two"
@table = internal constant [2 x ptr] [ptr @one, ptr @two]

define ptr @f(i64 %i) {
  %offset = shl i64 %i, 2
  %1 = shl i64 %offset, 1
  %2 = getelementptr inbounds i8, ptr @table, i64 %1
  %3 = load ptr, ptr %2, align 8
  ret ptr %3
}
