; There is one thread: atomic operations are ordinary ones.
define i64 @f(ptr %p, i64 %a) {
  %old = atomicrmw add ptr %p, i64 %a seq_cst
  %pair = cmpxchg ptr %p, i64 %old, i64 7 acq_rel acquire
  %seen = extractvalue { i64, i1 } %pair, 0
  fence seq_cst
  %now = load atomic i64, ptr %p acquire, align 8
  store atomic i64 %seen, ptr %p release, align 8
  ret i64 %now
}

;; after
define i64 @f(ptr %p, i64 %a) {
  %1 = load i64, ptr %p, align 8
  %new = add i64 %1, %a
  store i64 %new, ptr %p, align 8
  %2 = load i64, ptr %p, align 8
  %3 = icmp eq i64 %2, %1
  %4 = select i1 %3, i64 7, i64 %2
  store i64 %4, ptr %p, align 8
  %5 = insertvalue { i64, i1 } poison, i64 %2, 0
  %6 = insertvalue { i64, i1 } %5, i1 %3, 1
  %seen = extractvalue { i64, i1 } %6, 0
  %now = load i64, ptr %p, align 8
  store i64 %seen, ptr %p, align 8
  ret i64 %now
}
