-- What the configuration says about all requests; it is filled in before anything else runs.
--
--   hsts             the value of Strict-Transport-Security, nothing where it is not sent
--   redirect_status  of redirects to HTTPS
--   usual_location   the name of the location for routes without settings of their own
--   trusts_headers   whether X-Forwarded-Proto says how the client came

return { hsts = "max-age=31536000; includeSubDomains", redirect_status = 308 }
