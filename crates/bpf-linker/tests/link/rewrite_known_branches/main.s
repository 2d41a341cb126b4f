# A condition made into a flag and tested again, as LLVM leaves it for an overflow check.
# rewrite known_branches dead_code jumps

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  r7 = r1
  r7 += r2
  w3 = 1
  if r7 < r1 goto test
  w3 = 0
test:
  if w3 != 1 goto ok
  call __bpf_trap
ok:
  r0 = r7
  exit

# expect listing call
# | r7 = r1
# | r7 += r2
# | if r7 < r1 goto +2
# | r0 = r7
# | exit
# | call 4096
