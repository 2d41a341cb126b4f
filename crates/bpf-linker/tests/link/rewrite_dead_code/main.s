# Results that nobody reads go; loads stay, because they may fault, and so does what a call may read.
# rewrite dead_code

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  r1 = 1
  r6 = 2
  r7 = r6
  r8 = *(u64 *)(r2 + 8)
  r3 = r3
  call 1
  r2 = 9
  call __bpf_trap
  exit

# expect listing call
# | r1 = 1
# | r8 = *(u64 *)(r2 + 8)
# | call 1
# | call 4096
