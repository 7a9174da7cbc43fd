-- The start of a worker process.

local ffi = require "ffi"
local process = require "ngx.process"
local M = {}

ffi.cdef [[
int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int getppid(void);
int raise(int signal);
]]

-- A worker must not outlive its master, or it would hold the ports while the next nginx starts.
function M.start()
  math.randomseed(ngx.worker.pid() + ngx.now() * 1000)
  local PR_SET_PDEATHSIG, SIGQUIT = 1, 3
  ffi.C.prctl(PR_SET_PDEATHSIG, SIGQUIT, 0, 0, 0)
  -- The master may have died before that.
  if ffi.C.getppid() ~= process.get_master_pid() then ffi.C.raise(SIGQUIT) end
end

return M
