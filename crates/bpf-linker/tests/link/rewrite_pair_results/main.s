# LLVM 23 returns 128 bits in r0:r2. Where a caller reads r2 after a call, no `exit` may lose it: neither
# the callee's, nor that of a function between them.
# rewrite dead_code

.globl deploy
.type deploy,@function
deploy:
  exit
.globl call
.type call,@function
call:
  call between
  r0 += r2
  exit
.globl between
.type between,@function
between:
  r3 = 5
  call pair
  exit
.globl pair
.type pair,@function
pair:
  r0 = 1
  r2 = 2
  r4 = 3
  exit

# expect listing pair
# | r0 = 1
# | r2 = 2
# | exit
