; Up to 24 bytes stay inline; longer and unknown lengths are calls.
define void @f(ptr %d, ptr %s, i64 %n, i8 %b, i32 %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 24, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 25, i1 false)
  call void @llvm.memmove.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memset.p0.i32(ptr %d, i8 %b, i32 %m, i1 false)
  call void @llvm.memset.p0.i64(ptr %d, i8 0, i64 8, i1 false)
  ret void
}

;; after
define void @f(ptr %d, ptr %s, i64 %n, i8 %b, i32 %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 24, i1 false)
  %1 = call ptr @memcpy(ptr %d, ptr %s, i64 25) #2
  %2 = call ptr @memmove(ptr %d, ptr %s, i64 %n) #2
  %3 = zext i8 %b to i32
  %4 = zext i32 %m to i64
  %5 = call ptr @memset(ptr %d, i32 %3, i64 %4) #2
  call void @llvm.memset.p0.i64(ptr %d, i8 0, i64 8, i1 false)
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias writeonly captures(none), ptr noalias readonly captures(none), i64, i1 immarg) #0

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr writeonly captures(none), i8, i64, i1 immarg) #1

declare ptr @memcpy(ptr, ptr, i64)

declare ptr @memmove(ptr, ptr, i64)

declare ptr @memset(ptr, i32, i64)

attributes #0 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #2 = { nobuiltin }
