import type { Format } from '../annotations/reader.ts';

/** What ingress-nginx calls otherwise, by its name there. */
export const logAliases: Readonly<Record<string, string>> = {
  req_id: 'cox_request_id',
  proxy_upstream_name: 'cox_backend',
  service_name: 'cox_service',
  service_port: 'cox_service_port',
  namespace: 'cox_namespace',
  the_real_ip: 'remote_addr',
  proxy_protocol_addr: 'proxy_protocol_addr',
};

const nginxVariables = new Set(
  (
    'args binary_remote_addr body_bytes_sent bytes_sent connection connection_requests content_length content_type ' +
    'host hostname http2 https is_args msec nginx_version pid pipe proxy_host proxy_port query_string remote_addr ' +
    'realip_remote_addr realip_remote_port remote_port remote_user request request_id request_length request_method ' +
    'request_time request_uri scheme server_addr server_name server_port server_protocol ssl_cipher ssl_protocol ' +
    'ssl_server_name ssl_session_reused status tcpinfo_rtt time_iso8601 time_local upstream_addr ' +
    'upstream_bytes_received upstream_bytes_sent upstream_connect_time upstream_header_time ' +
    'upstream_response_length upstream_response_time upstream_status uri'
  ).split(' '),
);
const families = /^(?:http|sent_http|upstream_http|arg|cookie)_[a-z0-9_]{1,100}$/;

/** A line's format: text with the variables of nginx and of ingress-nginx; any other would keep nginx from starting. */
export const logFormat: Format<string> = {
  expects: 'a text of at most 2,000 characters with variables that nginx has',
  parse: (text) => {
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    if (text.length > 2000 || !text.isWellFormed() || /[\u0000-\u001f\u007f]/.test(text)) return undefined;
    let known = true;
    const format = text.replaceAll(/\$(?:\{([a-z0-9_]+)\}|([a-z0-9_]+)|)/g, (_, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? '';
      const own = logAliases[name];
      known &&= own !== undefined || nginxVariables.has(name) || families.test(name);
      return `\${${own ?? name}}`;
    });
    return known ? format : undefined;
  },
};
