# Addresses plus numbers, numbers in registers that an instruction could hold itself, and a branch that is decided.
# rewrite wide_loads constants dead_code jumps

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  r1 = buffer ll
  r1 += 4
  r2 = 7
  *(u32 *)(r1 + 0) = r2
  w3 = 5
  w3 <<= 2
  if r1 == r3 goto no
  r4 = 0
  if r4 == 0 goto yes
no:
  r0 = 1
  exit
yes:
  r0 = *(u32 *)(r1 + 0)
  r0 += r2
  exit

.data
buffer:
.quad 1, 2

# expect listing call
# | r1 = 536870916
# | *(u32 *)(r1 + 0) = 7
# | if r1 == 20 goto +3
# | w0 = *(u32 *)(r1 + 0)
# | r0 += 7
# | exit
# | r0 = 1
# | exit
