# A branch over a jump, a jump to a jump, a jump to `exit`, and a block with one way in.
# rewrite jumps

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  r6 = r1
  if r6 == 1 goto ok
  goto trap
ok:
  r0 = 1
  goto hop
trap:
  call __bpf_trap
hop:
  goto end
end:
  exit

# expect listing call
# | r6 = r1
# | if r6 != 1 goto +2
# | r0 = 1
# | exit
# | call 4096
