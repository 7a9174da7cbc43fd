/*
 * Socket-level Service balancing: a pod's socket that asks for a Service address is given an endpoint's address when it
 * connects or sends, so that no packet is translated. What is not found here is left alone, and goes through nftables.
 *
 * Built by build.ts into service.bpf.o; maps are made by layout.ts, whose byte order and sizes follow these structures.
 * Only helpers that need no GPL are used. Addresses and ports are in network byte order throughout.
 */
#include <linux/bpf.h>
#include <linux/in.h>

#define bpf_htonl(number) __builtin_bswap32(number)

#define SECTION(name) __attribute__((section(name), used))

static void *(*map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*map_update)(void *map, const void *key, const void *value, __u64 flags) = (void *)BPF_FUNC_map_update_elem;
static __u32 (*random_number)(void) = (void *)BPF_FUNC_get_prandom_u32;
static __u64 (*socket_cookie)(void *context) = (void *)BPF_FUNC_get_socket_cookie;
static __u64 (*namespace_cookie)(void *context) = (void *)BPF_FUNC_get_netns_cookie;
static void *(*storage_get)(void *map, void *socket, void *value, __u64 flags) = (void *)BPF_FUNC_sk_storage_get;
static long (*storage_delete)(void *map, void *socket) = (void *)BPF_FUNC_sk_storage_delete;

struct address {
  __u32 ip;
  __u16 port;
  __u16 zero;
};
struct service_key {
  __u32 ip;
  __u16 port;
  __u8 protocol;
  __u8 zero;
};
/* A list of endpoints is never changed: a new one is written, then the Service is pointed at it. */
struct service {
  __u32 list;
  __u32 count;
};
struct backend_key {
  __u32 list;
  __u32 index;
};
struct member_key {
  __u32 list;
  struct address address;
};
struct flow_key {
  __u64 socket;
  struct address address;
};
struct flow {
  __u32 list;
  struct address backend;
};
struct peer {
  struct address service;
  struct address backend;
};

/* Replaced by file descriptors when the programs are loaded. */
extern int clients, services, backends, members, flows, origins, peers;

#define INLINE static __attribute__((always_inline))

INLINE int same(const struct address *a, const struct address *b) { return a->ip == b->ip && a->port == b->port; }

INLINE struct service *find(const struct address *asked, __u8 protocol) {
  struct service_key key = { asked->ip, asked->port, protocol, 0 };
  return map_lookup(&services, &key);
}

INLINE int is_client(struct bpf_sock_addr *context) {
  __u64 cookie = namespace_cookie(context);
  return map_lookup(&clients, &cookie) != 0;
}

INLINE struct address *choose(struct service *service) {
  /* Read once: the entry may be replaced while we look. */
  __u32 count = service->count;
  if (count == 0) return 0;
  struct backend_key key = { service->list, random_number() % count };
  return map_lookup(&backends, &key);
}

/* The destination of an IPv6 socket, where it is an IPv4 address in IPv6's clothes (::ffff:10.233.0.10). */
INLINE int is_mapped(struct bpf_sock_addr *context) {
  return context->user_ip6[0] == 0 && context->user_ip6[1] == 0 && context->user_ip6[2] == bpf_htonl(0xffff);
}

/* True where a TCP socket that asked for a Service shall connect to `peer->backend`. */
INLINE int lead(struct bpf_sock_addr *context, struct peer *peer) {
  struct bpf_sock *socket = context->sk;
  if (!socket) return 0;
  struct service *service = is_client(context) ? find(&peer->service, IPPROTO_TCP) : 0;
  struct address *backend = service ? choose(service) : 0;
  if (!backend) {
    storage_delete(&peers, socket);
    return 0;
  }
  peer->backend = *backend;
  struct peer *stored = storage_get(&peers, socket, peer, BPF_SK_STORAGE_GET_F_CREATE);
  /* Without a note of the Service, getpeername would tell another story: leave it to nftables. */
  if (!stored) return 0;
  *stored = *peer;
  return 1;
}

/* The Service that a socket asked for, where `shown` is the endpoint that it was led to. */
INLINE struct address *asked_for(struct bpf_sock_addr *context, const struct address *shown) {
  struct bpf_sock *socket = context->sk;
  if (!socket) return 0;
  struct peer *peer = storage_get(&peers, socket, 0, 0);
  return peer && same(&peer->backend, shown) ? &peer->service : 0;
}

/* The Service that a datagram from `from` answers. */
INLINE struct address *answers_for(struct bpf_sock_addr *context, const struct address *from) {
  if (!is_client(context)) return 0;
  struct flow_key key = { socket_cookie(context), *from };
  struct address *origin = map_lookup(&origins, &key);
  return origin && origin->port ? origin : 0;
}

SECTION("cgroup/connect4") int connect4(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_TCP) return 1;
  struct peer peer = { { context->user_ip4, (__u16)context->user_port, 0 }, { 0, 0, 0 } };
  if (!lead(context, &peer)) return 1;
  context->user_ip4 = peer.backend.ip;
  context->user_port = peer.backend.port;
  return 1;
}

SECTION("cgroup/connect6") int connect6(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_TCP) return 1;
  /* A port of zero is no Service's: what was noted of an earlier connection goes. */
  struct peer peer = { { context->user_ip6[3], 0, 0 }, { 0, 0, 0 } };
  if (is_mapped(context)) peer.service.port = (__u16)context->user_port;
  if (!lead(context, &peer)) return 1;
  context->user_ip6[3] = peer.backend.ip;
  context->user_port = peer.backend.port;
  return 1;
}

SECTION("cgroup/getpeername4") int getpeername4(struct bpf_sock_addr *context) {
  struct address shown = { context->user_ip4, (__u16)context->user_port, 0 };
  struct address *service = asked_for(context, &shown);
  if (!service) return 1;
  context->user_ip4 = service->ip;
  context->user_port = service->port;
  return 1;
}

SECTION("cgroup/getpeername6") int getpeername6(struct bpf_sock_addr *context) {
  if (!is_mapped(context)) return 1;
  struct address shown = { context->user_ip6[3], (__u16)context->user_port, 0 };
  struct address *service = asked_for(context, &shown);
  if (!service) return 1;
  context->user_ip6[3] = service->ip;
  context->user_port = service->port;
  return 1;
}

/* IPv6 sockets that send to IPv4 addresses come here, too. */
SECTION("cgroup/sendmsg4") int sendmsg4(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_UDP) return 1;
  struct bpf_sock *socket = context->sk;
  /* A connected one hears nobody but its peer, also while it names an address with a datagram. */
  if (!socket || socket->state == BPF_TCP_ESTABLISHED) return 1;
  if (!is_client(context)) return 1;
  struct flow_key flow_key = { socket_cookie(context), { context->user_ip4, (__u16)context->user_port, 0 } };
  struct service *service = find(&flow_key.address, IPPROTO_UDP);
  if (!service) {
    /* It asks by the endpoint's own address: no answer from there may bear the Service's any more. */
    struct address *origin = map_lookup(&origins, &flow_key);
    struct address none = { 0, 0, 0 };
    if (origin && origin->port) map_update(&origins, &flow_key, &none, BPF_ANY);
    return 1;
  }
  __u32 list = service->list;
  struct flow next = { list, { 0, 0, 0 } };
  struct flow *flow = map_lookup(&flows, &flow_key);
  int keep = 0;
  if (flow) {
    /* A client stays where it is while its endpoint is among the Service's, as connection tracking has it. */
    next.backend = flow->backend;
    struct member_key member = { list, next.backend };
    keep = flow->list == list || map_lookup(&members, &member) != 0;
  }
  if (!keep) {
    struct address *backend = choose(service);
    if (!backend) return 1;
    next.backend = *backend;
  }
  /* The endpoint answers this socket for one address; what asks by another can be told apart by connection tracking. */
  struct flow_key origin_key = { flow_key.socket, next.backend };
  struct address *origin = map_lookup(&origins, &origin_key);
  if (origin && !same(origin, &flow_key.address)) return 1;
  if (!origin && map_update(&origins, &origin_key, &flow_key.address, BPF_ANY)) return 1;
  if (!keep || flow->list != list) {
    if (map_update(&flows, &flow_key, &next, BPF_ANY)) return 1;
  }
  context->user_ip4 = next.backend.ip;
  context->user_port = next.backend.port;
  return 1;
}

SECTION("cgroup/recvmsg4") int recvmsg4(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_UDP) return 1;
  struct address from = { context->user_ip4, (__u16)context->user_port, 0 };
  struct address *origin = answers_for(context, &from);
  if (!origin) return 1;
  context->user_ip4 = origin->ip;
  context->user_port = origin->port;
  return 1;
}

SECTION("cgroup/recvmsg6") int recvmsg6(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_UDP || !is_mapped(context)) return 1;
  struct address from = { context->user_ip6[3], (__u16)context->user_port, 0 };
  struct address *origin = answers_for(context, &from);
  if (!origin) return 1;
  context->user_ip6[3] = origin->ip;
  context->user_port = origin->port;
  return 1;
}

SECTION("license") char license_text[] = "Apache-2.0";
