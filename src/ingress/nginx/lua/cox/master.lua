-- The start of the master, and each reload. Modules are loaded here: the workers cannot read their files.

local state = require "cox.state"
require "cox.router"
require "cox.balancer"
require "cox.access"
require "cox.certificates"
require "cox.worker"

return { start = state.load }
